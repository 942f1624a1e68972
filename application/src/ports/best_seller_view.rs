//! How often books were rented: one row a copy and month.

use async_trait::async_trait;
use domain::{BookNo, Month, Title};

use super::token_store::TokenError;

/// Answers questions about the ranking.
#[async_trait]
pub trait BestSellerView: Send + Sync {
    /// The most rented copies of a period with a count above zero, by count downwards and then by number, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    async fn ranking(&self, period: Period, limit: usize) -> Result<Vec<Counted>, TokenError>;
}

/// What is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// One month.
    Month(Month),
    /// All months together.
    All,
}

/// One copy with its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The copy.
    pub no: BookNo,
    /// Its title, as the last count of the period's latest month knew it.
    pub title: Title,
    /// How often it was rented.
    pub count: u64,
}

/// One copy and month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BestSellerRow {
    /// The copy.
    pub no: BookNo,
    /// The month.
    pub month: Month,
    /// Its title, as the last count knew it.
    pub title: Title,
    /// How often it was rented.
    pub count: u64,
}
