//! What is out: one row a rental that has not ended.

use async_trait::async_trait;
use domain::rental_card::ItemState;
use domain::{BookNo, Date, MemberId, RentalId, Title};

use super::token_store::TokenError;

/// Answers questions about what is out.
#[async_trait]
pub trait LoanView: Send + Sync {
    /// Loans that are rented, not marked, and due before `today`; ordered by rental, after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn overdue(
        &self,
        today: Date,
        after: Option<RentalId>,
        limit: usize,
    ) -> Result<Vec<LoanRow>, TokenError>;

    /// Loans that fit, ordered by rental, at most `limit`.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn loans(&self, wanted: &LoanQuery, limit: usize) -> Result<Vec<LoanRow>, TokenError>;
}

/// Which loans are wanted; what is none does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoanQuery {
    /// Only of this member.
    pub member_id: Option<MemberId>,
    /// Only those that had to be back before this day.
    pub due_before: Option<Date>,
    /// Only those that have to be back on this day or later.
    pub due_from: Option<Date>,
    /// Only rentals after this one.
    pub after: Option<RentalId>,
}

impl LoanQuery {
    /// Whether a loan is wanted.
    #[must_use]
    pub fn fits(&self, row: &LoanRow) -> bool {
        self.member_id.as_ref().is_none_or(|member| *member == row.member_id)
            && self.due_before.is_none_or(|day| row.due_on < day)
            && self.due_from.is_none_or(|day| row.due_on >= day)
            && self.after.is_none_or(|after| row.rental_id > after)
    }
}

/// One rental that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanRow {
    /// The rental.
    pub rental_id: RentalId,
    /// Whose.
    pub member_id: MemberId,
    /// The book.
    pub book_no: BookNo,
    /// Its title.
    pub title: Title,
    /// The day of the rent.
    pub rented_on: Date,
    /// The last day without a fee.
    pub due_on: Date,
    /// Whether it was marked overdue.
    pub overdue: bool,
    /// How far it is.
    pub state: LoanState,
}

/// How far a rental is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoanState {
    /// Not confirmed yet.
    Pending,
    /// With the member.
    Rented,
    /// A return is under way.
    ReturnPending,
}

impl LoanState {
    /// How far an item of a card is.
    #[must_use]
    pub const fn of(state: &ItemState) -> Self {
        match state {
            ItemState::Pending => Self::Pending,
            ItemState::Rented => Self::Rented,
            ItemState::ReturnPending { .. } => Self::ReturnPending,
        }
    }
}
