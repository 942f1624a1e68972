//! What others see of a processor: what one step did, how it stands, and why it waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use super::assignment::Assignment;
use super::gauges::Gauges;
use super::rebuilding::RebuildStatus;
use crate::ports::event_store::Position;
use crate::ports::message_source::WAITING_FOR_GROUP;
use crate::ports::processor_admin::Desired;
use crate::ports::token_store::{Generation, NodeId, ProcessorName, Segment};

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
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
    /// What it follows.
    pub source: SourceKind,
    /// Whether it shall run.
    pub desired: Desired,
    /// Its segments.
    pub segments: Vec<SegmentStatus>,
    /// How far all of them have come.
    pub position: Position,
    /// Where what it follows ends, as last seen.
    pub head: Position,
    /// Why it waits, in words; `caught up` when there is nothing to do.
    pub waiting: String,
    /// Why it cannot go on however long it waits, and what helps; none while it can, or shall not.
    pub failed: Option<String>,
    /// Whether its tokens are of another log than the one that is there, so that all of this one lies before it.
    pub foreign: bool,
    /// Letters that wait for a retry.
    pub parked: usize,
    /// Letters not tried any more by themselves.
    pub abandoned: usize,
    /// Letters that were rejected.
    pub rejected: usize,
    /// Rejected letters that had to go because there were too many.
    pub rejected_dropped: u64,
    /// Types it knows and passes over.
    pub ignored_types: Vec<String>,
    /// How a rebuild goes; none while none runs.
    pub rebuild: Option<RebuildStatus>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// What stands before the time since when something is away that a processor needs.
pub(super) const SINCE: &str = " (since ";

impl ProcessorStatus {
    /// Whether it waits for something that is away, and tries again by itself.
    #[must_use]
    pub fn waits_for_what_is_away(&self) -> bool {
        self.failed.is_none() && self.waiting.contains(SINCE)
    }

    /// Whether it has something to do, and the group that shares out what it follows has given that to another node, or
    /// to nobody yet.
    #[must_use]
    pub fn waits_for_its_group(&self) -> bool {
        self.failed.is_none() && self.waiting.starts_with(WAITING_FOR_GROUP)
    }
}

/// What a processor does with what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReactionKind {
    /// It keeps a view.
    Projection,
    /// It sends commands.
    Handler,
    /// It publishes what events say to others.
    Relay,
}

/// What a processor follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// The log.
    Log,
    /// A partition of a topic.
    Topic,
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
pub(super) struct Live {
    gauges: Gauges,
    /// How far it is, with all that follows stored; none while it holds no claim.
    reached: watch::Sender<Option<Position>>,
    /// The highest position that somebody has waited for.
    wanted: AtomicU64,
    said: Mutex<Said>,
}

/// What a running processor says about itself.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// Why it waits.
    pub(super) waiting: String,
    /// Whether that is because its segment is somebody else's to work on.
    pub(super) elsewhere: bool,
    /// Whether that is because it was paused.
    pub(super) is_paused: bool,
    /// Where the log ended when it last read.
    pub(super) head: Position,
    /// What went wrong last.
    pub(super) last_error: Option<String>,
    /// Whether its token and the log belong together.
    pub(super) fit: Fit,
    /// Why it cannot go on however long it waits.
    pub(super) failed: Option<String>,
}

/// Whether a token and the log belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// That is not known now.
    Unknown,
    /// They do, as the last page said.
    Fits,
    /// They do not.
    Foreign,
}

/// What a processor says that has nothing to do.
pub(super) const CAUGHT_UP: &str = "caught up";

impl ProcessorStatus {
    /// How many events lie before it in a log that ends at `head`: all of them, and never none, when its tokens are of
    /// another log.
    #[must_use]
    pub const fn lag(&self, head: Position) -> u64 {
        if self.foreign { whole(head) } else { head.value().saturating_sub(self.position.value()) }
    }

    /// Where the first event stands that it has not handled.
    #[must_use]
    pub const fn next(&self) -> Position {
        if self.foreign { Position::START.plus(1) } else { self.position.plus(1) }
    }
}

/// What lies before a token of another log.
pub(super) const fn whole(head: Position) -> u64 {
    if head.value() == 0 { 1 } else { head.value() }
}

impl Live {
    pub(super) fn starting(assigned: &Assignment) -> Self {
        let said = Said {
            waiting: "not started yet".to_owned(),
            elsewhere: false,
            is_paused: false,
            head: Position::START,
            last_error: None,
            fit: Fit::Unknown,
            failed: None,
        };
        Self {
            gauges: Gauges::of(assigned),
            reached: watch::Sender::new(None),
            wanted: AtomicU64::new(0),
            said: Mutex::new(said),
        }
    }

    pub(super) fn said(&self) -> Said {
        self.change(|said| said.clone())
    }

