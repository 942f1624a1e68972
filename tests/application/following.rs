//! Many who look through the log at once: they share what they read of its end, and take turns for all else.

use application::ports::event_store::{Position, StreamName};
use application::ports::message_source::Token;
use application::queries::{EventQuery, Following};
use futures::future::join_all;
use tests::library::Library;

const FOLLOWERS: usize = 100;

async fn end_of(library: &Library) -> Token {
    let head = library.queries.head().await.unwrap();
    Token { log: head.log, position: head.position, event: head.event }
}

async fn beginning_of(library: &Library) -> Token {
    Token { position: Position::START, event: None, ..end_of(library).await }
}

fn of_book(no: i64) -> EventQuery {
    EventQuery { stream: StreamName::parse(&format!("book-{no}")), ..EventQuery::default() }
}

async fn all_find_something(followers: &mut [Following]) -> usize {
    let found = join_all(followers.iter_mut().map(Following::next)).await;
    found.into_iter().map(|events| events.unwrap().len()).sum()
}

/// T113.
#[tokio::test]
async fn those_who_follow_the_end_of_the_log_share_one_read_of_it() {
    let library = Library::open();
    library.shelve(1).await;
    let from = end_of(&library).await;
    let mut followers: Vec<_> =
        (0..FOLLOWERS).map(|_| library.queries.follow(from, EventQuery::default())).collect();
    for no in 2..=4 {
        library.stores.log.take_calls();
        let (found, _) = tokio::join!(all_find_something(&mut followers), library.shelve(no));
        let reads = library.stores.log.take_calls().log_reads;
        assert!(found >= FOLLOWERS && reads <= 10, "{found} events for {reads} reads");
    }
}

/// T113.
#[tokio::test]
async fn those_who_scan_the_log_take_turns() {
    let library = Library::open();
    for no in 1..=1_500 {
        library.shelve(no).await;
    }
    // Somebody at the end: from now on the beginning is nothing that is kept.
    let mut last = library.queries.follow(end_of(&library).await, EventQuery::default());
    let (found, _) = tokio::join!(last.next(), library.shelve(1_501));
    found.unwrap();
    let from = beginning_of(&library).await;
    let mut followers: Vec<_> =
        (0..FOLLOWERS).map(|_| library.queries.follow(from, of_book(1_400))).collect();
    library.stores.log.take_calls();
    all_find_something(&mut followers).await;
    let at_once = library.stores.log.take_calls().log_reads_at_once;
    assert!((1..=2).contains(&at_once), "{at_once} at once");
    let never = of_book(9_999);
    let scans = (0..FOLLOWERS).map(|_| library.queries.events_after(Position::START, &never, 10));
    join_all(scans).await.into_iter().for_each(|page| assert_eq!(page.unwrap().events, []));
    let at_once = library.stores.log.take_calls().log_reads_at_once;
    assert!((1..=2).contains(&at_once), "{at_once} at once");
}
