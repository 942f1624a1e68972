//! The rows of the views, typed, so that every store keeps the same thing.

use domain::{BookNo, Month, ProcessId, RentalId};

use crate::ports::best_seller_view::BestSellerRow;
use crate::ports::catalogue_view::CatalogueRow;
use crate::ports::loan_view::LoanRow;
use crate::ports::process_view::ProcessRow;

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
        }
    }
}
