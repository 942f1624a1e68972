//! The endless loop: it wakes up by itself, and gives its claim back when it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use application::ports::event_store::Types;
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use application::ports::processor_admin::Desired;
use application::ports::token_store::{NodeId, Segment};
use application::ports::{Clock, EventStore, MessageSource, ProcessorAdmin, TokenStore};
use application::processing::{Committer, Leases, LogSource, ProcessorContext, ProcessorSettings, run};
use application::reactions::{self, KEEP_POINTS, PROCESSES};
use async_trait::async_trait;
use domain::rental_card::attempt::Status;
use jiff::{SignedDuration, Timestamp};
use tests::clock::{CountedIds, StoppedClock};
use tests::faulty_store::{AppendFault, FaultyStore, ReadFault};
use tests::library::Library;
use tests::simulation::SimulatedClock;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[tokio::test]
async fn processors_that_run_wake_up_by_themselves_and_let_go_when_stopped() {
    let mut library = Library::open();
    let (stop, mut running) = (CancellationToken::new(), JoinSet::new());
    for processor in library.processors.drain(..) {
        running.spawn(run(processor, stop.clone()));
    }
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let process = library.rent(&jenny, no).await;

    while library.queries.process(process).await.unwrap().is_none_or(|row| row.status != Status::Completed) {
        let seen = library.events().await.last().unwrap().position;
        library.queries.wait_for(&PROCESSES, seen).await.unwrap();
        // The view may be there already, and then nothing here would let anybody else run.
        tokio::task::yield_now().await;
    }
    stop.cancel();
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }

    for state in library.control.processors().await.unwrap() {
        assert!(state.segments.iter().all(|segment| segment.owner.is_none()), "{state:?}");
        assert_eq!(state.waiting, "stopped");
    }
}

/// It may hold what others wait for, such as the reader that all share.
#[tokio::test]
async fn a_step_goes_on_while_the_extension_of_its_claim_gets_no_answer() {
    let library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    let head = library.events().await.last().unwrap().position;
    let (gate, tokens) = (Arc::new(Notify::new()), Arc::clone(&library.stores.tokens));
    library.stores.log.next_append(AppendFault::Held(Arc::clone(&gate)));
    tokens.hang_extensions();
    let (stop, clock) = (CancellationToken::new(), Arc::clone(&library.stores.clock));
    let control = library.control.clone();
    let keeps_points = library.processors.into_iter().find(|processor| *processor.name() == KEEP_POINTS);
    let running = tokio::spawn(run(keeps_points.unwrap(), stop));
    until(async || tokens.progress(&KEEP_POINTS).await.unwrap().is_some()).await;
    clock.advance(SignedDuration::from_secs(4));
    until(async || tokens.extensions() > 0).await;

    gate.notify_one();

    // It is not stored yet, but whoever works on it knows.
    until(async || control.processor(&KEEP_POINTS).await.unwrap().unwrap().position >= head).await;
    running.abort();
}

/// Waits for a condition, but not for ever.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while !holds().await {
            ticks.tick().await;
        }
    });
    assert!(waited.await.is_ok(), "it does not come to that");
}

