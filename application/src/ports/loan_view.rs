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
