//! What a check finds, and why it could not be made.

use std::fmt;

use domain::ProcessId;
use thiserror::Error;

use crate::codec::DecodeError;
use crate::messages::Topic;
use crate::ports::BoxError;
use crate::ports::event_store::{LogId, StoreError};
use crate::ports::message_source::SourceError;
use crate::ports::token_store::{ProcessorName, TokenError};
use crate::services::ServiceName;

/// The invariants; each is a sentence that is true whenever nothing is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// I1: a book is out by a rental exactly when one card holds that rental, and never on two cards.
    OneHolder,
    /// I2: a balance is what was awarded, saved, used and paid, and is below zero only after an undo.
    Points,
    /// I3: a fee is what late returns cost less what was cleared, and never negative.
    Fees,
    /// I4: a best-seller's count is the number of its rentals of that month that were not cancelled.
    Counts,
    /// I5: every attempt ends in exactly one way, or stands visibly in review.
    Endings,
    /// I6: what follows from an event was done once by each who has to.
    Effects,
    /// I7: versions and positions have no gap and no repeat.
    Order,
    /// I8: a view is what the log says.
    Views,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneHolder => "I1",
            Self::Points => "I2",
            Self::Fees => "I3",
            Self::Counts => "I4",
            Self::Endings => "I5",
            Self::Effects => "I6",
            Self::Order => "I7",
            Self::Views => "I8",
        })
    }
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub invariant: Invariant,
    /// Of what, and what was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.found)
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many events were read.
    pub events: u64,
    /// What does not hold.
    pub violations: Vec<Violation>,
    /// Attempts that have not ended; what they touch is not judged.
    pub in_flight: Vec<ProcessId>,
    /// Attempts in review or decided by hand; what they touch is not judged.
    pub by_hand: Vec<ProcessId>,
    /// Attempts that came to an end by themselves.
    pub ended: u64,
    /// What else could not be judged, and why.
    pub unjudged: Vec<String>,
    /// What the topics hold of what these logs say; none when no topics were looked at.
    pub published: Option<Published>,
}

/// Messages that were found in topics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Published {
    /// How many of them.
    pub messages: u64,
    /// How often one of them came once more.
    pub repeated: u64,
}

/// Why a check could not be made.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The log could not be read.
    #[error("reading the log for the check failed")]
    Store(#[from] StoreError),
    /// The token store could not be read.
    #[error("reading tokens and views for the check failed")]
    Tokens(#[from] TokenError),
    /// Who shows the log and the views did not show them.
    #[error("{doing} for the check failed")]
    Evidence {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: BoxError,
    },
    /// A topic could not be read.
    #[error("reading the topics for the check failed")]
    Topics(#[from] SourceError),
    /// Two logs are one and the same, or copies of each other.
    #[error("{first} and {second} are the same log, `{log}`; give each log once")]
    SameLog {
        /// One of them.
        first: String,
        /// The other one.
        second: String,
        /// The log.
        log: LogId,
    },
    /// A service has two logs.
    #[error("{first} and {second} are both a log of the service `{service}`; give one for each service")]
    SameService {
        /// One of them.
        first: String,
        /// The other one.
        second: String,
        /// The service.
        service: ServiceName,
    },
    /// It is not known of which services a log is.
    #[error(
        "no service has used {name} yet, so nothing says of which services it is the log; start its service once"
    )]
    NobodysLog {
        /// The log.
        name: String,
    },
    /// The topics are not those that a service follows, so nothing can be said of them.
    #[error(
        "{processor} of {log} follows partition {partition} of another `{topic}`, of another cluster or with another prefix; \
         name the broker and the prefix that the services use"
    )]
    OtherTopics {
        /// Who follows another one.
        processor: ProcessorName,
        /// In whose token store that stands.
        log: String,
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: u32,
    },
    /// An event could not be read; everything that follows from it would be wrong.
    #[error("an event cannot be read, and without it nothing can be judged")]
    Unreadable(#[from] DecodeError),
}

impl Report {
    pub(super) fn violated(&mut self, invariant: Invariant, found: String) {
        self.violations.push(Violation { invariant, found });
    }

    /// Takes in what was found in one of several logs, under the name of its services.
    pub(super) fn take_of(&mut self, name: &str, of_one: Self) {
        let named = |found: String| format!("{name}: {found}");
        let violations = of_one.violations.into_iter();
        self.violations
            .extend(violations.map(|violation| Violation { found: named(violation.found), ..violation }));
        self.unjudged.extend(of_one.unjudged.into_iter().map(named));
    }
}