/// It rests after failures, and is told meanwhile that it shall not run: that waits until it has rested, and nobody is
/// busy with it.
#[tokio::test(start_paused = true)]
async fn a_processor_that_rests_waits_although_it_may_not_go_on() {
    let library = Library::open();
    let clock = Arc::new(CountingClock::beginning());
    let within = ProcessorContext {
        source: Arc::new(LogSource::new(Arc::<FaultyStore>::clone(&library.stores.log))),
        tokens: library.stores.ports(),
        clock: Arc::<CountingClock>::clone(&clock),
        ids: Arc::<CountedIds>::clone(&library.ids),
        node: NodeId::new(Uuid::from_u128(7)),
        leases: Leases::default(),
        committer: Committer::to(library.stores.ports().store, Arc::<CountingClock>::clone(&clock)),
        settings: ProcessorSettings::default(),
    };
    let reactions = reactions::all(&library.commands).into_iter().filter(|(name, _)| *name == PROCESSES);
    let processors = reactions::build(reactions.collect(), &within, |_| vec![Segment::WHOLE]).unwrap();
    let mut processor = processors.take().remove(0);
    processor.step().await;
    library.stores.log.fail_reads(Some(ReadFault::Away));
    let pause = Desired::Paused { by: "me".to_owned(), reason: "a look".to_owned() };
    library.stores.tokens.set_desired(&PROCESSES, pause).await.unwrap();

    let running = run(processor, CancellationToken::new());
    tokio::select! {
        biased;
        () = clock.is_busy.notified() => panic!("it asks what time it is again and again"),
        // The fourth rest lasts 3 s, and in it the claim is to be extended.
        ran = tokio::time::timeout(Duration::from_secs(9), running) => assert!(ran.is_err()),
    }

    assert_eq!(processors.status().await.unwrap()[0].waiting, "paused by me: a look");
}

/// A clock that goes on with the timers, and notices who asks it too often.
struct CountingClock {
    inner: SimulatedClock,
    asked: AtomicUsize,
    is_busy: Notify,
}

impl CountingClock {
    fn beginning() -> Self {
        let (inner, asked, is_busy) = (SimulatedClock::beginning(), AtomicUsize::new(0), Notify::new());
        Self { inner, asked, is_busy }
    }
}

impl Clock for CountingClock {
    fn now(&self) -> Timestamp {
        if self.asked.fetch_add(1, Ordering::SeqCst) == 10_000 {
            self.is_busy.notify_one();
        }
        self.inner.now()
    }

    fn today(&self) -> domain::Date {
        self.inner.today()
    }
}

/// T27: a first panic may be a passing trouble.
#[tokio::test]
async fn a_processor_that_panics_again_and_again_has_failed_until_it_does_not() {
    let library = Library::open();
    let store: Arc<dyn EventStore> = Arc::<FaultyStore>::clone(&library.stores.log);
    let source = Arc::new(Startled { inner: LogSource::new(store), is_startled: AtomicBool::new(true) });
    let within = ProcessorContext {
        source: Arc::<Startled>::clone(&source),
        tokens: library.stores.ports(),
        clock: Arc::<StoppedClock>::clone(&library.stores.clock),
        ids: Arc::<CountedIds>::clone(&library.ids),
        node: NodeId::new(Uuid::from_u128(7)),
        leases: Leases::default(),
        committer: Committer::to(
            library.stores.ports().store,
            Arc::<StoppedClock>::clone(&library.stores.clock),
        ),
        settings: ProcessorSettings::default(),
    };
    let reactions = reactions::all(&library.commands).into_iter().filter(|(name, _)| *name == PROCESSES);
    let processors = reactions::build(reactions.collect(), &within, |_| vec![Segment::WHOLE]).unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(run(processors.take().remove(0), stop.clone()));
    let failed = async |wanted: bool| {
        let mut passed = vec![];
        loop {
            let status = processors.status().await.unwrap().remove(0);
            if status.failed.is_some() == wanted {
                return passed;
            }
            passed.extend(status.last_error);
            tokio::task::yield_now().await;
        }
    };

    let passed = failed(true).await;
    assert!(passed.iter().any(|error| error.contains("panicked")), "it failed with its first panic");
    source.is_startled.store(false, Ordering::SeqCst);
    failed(false).await;

    stop.cancel();
    running.await.unwrap();
}

/// A source that panics when it is read.
struct Startled {
    inner: LogSource,
    is_startled: AtomicBool,
}

#[async_trait]
impl MessageSource for Startled {
    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        assert!(!self.is_startled.load(Ordering::SeqCst), "told to panic");
        self.inner.read(token, unwanted, limit).await
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        self.inner.token_at(place).await
    }

    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        self.inner.knows(token).await
    }

    async fn arrived(&self, token: &Token) {
        self.inner.arrived(token).await;
    }
}
