//! A log that was restored and went on in another way: what was said of the old one is not taken for the new one. T116.

use std::sync::Arc;

use adapters::http::HttpSettings;
use adapters::memory::MemoryEventStore;
use application::ports::EventStore;
use application::ports::event_store::LogId;
use domain::Amount;
use domain::member::MemberCommand;
use reqwest::Method;
use tests::faulty_store::{FaultyStore, SwitchedStore};
use tests::library::{Library, Node, Stores, member};
use tests::stores::Memory;
use uuid::Uuid;

use crate::server::{LIMIT, Server};
use crate::sse::Sse;

const LIVE: &str = "/v1/events/live";

/// A service over a log, and the one that takes its place.
struct Restored {
    server: Server<Memory>,
    log: Arc<SwitchedStore>,
    other: Arc<dyn EventStore>,
}

impl Restored {
    /// Both have as many events, and none in common.
    async fn with_logs(first: u128, second: u128) -> Self {
        let other = empty(second);
        filled(Arc::clone(&other), 2).await;
        let log = SwitchedStore::over(empty(first));
        let library = filled(Arc::clone(&log) as _, 1).await;
        Self::serving(&library, log, other).await
    }

    /// The same with books that were lent, in the views too.
    async fn with_rents(first: u128, second: u128) -> Self {
        let other = empty(second);
        lent(&mut filled(Arc::clone(&other), 2).await).await;
        let log = SwitchedStore::over(empty(first));
        let mut library = filled(Arc::clone(&log) as _, 1).await;
        lent(&mut library).await;
        Self::serving(&library, log, other).await
    }

    async fn serving(library: &Library, log: Arc<SwitchedStore>, other: Arc<dyn EventStore>) -> Self {
        let server = Server::beside(library, HttpSettings::default()).await;
        Self { server, log, other }
    }

    fn happens(&self) {
        self.log.switch_to(Arc::clone(&self.other));
    }

    async fn cursor(&self, list: &str) -> String {
        let cursor = self.server.get(list).await.is(200).text_of("nextCursor");
        format!("{list}&cursor={cursor}")
    }
}

fn empty(id: u128) -> Arc<dyn EventStore> {
    Arc::new(MemoryEventStore::new(LogId::new(Uuid::from_u128(id))))
}

async fn lent(library: &mut Library) {
    for no in 1..=3 {
        let book = library.shelve(no).await;
        library.rent(&member("jenny"), book).await;
    }
    library.settle().await;
}

async fn filled(log: Arc<dyn EventStore>, seed: u64) -> Library {
    let stores = Stores { log: FaultyStore::around(log), ..Stores::empty() };
    let library = Library::over(stores, Node { seed, ..Node::default() });
    library.join("jenny", 5).await;
    for amount in 1..=5 {
        let amount = Amount::parse(amount).unwrap();
        library.member(&member("jenny"), MemberCommand::SavePoints { amount }).await;
    }
    library
}

#[tokio::test]
async fn a_cursor_does_not_go_on_in_a_log_that_shrank_and_grew() {
    let restored = Restored::with_rents(1, 1).await;
    let lists = [
        "/v1/events?limit=2",
        "/v1/events?before=&limit=2",
        "/v1/streams/member-jenny/events?limit=2",
        "/v1/members/jenny/points?limit=2",
        "/v1/processes?limit=2",
    ];
    let mut pages = vec![];
    for list in lists {
        let page = restored.cursor(list).await;
        restored.server.get(&page).await.is(200);
        pages.push(page);
    }
    restored.happens();
    for page in pages {
        restored.server.get(&page).await.problem(400, "invalid-cursor");
    }
}

#[tokio::test]
async fn a_cursor_does_not_say_that_a_list_is_at_its_end_where_the_log_was_cut_off() {
    let restored = Restored::with_logs(1, 1).await;
    let mut pages = vec![];
    for list in ["/v1/streams/member-jenny/events?limit=4", "/v1/members/jenny/points?limit=4"] {
        pages.push(restored.cursor(list).await);
    }
    let short = empty(1);
    Library::over(
        Stores { log: FaultyStore::around(Arc::clone(&short)), ..Stores::empty() },
        Node::default(),
    )
    .join("jenny", 5)
    .await;
    restored.log.switch_to(short);
    for page in pages {
        restored.server.get(&page).await.problem(400, "invalid-cursor");
    }
}

#[tokio::test]
async fn a_cursor_of_another_log_is_refused_by_every_list() {
    let restored = Restored::with_rents(1, 2).await;
    let mut pages = vec![];
    for list in [
        "/v1/events?limit=2",
        "/v1/streams/member-jenny/events?limit=2",
        "/v1/members/jenny/points?limit=2",
        "/v1/processes?limit=2",
        "/v1/books?limit=2",
    ] {
        pages.push(restored.cursor(list).await);
    }
    restored.happens();
    for page in pages {
        // What is known of the log may be a second old.
        let mut again = tokio::time::interval(std::time::Duration::from_millis(50));
        let looking = async {
            while restored.server.get(&page).await.status != 400 {
                again.tick().await;
            }
        };
        tokio::time::timeout(LIMIT, looking).await.expect("the log to be known");
        restored.server.get(&page).await.problem(400, "invalid-cursor");
    }
}

#[tokio::test]
async fn the_live_feed_resumes_only_where_the_log_has_what_was_sent() {
    for second in [1, 2] {
        let restored = Restored::with_logs(1, second).await;
        let open = |last: &str| restored.server.request(Method::GET, LIVE).header("last-event-id", last);
        let feed = restored.server.request(Method::GET, &format!("{LIVE}?after=0"));
        let last = Sse::open(feed).await.take(3).await.remove(2).id;
        assert_eq!(Sse::open(open(&last)).await.take(1).await[0].position(), "4");
        restored.happens();
        restored.server.send(open(&last)).await.problem(400, "foreign-position");
    }
}

#[tokio::test]
async fn a_feed_ends_when_the_log_does_not_have_any_more_what_it_sent() {
    let restored = Restored::with_logs(1, 1).await;
    let mut feed = Sse::open(restored.server.request(Method::GET, &format!("{LIVE}?after=0"))).await;
    while feed.take(1).await[0].position() != "8" {}
    restored.happens();
    feed.ends().await;
}
