//! The log as a source: which log a token is of, and what is passed over.

use application::reactions::{CATALOGUE, LOANS};
use tests::library::{Library, Node, Stores};

use super::shelf;

#[tokio::test]
async fn another_log_behind_the_same_tokens_stops_the_processors_and_they_say_so() {
    // T24a
    let mut library = Library::open();
    library.shelve(1).await;
    library.settle().await;
    close(&mut library).await;

    let stores = Stores { log: Stores::log(2), ..library.stores.clone() };
    let mut other = Library::over(stores, Node { seed: 2, ..Node::default() });
    other.shelve(5).await;
    other.settle().await;

    let waiting = other.waiting(&CATALOGUE).await;
    assert!(waiting.starts_with("the token is of another log"), "{waiting}");
    assert_eq!(shelf(&other).await, [1]);
}

#[tokio::test]
async fn a_log_that_was_restored_and_grew_again_stops_the_processors() {
    // T24a
    let mut library = Library::open();
    for no in 1..=3 {
        library.shelve(no).await;
    }
    library.settle().await;
    close(&mut library).await;

    let stores = Stores { log: Stores::log(1), ..library.stores.clone() };
    let mut restored = Library::over(stores, Node { seed: 2, ..Node::default() });
    for no in 11..=19 {
        restored.shelve(no).await;
    }
    restored.settle().await;

    let waiting = restored.waiting(&LOANS).await;
    assert!(waiting.contains("the log was restored from a backup or exchanged"), "{waiting}");
    assert_eq!(shelf(&restored).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_log_that_shrank_under_a_running_processor_stops_it() {
    // T24a
    let mut library = Library::open();
    for no in 1..=3 {
        library.shelve(no).await;
    }
    library.settle().await;
    close(&mut library).await;
    let stores = Stores { log: Stores::log(1), ..library.stores.clone() };
    let mut restored = Library::over(stores, Node { seed: 2, ..Node::default() });
    restored.shelve(1).await;
    restored.settle().await;

    let waiting = restored.waiting(&CATALOGUE).await;
    assert!(waiting.starts_with("the token is of another log"), "{waiting}");
}

#[tokio::test]
async fn a_processor_passes_what_it_does_not_want_and_its_token_moves() {
    let mut library = Library::open();
    for n in 0..400 {
        library.join(&format!("member{n}"), 1).await;
    }
    library.settle().await;

    let status = library.control.processor(&CATALOGUE).await.unwrap().unwrap();
    assert_eq!(
        (status.position, status.head),
        (status.head, library.events().await.last().unwrap().position)
    );
    assert!(status.ignored_types.iter().any(|kind| kind == "member.points-saved"));
    assert!(!status.ignored_types.iter().any(|kind| kind == "book.book-lent"));
}

async fn close(library: &mut Library) {
    for processor in &mut library.processors {
        processor.close().await;
    }
}
