//! The rows of the views, typed, so that every store keeps the same thing.

use domain::{BookNo, Month, ProcessId, RentalId};
use thiserror::Error;

use crate::ports::best_seller_view::BestSellerRow;
use crate::ports::catalogue_view::CatalogueRow;
use crate::ports::loan_view::LoanRow;
use crate::ports::process_view::ProcessRow;
use crate::ports::title_view::TitleRow;

use super::{Commit, TokenError};

/// Which row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// A copy in the catalogue.
    Catalogue(BookNo),
    /// A rental that has not ended.
    Loan(RentalId),
    /// A copy's count in a month.
    BestSeller(BookNo, Month),
    /// An attempt.
    Process(ProcessId),
    /// The title of a copy that another process has.
    Title(BookNo),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A copy in the catalogue.
    Catalogue(CatalogueRow),
    /// A rental that has not ended.
    Loan(LoanRow),
    /// A copy's count in a month.
    BestSeller(BestSellerRow),
    /// An attempt.
    Process(Box<ProcessRow>),
    /// The title of a copy that another process has.
    Title(TitleRow),
}

impl Row {
    /// The key this row stands under.
    #[must_use]
    pub fn key(&self) -> RowKey {
        match self {
            Self::Catalogue(row) => RowKey::Catalogue(row.no),
            Self::Loan(row) => RowKey::Loan(row.rental_id),
            Self::BestSeller(row) => RowKey::BestSeller(row.no, row.month),
            Self::Process(row) => RowKey::Process(row.id),
            Self::Title(row) => RowKey::Title(row.no),
        }
    }
}

impl Commit {
    /// That each row is to be kept under its own key.
    ///
    /// # Errors
    /// [`TokenError::Corrupt`].
    pub fn check_keys(&self) -> Result<(), TokenError> {
        let mut named = self.rows.iter().filter_map(|(key, row)| Some((*key, row.as_ref()?.key())));
        let Some((key, found)) = named.find(|(key, found)| key != found) else { return Ok(()) };
        Err(TokenError::Corrupt { doing: "writing rows", source: Box::new(Misplaced { key, found }) })
    }
}

#[derive(Debug, Error)]
#[error("the row of {found:?} was to be kept under {key:?}")]
struct Misplaced {
    key: RowKey,
    found: RowKey,
}
