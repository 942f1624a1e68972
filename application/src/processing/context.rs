//! What the processors of a process work with, and how they are set.

use std::sync::Arc;

use super::committer::Committer;
use super::lease::Leases;
use crate::ports::token_store::NodeId;
use crate::ports::{Clock, Ids, MessageSource, TokenPorts};

/// What a processor works with; the same for all of a process. Cheap to clone.
#[derive(Clone)]
pub struct ProcessorContext {
    /// What it follows.
    pub source: Arc<dyn MessageSource>,
    /// Where its token is.
    pub tokens: TokenPorts,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The dice of retries.
    pub ids: Arc<dyn Ids>,
    /// Which node this is.
    pub node: NodeId,
    /// What it holds.
    pub leases: Leases,
    /// Who makes its commits.
    pub committer: Committer,
    /// The settings.
    pub settings: ProcessorSettings,
}

/// How processors of a process are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessorSettings {
    /// How many segments a processor gets when it is registered first; a power of two.
    pub segments: u32,
    /// Whether no other node uses these stores. Then an event too new for this node is parked; else the segment is
    /// given back, so that a newer node can take it.
    pub exclusive: bool,
}

impl Default for ProcessorSettings {
    fn default() -> Self {
        Self { segments: 1, exclusive: true }
    }
}
