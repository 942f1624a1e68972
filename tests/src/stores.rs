//! The kinds of stores that a library can stand on; each test has a place of its own.

mod apart;
mod memory;
mod mongo;
mod postgres;
mod sqlite;

use std::any::Any;
use std::sync::Arc;

use application::ports::{
    BestSellerView, CatalogueView, Clock, DeadLetters, EventStore, LoanView, ProcessView, ProcessorAdmin,
    TitleView, TokenStore,
};
use async_trait::async_trait;

pub use apart::Apart;
pub use memory::Memory;
pub use mongo::{Documents, Mongo};
pub use postgres::{Postgres, Schema};
pub use sqlite::Sqlite;

/// A place for a log and a token store, of one kind. It lives as long as the stores in it.
#[async_trait]
pub trait StoreKind: Any + Send + Sync {
    /// An empty place of its own; none when the server that it takes is not there and need not be, which is said in a
    /// line.
    async fn fresh() -> Option<Self>
    where
        Self: Sized;

    /// Opens the stores of the place; `clock` is the one of the token store.
    async fn open(&self, clock: Arc<dyn Clock>) -> Opened;

    /// The place as it would be found if everything that uses it were killed now; none when nothing outlives its
    /// process.
    async fn killed(&self) -> Option<Self>
    where
        Self: Sized;
}

/// The three ports of a token store, behind one adapter.
pub trait TokenAdapter: TokenStore + DeadLetters + ProcessorAdmin {}

impl<T: TokenStore + DeadLetters + ProcessorAdmin> TokenAdapter for T {}

/// The token store, which answers for the views too.
pub trait TokenSide:
    TokenAdapter + CatalogueView + LoanView + BestSellerView + ProcessView + TitleView
{
}

impl<T: TokenAdapter + CatalogueView + LoanView + BestSellerView + ProcessView + TitleView> TokenSide for T {}

/// Stores that were opened.
pub struct Opened {
    /// The log.
    pub log: Arc<dyn EventStore>,
    /// The token store.
    pub views: Arc<dyn TokenSide>,
}
