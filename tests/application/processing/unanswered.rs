//! How processors stand while what they follow does not answer.

use std::sync::Arc;
use std::time::Duration;

use application::ports::MessageSource;
use application::ports::event_store::Types;
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use application::ports::token_store::{NodeId, Segment};
use application::processing::{
    Committer, Leases, LogSource, NewProcessor, ProcessorContext, ProcessorSettings,
};
use application::reactions::{self, PROCESSES};
use async_trait::async_trait;
use tests::clock::{CountedIds, StoppedClock};
use tests::faulty_store::FaultyStore;
use tests::library::Library;
use tokio::sync::Barrier;
use tokio::time::timeout;
use uuid::Uuid;

/// The end, and a token of each segment: with less under way at the same time nobody is answered.
const QUESTIONS: usize = 1 + SEGMENTS as usize;
const SEGMENTS: u32 = 4;

/// Whoever wants to be shown something waits for the slowest answer and not for one after the other.
#[tokio::test(start_paused = true)]
async fn a_source_is_asked_everything_at_once_that_is_shown_of_a_processor() {
    let library = Library::open();
    let log = LogSource::new(Arc::<FaultyStore>::clone(&library.stores.log));
    let within = ProcessorContext {
        source: Arc::new(Hesitant { inner: log, all: Barrier::new(QUESTIONS) }),
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
    let segments: Vec<Segment> = Segment::all(SEGMENTS).collect();
    application::processing::register(&within, &[NewProcessor::at_the_beginning(PROCESSES, SEGMENTS)])
        .await
        .unwrap();
    let reactions = reactions::all(&library.commands).into_iter().filter(|(name, _)| *name == PROCESSES);
    let processors = reactions::build(reactions.collect(), &within, |_| segments.clone()).unwrap();

    let asked = timeout(Duration::from_secs(60), processors.status()).await;

    assert_eq!(asked.expect("all is asked at once").unwrap().len(), 1);
}

/// A source that answers questions of what is shown when all of them are there.
struct Hesitant {
    inner: LogSource,
    all: Barrier,
}

#[async_trait]
impl MessageSource for Hesitant {
    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        self.inner.read(token, unwanted, limit).await
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        if place == StartingPoint::Head {
            self.all.wait().await;
        }
        self.inner.token_at(place).await
    }

    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        self.all.wait().await;
        self.inner.knows(token).await
    }

    async fn arrived(&self, token: &Token) {
        self.inner.arrived(token).await;
    }
}
