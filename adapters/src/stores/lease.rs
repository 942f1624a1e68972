//! What ends by itself, by the store's clock: a heartbeat or a claim.

use std::time::Duration;

use application::ports::token_store::NodeId;
use jiff::Timestamp;

/// Something that ends by itself.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) node: NodeId,
    pub(crate) until: Timestamp,
    pub(crate) ttl: Duration,
}

impl Lease {
    pub(crate) fn new(node: NodeId, ttl: Duration, now: Timestamp) -> Self {
        Self { node, until: after(now, ttl), ttl }
    }

    /// Whether its owner may still act on it.
    pub(crate) fn lasts(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether others have to respect it. One that ends more than two of its times from now was made before the clock was
    /// set back, and respecting it would lock everybody out for as long; one time more than needed leaves room for small
    /// corrections of the clock.
    pub(crate) fn binds_others(&self, now: Timestamp) -> bool {
        self.lasts(now) && self.until <= after(after(now, self.ttl), self.ttl)
    }
}

fn after(now: Timestamp, ttl: Duration) -> Timestamp {
    now.saturating_add(ttl).unwrap_or(Timestamp::MAX)
}
