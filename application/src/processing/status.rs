//! What others see of a processor: what one step did, how it stands, and why it waits.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::ports::event_store::Position;
use crate::ports::token_store::{Desired, Generation, NodeId, ProcessorName, Segment};

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Something was read, handled or written; step again at once.
    Advanced,
    /// There is nothing to do before more arrives or this time comes.
    Idle {
        /// When to look again even if nothing arrives; none when only an arrival matters.
        until: Option<Timestamp>,
    },
}

/// What an operator sees of a processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessorStatus {
    /// Its name.
    pub name: ProcessorName,
    /// What it does.
    pub kind: ReactionKind,
    /// Whether it shall run.
    pub desired: Desired,
    /// Its segments.
    pub segments: Vec<SegmentStatus>,
    /// How far all of them have come.
    pub position: Position,
    /// Where the log ends, as last seen.
    pub head: Position,
    /// Why it waits, in words; `caught up` when there is nothing to do.
    pub waiting: String,
    /// Letters that wait for a retry.
    pub parked: usize,
    /// Letters not tried any more by themselves.
    pub abandoned: usize,
    /// Letters that were rejected.
    pub rejected: usize,
    /// Types it knows and passes over.
    pub ignored_types: Vec<String>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// What a processor does with what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReactionKind {
    /// It keeps a view.
    Projection,
    /// It sends commands.
    Handler,
}

/// What an operator sees of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentStatus {
    /// Its generation.
    pub generation: Generation,
    /// The segment.
    pub segment: Segment,
    /// Who holds it.
    pub owner: Option<NodeId>,
    /// The epoch of its latest claim.
    pub epoch: u64,
    /// How far it has come.
    pub position: Position,
}

/// What a running processor says about itself, shared with those who ask.
#[derive(Debug)]
pub(super) struct Live(Mutex<Said>);

/// What a running processor says about itself.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// Why it waits.
    pub(super) waiting: String,
    /// Whether that is because its segment is somebody else's to work on.
    pub(super) elsewhere: bool,
    /// Where the log ended when it last read.
    pub(super) head: Position,
    /// What went wrong last.
    pub(super) last_error: Option<String>,
}

/// What a processor says that has nothing to do.
pub(super) const CAUGHT_UP: &str = "caught up";

impl Live {
    pub(super) fn starting() -> Self {
        let waiting = "not started yet".to_owned();
        Self(Mutex::new(Said { waiting, elsewhere: false, head: Position::START, last_error: None }))
    }

    pub(super) fn said(&self) -> Said {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn waits(&self, why: impl Into<String>) {
        self.change(|said| (said.waiting, said.elsewhere) = (why.into(), false));
    }

    /// Says that the segment is not this processor's to work on, and why.
    pub(super) fn leaves_to_others(&self, why: &str) {
        self.change(|said| (said.waiting, said.elsewhere) = (why.to_owned(), true));
    }

    pub(super) fn sees_head(&self, head: Position) {
        self.change(|said| said.head = head);
    }

    pub(super) fn failed(&self, cause: impl Into<String>) {
        self.change(|said| said.last_error = Some(cause.into()));
    }

    fn change(&self, change: impl FnOnce(&mut Said)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
