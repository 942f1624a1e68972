//! The invariants at rest, checked against the whole log and the views: what operators run when they want to be sure.

mod attempts;
mod effects;
mod order;
mod replayed;
mod rules;
mod views;

use std::fmt;

use domain::ProcessId;
use thiserror::Error;

use crate::codec::{AnyEvent, DecodeError};
use crate::ports::event_store::{Position, StoreError, Types};
use crate::ports::token_store::TokenError;
use crate::ports::{EventStore, TokenStore};
use crate::processing::Happened;

use attempts::Attempts;
use effects::Effects;
use order::Order;
use replayed::Replayed;
use views::Views;

/// Events read in one piece.
const PAGE: usize = 1_000;

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
    /// The token side could not be read.
    #[error("reading tokens and views for the check failed")]
    Tokens(#[from] TokenError),
    /// An event could not be read; everything that follows from it would be wrong.
    #[error("an event cannot be read, and without it nothing can be judged")]
    Unreadable(#[from] DecodeError),
}

/// Reads the whole log and judges it, and with it the views and what the handlers did. Meant for a service at rest:
/// beside a running one, what is in flight is left out and said.
///
/// # Errors
/// [`VerifyError`] when not everything could be read.
pub async fn verify(store: &dyn EventStore, tokens: &dyn TokenStore) -> Result<Report, VerifyError> {
    let mut report = Report::default();
    let mut seen = Seen {
        effects: Effects::start(tokens, &mut report).await?,
        views: Views::start(tokens).await?,
        replayed: Replayed::default(),
        attempts: Attempts::default(),
        order: Order::default(),
    };
    let mut after = Position::START;
    loop {
        let page = store.read_log(after, &Types::new(), PAGE).await?;
        if page.scanned_to == after {
            break;
        }
        for recorded in page.events {
            seen.see(&Happened::read(recorded)?);
        }
        after = page.scanned_to;
    }
    seen.judge(tokens, &mut report).await?;
    Ok(report)
}

/// Everything that looks at each event.
struct Seen {
    effects: Effects,
    views: Views,
    replayed: Replayed,
    attempts: Attempts,
    order: Order,
}

impl Seen {
    fn see(&mut self, happened: &Happened) {
        self.order.see(&happened.recorded, &happened.metadata);
        self.replayed.see(&happened.recorded, &happened.event);
        if let AnyEvent::RentalCard(event) = &happened.event {
            self.attempts.see(event);
        }
        self.effects.see(happened);
        self.views.see(happened);
    }

    async fn judge(self, tokens: &dyn TokenStore, report: &mut Report) -> Result<(), VerifyError> {
        report.events = self.order.events();
        self.attempts.sort_into(report);
        rules::judge(&self.replayed, &self.attempts, report);
        self.order.judge(report);
        self.effects.judge(report);
        self.views.judge(tokens, report).await
    }
}

impl Report {
    fn violated(&mut self, invariant: Invariant, found: String) {
        self.violations.push(Violation { invariant, found });
    }
}
