//! The log as a source: which log a token is of, and what is passed over.

use std::sync::Arc;

use application::ports::event_store::{EventId, Recorded, Types};
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use application::ports::{EventStore, MessageSource};
use application::processing::LogSource;
use application::reactions::{CATALOGUE, LOANS};
use futures::future::join_all;
use tests::faulty_store::{FaultyStore, SwitchedStore};
use tests::laws::event_store::samples::{append, part, proposal, proposal_of, stream, whole_log};
use tests::library::{Library, Node, Stores};

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
    assert_eq!(rows(&other).await, [1]);
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
    assert_eq!(rows(&restored).await, [1, 2, 3]);
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

/// The numbers in the catalogue as they are stored, whatever log they are of.
async fn rows(library: &Library) -> Vec<i64> {
    let rows = library.stores.views.books(&Default::default(), 100).await.unwrap();
    rows.iter().map(|row| row.no.value()).collect()
}

async fn close(library: &mut Library) {
    for processor in &mut library.processors {
        processor.close().await;
    }
}

/// A log that the next server has only up to here, and that went on there in its own way.
struct FailedOver {
    store: Arc<SwitchedStore>,
    source: LogSource,
    next: Arc<dyn EventStore>,
}

/// What both servers have.
const SHARED: usize = 3;

impl FailedOver {
    /// The first server has six events, the next one three of them and then `regrown` of its own.
    async fn with(regrown: usize) -> Self {
        let [first, next] = [0, 0].map(|_| -> Arc<dyn EventStore> { Stores::log(1) });
        let of_both = vec![part(SHARED)];
        append(&*first, proposal_of(&stream("a"), 0, of_both.clone())).await;
        append(&*next, proposal_of(&stream("a"), 0, of_both)).await;
        append(&*first, proposal(&stream("a"), 3, 3)).await;
        if regrown > 0 {
            append(&*next, proposal(&stream("b"), 0, regrown)).await;
        }
        let store = SwitchedStore::over(first);
        let source = LogSource::new(Arc::<SwitchedStore>::clone(&store) as _);
        Self { store, source, next }
    }

    async fn read(&self, token: &Token, limit: usize) -> Result<SourcePage, SourceError> {
        self.source.read(token, &Types::new(), limit).await
    }

    /// The token after so many events, which all are in memory then.
    async fn token_after(&self, count: usize) -> Token {
        let start = self.source.token_at(StartingPoint::Beginning).await.unwrap();
        self.read(&start, 100).await.unwrap();
        self.read(&start, count).await.unwrap().next
    }

    fn fail_over(&self) {
        self.store.switch_to(Arc::clone(&self.next));
    }
}

#[tokio::test]
async fn events_in_memory_that_the_log_has_lost_are_not_handled() {
    for regrown in [0, 2, 3, 9] {
        let log = FailedOver::with(regrown).await;
        let token = log.token_after(SHARED).await;
        log.fail_over();

        let page = log.read(&token, 100).await.unwrap();

        assert_eq!(ids(&page.events), ids(&whole_log(&*log.next).await[SHARED..]), "{regrown} regrown");
        assert_eq!(page.head.value() as usize, SHARED + regrown);
    }
}

#[tokio::test]
async fn a_token_that_names_a_lost_event_is_foreign_also_while_the_event_is_in_memory() {
    for regrown in [0, 2, 9] {
        for passed in 4..=6 {
            let log = FailedOver::with(regrown).await;
            let token = log.token_after(passed).await;
            log.fail_over();

            let refusal = log.read(&token, 100).await;

            assert!(
                matches!(refusal, Err(SourceError::ForeignToken { .. })),
                "{regrown} {passed} {refusal:?}"
            );
        }
    }
}

/// Whoever reads what is in memory has it checked; that is one small read, however many of them there are.
#[tokio::test]
async fn readers_that_come_together_share_one_read() {
    let store = Stores::log(1);
    append(&*store, proposal(&stream("a"), 0, 50)).await;
    let source = LogSource::new(Arc::<FaultyStore>::clone(&store) as _);
    let start = source.token_at(StartingPoint::Beginning).await.unwrap();
    let types = Types::new();
    source.read(&start, &types, 100).await.unwrap();
    store.take_calls();

    let pages = join_all((0..32).map(|_| source.read(&start, &types, 10))).await;

    assert!(pages.into_iter().all(|page| page.unwrap().events.len() == 10));
    let reads = store.take_calls().log_reads;
    assert!((1..=2).contains(&reads), "{reads} reads");
}

/// What a read leaves in memory behind a page that does not end with it must not decide how small the next pages are.
#[tokio::test]
async fn a_reader_that_is_behind_gets_full_pages_up_to_the_end() {
    let store = Stores::log(1);
    for round in 0..4 {
        append(&*store, proposal(&stream("a"), round * 1_000, 1_000)).await;
    }
    let source = LogSource::new(Arc::<FaultyStore>::clone(&store) as _);
    let mut token = source.token_at(StartingPoint::Beginning).await.unwrap();
    let mut pages = vec![];
    for limit in [100, 200, 400, 800].into_iter().chain([1_000; 6]) {
        let page = source.read(&token, &Types::new(), limit).await.unwrap();
        if page.events.is_empty() {
            break;
        }
        pages.push(page.events.len());
        token = page.next;
    }
    assert_eq!(pages, [100, 200, 400, 800, 1_000, 1_000, 500]);
}

/// The piece in memory is bounded, and what falls out of it is read from the log.
#[tokio::test]
async fn a_reader_at_the_old_end_of_a_full_memory_misses_nothing() {
    let store = Stores::log(1);
    for round in 0..5 {
        append(&*store, proposal(&stream("a"), round * 1_000, 1_000)).await;
    }
    let source = LogSource::new(Arc::<FaultyStore>::clone(&store) as _);
    let types = Types::new();
    let start = source.token_at(StartingPoint::Beginning).await.unwrap();
    let (mut ahead, mut behind) = (start, start);
    let mut seen = 0;
    while ahead.position.value() < 5_000 {
        ahead = source.read(&ahead, &types, 1_000).await.unwrap().next;
        let page = source.read(&behind, &types, 200).await.unwrap();
        seen += page.events.len();
        behind = page.next;
    }
    while behind.position.value() < 5_000 {
        let page = source.read(&behind, &types, 200).await.unwrap();
        assert_ne!(page.next, behind, "it stands still at {}", behind.position);
        seen += page.events.len();
        behind = page.next;
    }
    assert_eq!(seen, 5_000);
}

fn ids(events: &[Recorded]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}
