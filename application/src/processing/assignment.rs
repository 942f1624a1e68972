//! What of a processor does not change while it runs.

use std::sync::Arc;

use super::committer::Committer;
use super::context::{ProcessorContext, ProcessorSettings};
use super::lease::Leases;
use super::reaction::Reaction;
use super::status::Live;
use crate::codec::known_types;
use crate::ports::event_store::{Position, TypeName, Types};
use crate::ports::message_source::{SourceError, SourcePage, Token};
use crate::ports::processor_admin::{ProcessorState, SegmentState};
use crate::ports::token_store::{Generation, NodeId, ProcessorName, Segment};
use crate::ports::{Clock, Ids, MessageSource, TokenPorts};

/// What one processor works on: a segment of the generation that readers see, whichever that is, or of one that is
/// rebuilt beside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    /// The name.
    pub name: ProcessorName,
    /// The segment.
    pub segment: Segment,
    /// The generation that is rebuilt; none for the one that readers see.
    pub beside: Option<Generation>,
}

/// What of a processor does not change while it runs.
pub(super) struct Core {
    pub(super) assigned: Assignment,
    pub(super) reaction: Reaction,
    pub(super) unwanted: Types,
    pub(super) source: Arc<dyn MessageSource>,
    pub(super) tokens: TokenPorts,
    pub(super) committer: Committer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) node: NodeId,
    pub(super) leases: Leases,
    pub(super) settings: ProcessorSettings,
    pub(super) live: Arc<Live>,
    /// What lies beyond is not read; none where nothing is held back.
    pub(super) bound: Option<Position>,
}

impl Core {
    pub(super) fn of(assigned: Assignment, reaction: Reaction, within: &ProcessorContext) -> Self {
        let ProcessorContext { source, tokens, clock, ids, node, leases, committer, settings } =
            within.clone();
        let known = known_types().map(|known| TypeName::of(known.kind));
        let unwanted = known.filter(|kind| !reaction.wants(kind)).collect();
        let live = Arc::new(Live::starting(&assigned));
        Self {
            assigned,
            reaction,
            unwanted,
            source,
            tokens,
            committer,
            clock,
            ids,
            node,
            leases,
            settings,
            live,
            bound: None,
        }
    }

    /// What lies after a token, at most so many positions of it.
    pub(super) async fn read(&self, token: &Token, limit: usize) -> Result<SourcePage, SourceError> {
        let left = self.bound.map(|bound| bound.value().saturating_sub(token.position.value()));
        match left.map(|left| usize::try_from(left).unwrap_or(usize::MAX)) {
            Some(0) => Ok(SourcePage { events: vec![], next: *token, head: token.position }),
            left => self.source.read(token, &self.unwanted, limit.min(left.unwrap_or(limit))).await,
        }
    }

    /// What it was made within.
    pub(super) fn within(&self) -> ProcessorContext {
        ProcessorContext {
            source: Arc::clone(&self.source),
            tokens: self.tokens.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            node: self.node,
            leases: self.leases.clone(),
            committer: self.committer.clone(),
            settings: self.settings,
        }
    }

    /// The name of the processor.
    pub(super) const fn name(&self) -> &ProcessorName {
        &self.assigned.name
    }
}

impl Assignment {
    /// The generation to be claimed.
    pub(super) fn generation_in(&self, state: &ProcessorState) -> Generation {
        self.beside.unwrap_or(state.live)
    }

    /// The segment, as the token store has it; none when it is not there any more.
    pub(super) fn found_in<'s>(&self, state: &'s ProcessorState) -> Option<&'s SegmentState> {
        let generation = self.generation_in(state);
        state.segments.iter().find(|known| known.generation == generation && known.segment == self.segment)
    }
}
