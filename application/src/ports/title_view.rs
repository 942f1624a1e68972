//! The titles of books that another process has: one row a copy.

use async_trait::async_trait;
use domain::{BookNo, Title};

use super::token_store::TokenError;

/// Knows titles that were learned.
#[async_trait]
pub trait TitleView: Send + Sync {
    /// The title of a copy; none when nothing was heard of it yet.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn title(&self, no: BookNo) -> Result<Option<Title>, TokenError>;
}

/// One copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleRow {
    /// Its number.
    pub no: BookNo,
    /// Its title.
    pub title: Title,
}
