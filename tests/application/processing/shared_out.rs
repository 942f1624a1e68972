//! Sources that a group shares out among nodes: whose turn it is, where the next one goes on, and what the group is told.

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use adapters::memory::MemoryBroker;
use application::messages::{ForeignRecord, Topic};
use application::ports::MessageSource;
use application::ports::event_store::{Position, Types};
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use application::ports::token_store::{NodeId, ProcessorName};
use application::processing::ProcessorStatus;
use application::services::ServiceName;
use application::verify::verify;
use async_trait::async_trait;
use jiff::SignedDuration;
use tests::clock::StoppedClock;
use tests::faulty_tokens::CommitFault;
use tests::library::{Library, Node, Stores, book};
use tracing_subscriber::util::SubscriberInitExt;
use uuid::Uuid;

/// The processor whose partition is shared out: the only partition of its topic.
const LENDER: &str = "lend-books:rental_rent:0";

/// What a broker keeps for a group with one partition.
#[derive(Default)]
struct Group {
    /// The node whose turn it is.
    holder: Mutex<u64>,
    offset: Mutex<Option<Token>>,
    /// After which positions it was read.
    read_after: Mutex<Vec<u64>>,
}

/// The partition as one member sees it.
struct Member {
    partition: Arc<dyn MessageSource>,
    group: Arc<Group>,
    node: u64,
}

impl Group {
    fn give_to(&self, node: u64) {
        *self.holder.lock().unwrap() = node;
    }

    fn offset(&self) -> Option<u64> {
        self.offset.lock().unwrap().map(|token| token.position.value())
    }

    /// As an operator does with the broker's tools.
    fn move_to(&self, token: Token) {
        *self.offset.lock().unwrap() = Some(token);
    }
}

#[async_trait]
impl MessageSource for Member {
    fn is_shared_out(&self) -> bool {
        true
    }

    fn turn(&self) -> Result<(), SourceError> {
        if *self.group.holder.lock().unwrap() == self.node {
            return Ok(());
        }
        Err(SourceError::NotOurTurn { group: "book".to_owned(), why: "another has it".to_owned() })
    }

    async fn resume(&self, stored: &Token) -> Result<Token, SourceError> {
        Ok(self.group.offset.lock().unwrap().unwrap_or(*stored))
    }

    async fn acknowledged(&self, token: &Token) -> Result<(), SourceError> {
        self.group.move_to(*token);
        Ok(())
    }

    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        self.group.read_after.lock().unwrap().push(token.position.value());
        self.partition.read(token, unwanted, limit).await
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        self.partition.token_at(place).await
    }

    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        self.partition.knows(token).await
    }

    async fn arrived(&self, token: &Token) {
        self.partition.arrived(token).await;
    }
}

struct Shared {
    stores: Stores,
    broker: MemoryBroker,
    group: Arc<Group>,
}

impl Shared {
    fn out() -> Self {
        let stores = Stores::empty();
        let clock = Arc::<StoppedClock>::clone(&stores.clock);
        let broker = MemoryBroker::with_all_topics(Uuid::from_u128(1), clock, NonZeroU32::MIN);
        Self { stores, broker, group: Arc::default() }
    }

    fn node(&self, node: u64) -> Library {
        let mut exchange = self.broker.exchange();
        for partition in exchange.partitions.iter_mut().filter(|one| one.topic == Topic::RentalRent) {
            let (group, source) = (Arc::clone(&self.group), Arc::clone(&partition.source));
            let member = Member { partition: source, group, node };
            partition.shared.insert(ServiceName::Book, Arc::new(member));
        }
        Library::over(self.stores.clone(), Node { seed: node, exchange: Some(exchange), ..Node::default() })
    }

    /// Where the token store says that the processor is.
    async fn stored(&self) -> u64 {
        let name = ProcessorName::stored(LENDER.to_owned());
        let stored = self.stores.ports().store.progress(&name).await.unwrap();
        stored.unwrap_or(Position::START).value()
    }

    fn records(&self) -> Vec<ForeignRecord> {
        self.broker.records("rental_rent")
    }

    /// Lets rests pass.
    fn later(&self) {
        self.stores.clock.advance(SignedDuration::from_secs(2));
    }
}

async fn lender(library: &Library) -> ProcessorStatus {
    let name = ProcessorName::stored(LENDER.to_owned());
    library.control.processor(&name).await.unwrap().unwrap()
}

/// Who has claimed the partition.
async fn owner(library: &Library) -> Option<NodeId> {
    lender(library).await.segments.first()?.owner
}

/// Two members rent two books each, if that is possible.
async fn rents(library: &mut Library) {
    for (name, books) in [("jenny", [1, 2]), ("tom", [3, 4])] {
        let member = library.join(name, 0).await;
        for no in books {
            library.shelve(no).await;
            library.rent(&member, book(no)).await;
        }
    }
    library.settle().await;
}

