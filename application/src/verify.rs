//! The invariants at rest, checked against the whole log and the views: what operators run when they want to be sure.

mod attempts;
mod effects;
mod evidence;
mod order;
mod replayed;
mod rules;
mod scope;
mod stores;
mod views;

use std::fmt;

use domain::ProcessId;
use thiserror::Error;

use crate::codec::{AnyEvent, DecodeError};
use crate::ports::event_store::{Position, StoreError};
use crate::ports::token_store::TokenError;
use crate::ports::{BoxError, EventStore, TokenPorts};
use crate::processing::DecodedEvent;
use crate::reactions::COUNT_RENTALS;
use crate::services::Services;

use attempts::Attempts;
use effects::Effects;
pub use evidence::{Evidence, Follower, Shown};
use order::Order;
use replayed::Replayed;
use stores::Stores;
use views::Views;

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
    /// An event could not be read; everything that follows from it would be wrong.
    #[error("an event cannot be read, and without it nothing can be judged")]
    Unreadable(#[from] DecodeError),
}

/// Judges a store and its token store, as [`verify_evidence`] does.
///
/// # Errors
/// [`VerifyError`] when not everything could be read.
pub async fn verify(store: &dyn EventStore, tokens: &TokenPorts) -> Result<Report, VerifyError> {
    verify_evidence(&Stores { store, tokens }).await
}

/// Reads the whole log and judges it, and with it the views and what the handlers did. Meant for a service at rest;
/// beside a running one nothing is judged that could still be on its way, and what is left out is said.
///
/// The order of reading is what makes that sound: first how far the followers are, then the log to where it ends by
/// then, then the views, then how far the followers are now, and last the log up to there. A log that grows faster than
/// it is read keeps nobody reading: what comes later is left to the next check.
///
/// # Errors
/// [`VerifyError`] when not everything could be read.
pub async fn verify_evidence(evidence: &dyn Evidence) -> Result<Report, VerifyError> {
    let services = evidence.services().await?;
    let mut followers = evidence.followers().await?;
    followers.retain(|follower| services.have(&follower.name));
    let (head, mut end) = (evidence.head().await?, Position::START);
    let mut report = Report::default();
    followers.iter().for_each(|follower| report.judge_place(follower, head));
    report.leave_to_others(services);
    let mut seen = Seen {
        services,
        counted: followers.iter().find(|follower| follower.name == COUNT_RENTALS).cloned(),
        views: Views::up_to(services, &followers),
        effects: Effects::of(services, followers),
        replayed: Replayed::default(),
        attempts: Attempts::default(),
        order: Order::default(),
    };
    while end < head {
        let page = evidence.log(end).await?;
        let Some(last) = page.last() else { break };
        end = last.position;
        for recorded in page {
            seen.see(&DecodedEvent::read(recorded)?);
        }
    }
    if end < head {
        report.violated(Invariant::Order, format!("the log says that it ends at {head} and ends at {end}"));
    }
    let mut views = seen.judge(&mut report);
    views.compare(evidence).await?;
    views.leave_out_what_moved(evidence, end).await?;
    views.judge(&mut report);
    Ok(report)
}

/// Everything that looks at each event.
struct Seen {
    /// Whose log it is.
    services: Services,
    /// How far rentals were counted.
    counted: Option<Follower>,
    effects: Effects,
    views: Views,
    replayed: Replayed,
    attempts: Attempts,
    order: Order,
}

impl Seen {
    fn see(&mut self, happened: &DecodedEvent) {
        self.order.see(&happened.recorded, &happened.metadata);
        self.replayed.see(&happened.recorded, &happened.event);
        if let AnyEvent::RentalCard(event) = &happened.event {
            self.attempts.see(event, happened.recorded.position);
        }
        self.effects.see(happened);
        self.views.see(happened);
    }

    /// Judges all but the views, which are still to be compared.
    fn judge(self, report: &mut Report) -> Views {
        report.events = self.order.events();
        self.attempts.sort_into(report);
        rules::judge(self.services, &self.replayed, &self.attempts, self.counted.as_ref(), report);
        self.order.judge(report);
        self.effects.judge(report);
        self.views
    }
}

impl Report {
    /// What two checks found, of the logs of two services.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.events += other.events;
        self.ended += other.ended;
        self.violations.extend(other.violations);
        self.in_flight.extend(other.in_flight);
        self.by_hand.extend(other.by_hand);
        self.unjudged.extend(other.unjudged);
        self
    }

    /// A follower passed what the log has, so the log ends not before it.
    fn judge_place(&mut self, Follower { name, ahead, astray, .. }: &Follower, head: Position) {
        if let Some(astray) = astray {
            self.violated(Invariant::Order, format!("{name} {astray}"));
        } else if *ahead > head {
            self.violated(Invariant::Order, format!("{name} passed {ahead}, and the log ends at {head}"));
        }
    }

    fn violated(&mut self, invariant: Invariant, found: String) {
        self.violations.push(Violation { invariant, found });
    }
}
