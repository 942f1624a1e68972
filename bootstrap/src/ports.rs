//! One adapter for each port, as the settings ask.

use std::sync::Arc;

use adapters::memory::{MemoryEventStore, MemoryTokenStore};
use adapters::system_clock::{SystemClock, SystemIds};
use application::ports::event_store::LogId;
use application::ports::{
    BestSellerView, CatalogueView, Clock, EventStore, Ids, LoanView, ProcessView, TokenStore,
};

use crate::settings::{Settings, StoreKind};

/// What the application gets from outside.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) tokens: Arc<dyn TokenStore>,
    pub(crate) catalogue: Arc<dyn CatalogueView>,
    pub(crate) loans: Arc<dyn LoanView>,
    pub(crate) best_sellers: Arc<dyn BestSellerView>,
    pub(crate) processes: Arc<dyn ProcessView>,
    /// Whether no other process can use the same stores.
    pub(crate) exclusive: bool,
}

impl Ports {
    /// Opens what the settings ask for, and says in the log what stands behind each port.
    pub(crate) fn open(settings: &Settings) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(settings.zone.clone()));
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let zone = settings.zone.iana_name().unwrap_or("unnamed");
        tracing::info!(port = "clock", behind = "system", zone, "port is ready");
        tracing::info!(port = "ids", behind = "system", "port is ready");
        match settings.store {
            StoreKind::Memory => Self::in_memory(clock, ids),
        }
    }

    fn in_memory(clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let store = Arc::new(MemoryEventStore::new(LogId::new(ids.next())));
        let tokens = Arc::new(MemoryTokenStore::new(Arc::clone(&clock)));
        for port in ["event store", "token store", "views"] {
            tracing::info!(port, behind = "memory", lasting = false, "port is ready");
        }
        tracing::warn!("everything is kept in memory: nothing outlives this process");
        Self {
            clock,
            ids,
            store,
            catalogue: Arc::clone(&tokens) as _,
            loans: Arc::clone(&tokens) as _,
            best_sellers: Arc::clone(&tokens) as _,
            processes: Arc::clone(&tokens) as _,
            tokens,
            exclusive: true,
        }
    }
}
