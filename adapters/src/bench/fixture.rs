//! Where a bench may work: on stores that are made for it and hold nothing of anybody else.

use std::sync::Arc;

use application::ports::{Baseline, BoxError, EventStore, PublisherBaseline, TokenPorts};
use application::reactions::Exchange;
use async_trait::async_trait;

/// Makes stores for measuring, and clears them away when the bench is over.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// Fresh, empty stores under a name that was not asked for before, of the kind and with the settings that a service
    /// would have.
    ///
    /// # Errors
    /// Why they cannot be made; what was there stays as it is.
    async fn fresh(&self, name: &str) -> Result<Site, BoxError>;

    /// A broker with fresh, empty topics, of the kind and with the settings that a service would have.
    ///
    /// # Errors
    /// Why there are none; what was there stays as it is.
    async fn broker(&self) -> Result<BrokerSite, BoxError>;
}

/// Stores that belong together. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// The same log without the application, where the store lies outside of the process; else one of its own.
    pub raw: Arc<dyn Baseline>,
    /// The token store.
    pub tokens: TokenPorts,
}

/// A broker with topics that nobody else uses. Cheap to clone.
#[derive(Clone)]
pub struct BrokerSite {
    /// Where messages go, and where they come from.
    pub exchange: Exchange,
    /// The same topics without the application.
    pub raw: Arc<dyn PublisherBaseline>,
}
