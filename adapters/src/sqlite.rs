//! The embedded stores: files of one folder, for one process.

mod connection;
mod event_store;
mod folder;
mod opened_file;
mod token_store;

pub use connection::{Bounds, OpenError};
pub use event_store::{SqliteEventStore, SqliteRawLimit};
pub use folder::Folder;
pub use token_store::SqliteTokenStore;