async fn holds(library: &Library, ended: u64) {
    let report = verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert_eq!((report.ended, report.violations, report.in_flight), (ended, vec![], vec![]));
}

#[tokio::test]
async fn a_segment_is_left_alone_until_it_is_this_nodes_turn_and_given_back_afterwards() {
    let shared = Shared::out();
    let (mut one, mut two) = (shared.node(1), shared.node(2));
    shared.group.give_to(2);
    rents(&mut one).await;
    let waiting = lender(&one).await;
    assert_eq!(waiting.waiting, "waiting for the group `book`: another has it");
    assert!(waiting.waits_for_its_group() && waiting.failed.is_none(), "{waiting:?}");
    assert_eq!((owner(&one).await, shared.stored().await), (None, 0), "it was not even claimed");

    two.settle().await;
    let before = owner(&two).await;
    assert!(before.is_some(), "who has it is to be seen");
    one.settle().await;
    shared.later();
    two.settle().await;
    one.settle().await;
    assert_eq!(lender(&one).await.waiting, "caught up", "where the other has brought it");

    shared.group.give_to(1);
    shared.later();
    two.settle().await;
    assert_eq!(owner(&two).await, None, "it is given back at once");
    one.settle().await;
    shared.later();
    one.settle().await;
    let now = owner(&one).await;
    assert!(now.is_some() && now != before);
    holds(&one, 4).await;
}

#[tokio::test]
async fn a_group_is_told_only_what_the_token_store_has() {
    let shared = Shared::out();
    let mut library = shared.node(1);
    shared.group.give_to(1);
    rents(&mut library).await;
    shared.later();
    library.settle().await;
    let all = shared.records().len() as u64;
    assert_eq!((shared.group.offset(), shared.stored().await), (Some(all), all));

    let jenny = tests::library::member("jenny");
    library.shelve(5).await;
    library.rent(&jenny, book(5)).await;
    shared.stores.tokens.fail_commits(1_000, CommitFault::Away);
    for _ in 0..20 {
        library.settle().await;
        shared.later();
    }
    assert_eq!((shared.group.offset(), shared.stored().await), (Some(all), all), "its effect is there");
    shared.stores.tokens.behave();
    for _ in 0..20 {
        library.settle().await;
        shared.later();
    }
    let all = shared.records().len() as u64;
    assert_eq!((shared.group.offset(), shared.stored().await), (Some(all), all));
    holds(&library, 5).await;
}

/// T55
#[tokio::test]
async fn a_group_that_is_moved_back_has_what_was_done_found_done() {
    let shared = Shared::out();
    let mut library = shared.node(1);
    shared.group.give_to(1);
    rents(&mut library).await;
    shared.later();
    library.settle().await;
    let (before, all) = (library.happened().await, shared.records().len() as u64);
    for processor in &mut library.processors {
        processor.close().await;
    }

    let first = shared.broker.partition("rental_rent", 0).unwrap();
    shared.group.move_to(first.token_at(StartingPoint::Beginning).await.unwrap());
    let mut next = shared.node(3);
    shared.group.give_to(3);
    shared.later();
    shared.group.read_after.lock().unwrap().clear();
    next.settle().await;
    assert_eq!(shared.group.read_after.lock().unwrap().first(), Some(&0), "it is read again");
    shared.later();
    next.settle().await;
    assert_eq!(next.happened().await, before);
    assert_eq!((shared.group.offset(), shared.stored().await), (Some(all), all));
    holds(&next, 4).await;
}

/// What the log says, kept for a test.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_group_that_is_moved_ahead_leaves_out_what_lies_between_and_says_so() {
    let shared = Shared::out();
    let mut before = shared.node(2);
    shared.group.give_to(7);
    rents(&mut before).await;
    let all = shared.records().len() as u64;
    assert_eq!((all, shared.stored().await), (4, 0));

    let only = shared.broker.partition("rental_rent", 0).unwrap();
    shared.group.move_to(only.token_at(StartingPoint::Head).await.unwrap());
    let mut next = shared.node(3);
    shared.group.give_to(3);
    shared.later();
    let lines = Lines::default();
    let writer = lines.clone();
    let said = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let guard = said.set_default();
    next.settle().await;
    drop(guard);

    let said = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let warned = said.lines().find(|line| line.contains("was moved ahead")).unwrap_or_default();
    for part in ["WARN", LENDER, "from=0", "to=4", "what lies between is left out"] {
        assert!(warned.contains(part), "`{part}` is not said:\n{said}");
    }
    assert_eq!((lender(&next).await.waiting.as_str(), shared.stored().await), ("caught up", all));
    assert_eq!(shared.group.read_after.lock().unwrap().iter().min(), Some(&all), "nothing before is read");
    assert!(!next.happened().await.iter().any(|kind| kind == "book.book-lent"));
}
