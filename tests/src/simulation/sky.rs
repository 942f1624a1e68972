//! What the weather is like for all nodes: how often calls fail, how slow they are, and what is damaged.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use application::ports::dead_letters::DeadLetter;
use application::ports::event_store::StreamName;
use application::ports::token_store::{ProcessorName, RowKey};
use tokio::sync::Notify;

use super::dice::Dice;

/// The weather over all nodes, and what can be seen from everywhere.
#[derive(Debug, Default)]
pub(super) struct Sky {
    weather: Mutex<Weather>,
    tried: Mutex<Vec<DeadLetter>>,
    is_tried: Notify,
}

/// What the weather is like; the default is calm.
#[derive(Debug, Default, Clone)]
pub(super) struct Weather {
    /// One in so many appends begins a run of faults; 0 for none.
    pub(super) appends: u64,
    /// The same of commits.
    pub(super) commits: u64,
    /// The same of everything else that changes something.
    pub(super) changes: u64,
    /// The same of reads.
    pub(super) reads: u64,
    /// The longest that a call takes one way, in milliseconds.
    pub(super) slow_ms: u64,
    /// Nobody reaches the log.
    pub(super) log_is_down: bool,
    /// What is damaged.
    pub(super) damage: Damage,
}

/// What is damaged; the default is nothing.
#[derive(Debug, Default, Clone)]
pub(super) struct Damage {
    /// Streams that can be neither read nor appended to.
    pub(super) torn_streams: BTreeSet<StreamName>,
    /// Streams at which others are always quicker, so that nobody's append succeeds.
    pub(super) busy_streams: BTreeSet<StreamName>,
    /// Rows that no commit can store.
    pub(super) unstorable: BTreeSet<RowKey>,
    /// Rows that cannot be read.
    pub(super) unreadable: BTreeSet<RowKey>,
    /// Projections none of whose rows can be stored.
    pub(super) full_views: BTreeSet<ProcessorName>,
}

/// What is called, as far as its faults differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Door {
    /// Appends to the log.
    Append,
    /// Other changes of the log's store.
    ChangeLog,
    /// Reads of the log's store.
    ReadLog,
    /// Commits of processors.
    Commit,
    /// Extensions of claims.
    Extend,
    /// Other changes of the token store.
    ChangeTokens,
    /// Reads of the token store.
    ReadTokens,
}

/// What a call does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing is done, and that is said.
    Away,
    /// Nothing is done, since something contradicts itself.
    Corrupt,
    /// It is done, and the answer is lost.
    ReplyLost,
    /// It is not done, and the answer is lost.
    RequestLost,
    /// The answer is lost, and it is done some time later.
    Late,
    /// It is done, and after a long time somebody gives up waiting for the answer.
    Hung,
    /// It is not done, and after a long time somebody gives up waiting for the answer.
    HungUndone,
}

impl Door {
    pub(super) const fn is_of_log(self) -> bool {
        match self {
            Self::Append | Self::ChangeLog | Self::ReadLog => true,
            Self::Commit | Self::Extend | Self::ChangeTokens | Self::ReadTokens => false,
        }
    }

    const fn faults(self) -> &'static [Fault] {
        match self {
            Self::Append | Self::Commit => &[
                Fault::Away,
                Fault::Away,
                Fault::Corrupt,
                Fault::ReplyLost,
                Fault::ReplyLost,
                Fault::RequestLost,
                Fault::RequestLost,
                Fault::Late,
                Fault::Hung,
                Fault::HungUndone,
            ],
            Self::Extend => {
                &[Fault::Away, Fault::ReplyLost, Fault::RequestLost, Fault::Hung, Fault::HungUndone]
            }
            Self::ChangeLog | Self::ChangeTokens => &[Fault::Away, Fault::ReplyLost, Fault::RequestLost],
            Self::ReadLog => &[Fault::Away, Fault::Away, Fault::Corrupt],
            Self::ReadTokens => &[Fault::Away],
        }
    }

    pub(super) fn any_fault(self, dice: &mut Dice) -> Fault {
        *dice.pick(self.faults())
    }
}

impl Weather {
    pub(super) const fn one_in(&self, door: Door) -> u64 {
        match door {
            Door::Append => self.appends,
            Door::Commit => self.commits,
            Door::ChangeLog | Door::Extend | Door::ChangeTokens => self.changes,
            Door::ReadLog | Door::ReadTokens => self.reads,
        }
    }
}

impl Sky {
    pub(super) fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows that somebody begins to try these letters of a sequence.
    pub(super) fn shows_a_try_of(&self, letters: Vec<DeadLetter>) {
        *self.tried.lock().unwrap_or_else(PoisonError::into_inner) = letters;
        self.is_tried.notify_waiters();
    }

    /// The next letters that somebody begins to try; at least one.
    pub(super) async fn tried(&self) -> Vec<DeadLetter> {
        loop {
            self.is_tried.notified().await;
            let tried = std::mem::take(&mut *self.tried.lock().unwrap_or_else(PoisonError::into_inner));
            if !tried.is_empty() {
                return tried;
            }
        }
    }
}
