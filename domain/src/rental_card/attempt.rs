//! One attempt as a pure state machine: who was asked, who answered, which way it goes.

mod phase;
#[cfg(test)]
mod tests;

use crate::request::{Kind, Outcome, Participant, Step};
use crate::text::Reason;
pub use phase::{Phase, Start};

/// How far an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The kind, which says who takes part: book and member, or for a payment the member alone.
    pub kind: Kind,
    /// Where the book stands; none for a payment.
    pub book: Option<Part>,
    /// Where the member stands.
    pub member: Part,
    /// Which way it goes, once that is decided.
    pub direction: Option<Direction>,
    /// Whether an operator has to look, or has decided.
    pub review: Review,
}

/// Where one participant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Request to do its part; no answer yet.
    Waiting,
    /// It did its part.
    Done,
    /// It refused to do its part.
    Refused,
    /// Request to undo; no answer yet.
    Undoing,
    /// It undid its part.
    Undone,
    /// It refused to undo.
    UndoRefused,
}

/// Which way an attempt goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What was asked for happens.
    Confirm,
    /// It does not, and what was done is undone.
    Cancel,
}

/// Whether an operator is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// Nobody is needed.
    NotNeeded,
    /// Somebody has to look.
    Requested,
    /// Somebody has decided.
    Resolved,
}

/// The status shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Waiting for the first answers.
    Started,
    /// All did their part.
    Completed,
    /// Cancelled; somebody still has to answer or to undo.
    Compensating,
    /// Cancelled, and nothing is left to undo.
    Compensated,
    /// Somebody has to look.
    NeedsReview,
    /// Decided by hand.
    Resolved,
}

/// What follows from an answer, in the order it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consequence {
    /// All did their part: what was asked for happens.
    Confirm,
    /// Somebody refused: it does not happen.
    Cancel {
        /// The reason of the one that refused.
        reason: Reason,
    },
    /// This participant did its part of what is cancelled, and is asked to undo it.
    Undo(Participant),
    /// It is cancelled and nothing is left to undo.
    Compensated,
    /// This participant refused to undo: somebody has to look.
    Review {
        /// The reason of the one that refused.
        reason: Reason,
    },
}

impl Attempt {
    /// An attempt whose participants were just asked.
    #[must_use]
    pub const fn started(kind: Kind) -> Self {
        let book = match kind {
            Kind::Rent | Kind::Return => Some(Part::Waiting),
            Kind::Overdue => None,
        };
        Self { kind, book, member: Part::Waiting, direction: None, review: Review::NotNeeded }
    }

    /// Where a participant stands; none when it takes no part.
    #[must_use]
    pub const fn part(&self, participant: Participant) -> Option<Part> {
        match participant {
            Participant::Book => self.book,
            Participant::Member => Some(self.member),
        }
    }

    /// Whether this participant's answer for this step is still to come.
    #[must_use]
    pub fn waits_for(&self, participant: Participant, step: Step) -> bool {
        let awaited = match step {
            Step::Do => Part::Waiting,
            Step::Undo => Part::Undoing,
        };
        self.part(participant) == Some(awaited)
    }

    /// Whether this participant was ever asked for this step.
    #[must_use]
    pub const fn asked(&self, participant: Participant, step: Step) -> bool {
        match (self.part(participant), step) {
            (None, Step::Do | Step::Undo) => false,
            (Some(_), Step::Do) => true,
            (Some(Part::Waiting | Part::Done | Part::Refused), Step::Undo) => false,
            (Some(Part::Undoing | Part::Undone | Part::UndoRefused), Step::Undo) => true,
        }
    }

    /// Whom the attempt still waits for, to do or to undo.
    pub fn silent(&self) -> impl Iterator<Item = Participant> {
        let attempt = *self;
        [Participant::Book, Participant::Member]
            .into_iter()
            .filter(move |&who| matches!(attempt.part(who), Some(Part::Waiting | Part::Undoing)))
    }

    /// Who did its part and, if the attempt is cancelled, has to undo it. A payment is never undone.
    pub fn to_undo(&self) -> impl Iterator<Item = Participant> {
        let attempt = *self;
        [Participant::Book, Participant::Member]
            .into_iter()
            .filter(move |&who| attempt.is_undoable() && attempt.part(who) == Some(Part::Done))
    }

