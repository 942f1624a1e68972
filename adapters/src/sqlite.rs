//! The embedded stores: files of one folder, for one process.

mod connection;
mod event_store;
mod folder;
mod opened_file;
mod views;

pub use connection::{Bounds, OpenError};
pub use event_store::{SqliteEventStore, SqliteRawLimit};
pub use folder::Folder;
pub use views::SqliteTokenStore;