    /// Whether the last page said that its token fits the log, and nothing went wrong since.
    pub(super) fn fits(&self) -> bool {
        self.change(|said| said.fit == Fit::Fits)
    }

    pub(super) fn waits(&self, why: impl Into<String>) {
        self.change(|said| (said.waiting, said.elsewhere, said.is_paused) = (why.into(), false, false));
    }

    /// Says why it does nothing for a while.
    pub(super) fn rests(&self, why: impl Into<String>) {
        self.waits(why);
        self.doubts();
    }

    /// The log has what its token names.
    pub(super) fn is_sure(&self) {
        self.change(|said| said.fit = Fit::Fits);
    }

    /// Its token may not fit the log any more when it is looked at next.
    pub(super) fn doubts(&self) {
        self.change(|said| {
            if said.fit == Fit::Fits {
                said.fit = Fit::Unknown;
            }
        });
    }

    /// Says that nobody may work on the segment, and why.
    pub(super) fn is_paused(&self, why: &str) {
        self.is_elsewhere(why, true);
    }

    fn is_elsewhere(&self, why: &str, is_paused: bool) {
        self.change(|said| {
            (said.waiting, said.elsewhere, said.is_paused) = (why.to_owned(), true, is_paused);
            (said.fit, said.failed) = (Fit::Unknown, None);
        });
        self.gauges.failed(false);
    }

    /// Says that the segment is not this processor's to work on, and why. What lies before it is counted by its owner.
    pub(super) fn leaves_to_others(&self, why: &str) {
        self.is_elsewhere(why, false);
        self.gauges.lag(0);
        self.gauges.parked(0);
    }

    /// The log has what the token names, and ends here.
    pub(super) fn sees_head(&self, head: Position) {
        self.change(|said| (said.head, said.fit) = (head, Fit::Fits));
    }

    /// A step was done. It counts when the log was read in it: a token that does not fit is not found out without.
    pub(super) fn went_on(&self) {
        let is_good = self.change(|said| {
            let is_good = said.fit == Fit::Fits;
            if is_good {
                said.failed = None;
            }
            is_good
        });
        if is_good {
            self.gauges.failed(false);
        }
    }

    /// Somebody waits until it has stored that it is so far.
    pub(super) fn is_waited_for(&self, position: Position) {
        self.wanted.fetch_max(position.value(), Ordering::Relaxed);
    }

    /// The highest position that somebody has waited for.
    pub(super) fn wanted(&self) -> Position {
        Position::new(self.wanted.load(Ordering::Relaxed))
    }

    /// Tells how far it is, and each time that it has moved.
    pub(super) fn reached(&self) -> watch::Receiver<Option<Position>> {
        self.reached.subscribe()
    }

    /// It holds no claim, so others may be further, or begin anew.
    pub(super) fn has_let_go(&self) {
        self.moved_to(None);
    }

    fn moved_to(&self, reached: Option<Position>) {
        let is_news = |before: &mut Option<Position>| std::mem::replace(before, reached) != reached;
        self.reached.send_if_modified(is_news);
    }

    /// Where it stands after a step, and how many letters wait there.
    pub(super) fn stands_at(&self, reached: Position, letters: usize) {
        self.moved_to(Some(reached));
        let head = self.change(|said| said.head);
        self.gauges.lag(head.value().saturating_sub(reached.value()));
        self.gauges.parked(letters);
    }

    /// The segment is there no more.
    pub(super) fn has_ended(&self) {
        self.gauges.end();
    }

    /// Where a segment stands on which nobody works, and how many letters wait there, where that is known.
    pub(super) fn is_behind(&self, events: u64, letters: Option<usize>) {
        self.gauges.lag(events);
        if let Some(letters) = letters {
            self.gauges.parked(letters);
        }
    }

    /// Its token is of another log than this one, which ends here, if that could be asked.
    pub(super) fn is_foreign(&self, why: &str, head: Option<Position>) {
        self.change(|said| said.fit = Fit::Foreign);
        self.cannot_go_on(why, head);
        self.gauges.lag(whole(self.change(|said| said.head)));
    }

    /// It cannot go on however long it waits; the log ends here, if that could be asked. All of it lies before a segment
    /// that nobody could claim: how far that was is not known.
    pub(super) fn cannot_go_on(&self, why: &str, head: Option<Position>) {
        let head = self.change(|said| {
            said.failed = Some(why.to_owned());
            said.head = head.unwrap_or(said.head);
            said.head
        });
        if self.reached.borrow().is_none() {
            self.gauges.lag(whole(head));
        }
        self.gauges.failed(true);
    }

    pub(super) fn failed(&self, cause: impl Into<String>) {
        self.change(|said| said.last_error = Some(cause.into()));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Said) -> T) -> T {
        change(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
