//! The catalogue: one row a copy.

use async_trait::async_trait;
use domain::book::BookStatus;
use domain::{Author, BookNo, RentalId, Title};

use super::token_store::TokenError;

/// Answers questions about the catalogue.
#[async_trait]
pub trait CatalogueView: Send + Sync {
    /// Books that fit, ordered by number, at most `limit`.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn books(&self, wanted: &BookQuery, limit: usize) -> Result<Vec<CatalogueRow>, TokenError>;
}

/// Which books are wanted; what is none does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookQuery {
    /// Title or author contain this, compared without case.
    pub search: Option<String>,
    /// Only with this status.
    pub status: Option<BookStatus>,
    /// Only numbers above this one.
    pub after: Option<BookNo>,
}

/// One copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueRow {
    /// Its number.
    pub no: BookNo,
    /// Its title.
    pub title: Title,
    /// Who wrote it.
    pub author: Option<Author>,
    /// Whether it can be lent.
    pub status: BookStatus,
    /// The rental that holds it.
    pub holder: Option<RentalId>,
}