    /// The status shown to people.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self.review, self.direction) {
            (Review::Requested, _) => Status::NeedsReview,
            (Review::Resolved, _) => Status::Resolved,
            (Review::NotNeeded, None) => Status::Started,
            (Review::NotNeeded, Some(Direction::Confirm)) => Status::Completed,
            (Review::NotNeeded, Some(Direction::Cancel)) if self.is_undone() => Status::Compensated,
            (Review::NotNeeded, Some(Direction::Cancel)) => Status::Compensating,
        }
    }

    /// Whether it has ended, nobody is still to do or undo anything, and nothing more has to be said about it. A
    /// cancelled attempt that no operator decided is over only with the event that says that all is undone.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let settled = self.silent().count() == 0;
        match (self.review, self.direction) {
            (Review::Requested, _) | (_, None) | (Review::NotNeeded, Some(Direction::Cancel)) => false,
            (Review::NotNeeded | Review::Resolved, Some(Direction::Confirm)) => settled,
            (Review::Resolved, Some(Direction::Cancel)) => settled && self.to_undo().count() == 0,
        }
    }

    /// What follows from an answer; nothing from one that is not waited for, since the first answer wins.
    #[must_use]
    pub fn answered(&self, participant: Participant, step: Step, outcome: &Outcome) -> Vec<Consequence> {
        if !self.waits_for(participant, step) {
            return vec![];
        }
        let after = self.apply_answer(participant, step, outcome);
        match (step, outcome, self.direction) {
            (Step::Do, Outcome::Done, None) if after.all_done() => vec![Consequence::Confirm],
            (Step::Do, Outcome::Done, None) => vec![],
            (Step::Do, Outcome::Refused { reason }, None) => after.cancelled(reason),
            (Step::Do, Outcome::Done, Some(Direction::Cancel)) => {
                after.to_undo().map(Consequence::Undo).collect()
            }
            (Step::Do, Outcome::Refused { .. }, Some(Direction::Cancel))
            | (Step::Undo, Outcome::Done, Some(Direction::Cancel)) => after.compensated(),
            (Step::Undo, Outcome::Refused { reason }, Some(Direction::Cancel)) => self.review_of(reason),
            (Step::Do | Step::Undo, Outcome::Done | Outcome::Refused { .. }, Some(Direction::Confirm))
            | (Step::Undo, Outcome::Done | Outcome::Refused { .. }, None) => vec![],
        }
    }

    /// The attempt after what an event of the card says of it; its start says nothing more.
    #[must_use]
    pub fn after(self, phase: Phase<'_>) -> Self {
        match phase {
            Phase::Started(_) => self,
            Phase::Answered { participant, step, outcome } => self.apply_answer(participant, step, outcome),
            Phase::Confirmed => self.with_direction(Direction::Confirm),
            // Once all is undone, nothing is left to look at: that ends a review as well.
            Phase::Cancelled { .. } | Phase::Compensated => self.with_direction(Direction::Cancel),
            Phase::UndoRequested { participant, .. } => self.undo_requested(participant),
            Phase::ReviewRequested { .. } => self.review_requested(),
            Phase::ReviewResolved { direction, .. } => self.resolved(direction),
        }
    }

    /// Whom to name when the deadline passes; nobody when the attempt waits for nobody, or when an operator has it
    /// in hand already.
    #[must_use]
    pub fn expired(&self) -> Vec<Participant> {
        match self.review {
            Review::NotNeeded => self.silent().collect(),
            Review::Requested | Review::Resolved => vec![],
        }
    }

    /// The attempt after an answer; the same when the answer is not waited for.
    #[must_use]
    pub fn apply_answer(self, participant: Participant, step: Step, outcome: &Outcome) -> Self {
        if !self.waits_for(participant, step) {
            return self;
        }
        let part = match (step, outcome) {
            (Step::Do, Outcome::Done) => Part::Done,
            (Step::Do, Outcome::Refused { .. }) => Part::Refused,
            (Step::Undo, Outcome::Done) => Part::Undone,
            (Step::Undo, Outcome::Refused { .. }) => Part::UndoRefused,
        };
        self.with(participant, part)
    }

    /// The attempt once it is decided which way it goes. A review that nobody resolved ends with that.
    #[must_use]
    pub fn with_direction(self, direction: Direction) -> Self {
        let review = match self.review {
            Review::NotNeeded | Review::Requested => Review::NotNeeded,
            Review::Resolved => Review::Resolved,
        };
        Self { direction: Some(direction), review, ..self }
    }

    /// The attempt once this participant is asked to undo; the same when there is nothing to undo.
    #[must_use]
    pub fn undo_requested(self, participant: Participant) -> Self {
        match self.part(participant) {
            Some(Part::Done) => self.with(participant, Part::Undoing),
            None | Some(Part::Waiting | Part::Refused | Part::Undoing | Part::Undone | Part::UndoRefused) => {
                self
            }
        }
    }

    /// The attempt once somebody has to look; one that was resolved stays resolved.
    #[must_use]
    pub fn review_requested(self) -> Self {
        let review = match self.review {
            Review::NotNeeded | Review::Requested => Review::Requested,
            Review::Resolved => Review::Resolved,
        };
        Self { review, ..self }
    }

    /// The attempt once an operator has decided it. One that had gone the other way is open until the event that
    /// turns it.
    #[must_use]
    pub fn resolved(self, decided: Direction) -> Self {
        let direction = self.direction.filter(|&direction| direction == decided);
        Self { direction, review: Review::Resolved, ..self }
    }

    fn cancelled(&self, reason: &Reason) -> Vec<Consequence> {
        let mut follows = vec![Consequence::Cancel { reason: reason.clone() }];
        follows.extend(self.to_undo().map(Consequence::Undo));
        follows.extend(self.compensated());
        follows
    }

    fn compensated(&self) -> Vec<Consequence> {
        match self.review {
            Review::NotNeeded | Review::Requested if self.is_undone() => vec![Consequence::Compensated],
            Review::NotNeeded | Review::Requested | Review::Resolved => vec![],
        }
    }

    fn review_of(&self, reason: &Reason) -> Vec<Consequence> {
        match self.review {
            Review::NotNeeded => vec![Consequence::Review { reason: reason.clone() }],
            // An operator looks already, or has decided.
            Review::Requested | Review::Resolved => vec![],
        }
    }

    fn all_done(&self) -> bool {
        self.member == Part::Done && self.book.is_none_or(|part| part == Part::Done)
    }

    /// Whether nothing that was done is left: everybody refused or has undone its part.
    fn is_undone(&self) -> bool {
        let undone = |part| matches!(part, Part::Refused | Part::Undone);
        undone(self.member) && self.book.is_none_or(undone)
    }

    const fn is_undoable(&self) -> bool {
        match self.kind {
            Kind::Rent | Kind::Return => true,
            Kind::Overdue => false,
        }
    }

    fn with(self, participant: Participant, part: Part) -> Self {
        match participant {
            Participant::Book => Self { book: self.book.map(|_| part), ..self },
            Participant::Member => Self { member: part, ..self },
        }
    }
}
