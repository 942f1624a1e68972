//! Stores that are gone with the process.

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::bench::{BrokerSite, Site};
use adapters::memory::{MemoryBroker, MemoryEventStore, MemoryRawLimit, MemoryTokenStore};
use application::ports::event_store::LogId;
use application::ports::{Clock, EventStore, Ids, TokenPorts};
use application::reactions::Exchange;

use super::{Side, Views};

/// How many partitions a topic has.
const PARTITIONS: NonZeroU32 = NonZeroU32::new(4).expect("four is not zero");

pub(super) fn log(ids: &dyn Ids) -> Side<Arc<dyn EventStore>> {
    let store = Arc::new(MemoryEventStore::new(LogId::new(ids.next())));
    tracing::info!(port = "event store", behind = "memory", "port is ready");
    tracing::warn!("events are kept in memory: nothing outlives this process");
    Side { ports: store, exclusive: true, closing: None }
}

pub(super) fn fresh(clock: &Arc<dyn Clock>, ids: &dyn Ids) -> Site {
    Site {
        store: Arc::new(MemoryEventStore::new(LogId::new(ids.next()))),
        raw: Arc::new(MemoryRawLimit::default()),
        tokens: TokenPorts::of(&Arc::new(MemoryTokenStore::new(Arc::clone(clock)))),
    }
}

pub(super) fn exchange(clock: &Arc<dyn Clock>, ids: &dyn Ids) -> Exchange {
    let broker = MemoryBroker::with_all_topics(ids.next(), Arc::clone(clock), PARTITIONS);
    tracing::info!(port = "publisher", behind = "memory", partitions = PARTITIONS.get(), "port is ready");
    broker.exchange()
}

pub(super) fn fresh_broker(clock: &Arc<dyn Clock>, ids: &dyn Ids) -> BrokerSite {
    let broker = MemoryBroker::with_all_topics(ids.next(), Arc::clone(clock), PARTITIONS);
    BrokerSite { exchange: broker.exchange(), raw: Arc::new(broker) }
}

pub(super) fn views(clock: &Arc<dyn Clock>) -> Side<Views> {
    let store = Arc::new(MemoryTokenStore::new(Arc::clone(clock)));
    tracing::info!(port = "token store and views", behind = "memory", "port is ready");
    Side { ports: Views::of(&store), exclusive: true, closing: None }
}
