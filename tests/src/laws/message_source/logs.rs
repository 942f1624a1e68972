//! The log of every kind of store as a source.

use std::sync::Arc;

use adapters::system_clock::SystemIds;
use application::ports::event_store::{CommandEvents, CommandId, NewEvent, TypeName};
use application::ports::{EventStore, Ids, MessageSource};
use application::processing::LogSource;
use async_trait::async_trait;
use domain::Date;

use super::SourceUnderTest;
use crate::clock::StoppedClock;
use crate::laws::event_store::samples::{append, event, proposal_of, stream};
use crate::stores::StoreKind;

/// The log of one kind of store.
pub struct LogUnderTest<K> {
    log: Arc<dyn EventStore>,
    source: Arc<LogSource>,
    /// What the stores live in, as long as they are used.
    _place: K,
}

impl<K: StoreKind> LogUnderTest<K> {
    async fn over(place: K) -> Self {
        let clock = Arc::new(StoppedClock::at_noon_of(Date::constant(2026, 1, 1)));
        let opened = place.open(clock).await;
        let source = Arc::new(LogSource::new(Arc::clone(&opened.log)));
        Self { log: opened.log, source, _place: place }
    }
}

#[async_trait]
impl<K: StoreKind> SourceUnderTest for LogUnderTest<K> {
    async fn fresh() -> Option<Self> {
        Some(Self::over(K::fresh().await?).await)
    }

    fn source(&self) -> Arc<dyn MessageSource> {
        self.source.clone()
    }

    /// Each in a stream of its own.
    async fn add(&self, kinds: &[&'static str]) {
        for kind in kinds {
            let id = SystemIds.next();
            let events = vec![NewEvent { kind: TypeName::of(kind), ..event() }];
            let part = CommandEvents { command: CommandId::new(id), events };
            append(&*self.log, proposal_of(&stream(&id.to_string()), 0, vec![part])).await;
        }
    }

    async fn lose(&self, _count: u64) -> bool {
        false
    }
}
