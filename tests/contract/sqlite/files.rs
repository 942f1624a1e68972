//! Folders that go away with their test, and connections beside the store's own.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, OpenError, SqliteEventStore};
use adapters::system_clock::SystemIds;
use application::ports::Ids;
use application::ports::event_store::LogId;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

/// A new folder.
pub(super) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The log of a folder, held by this process.
pub(super) async fn open_log(path: &Path) -> Result<SqliteEventStore, OpenError> {
    open_in(Folder::hold(path)?, Bounds::default()).await
}

pub(super) async fn open_in(folder: Arc<Folder>, bounds: Bounds) -> Result<SqliteEventStore, OpenError> {
    SqliteEventStore::open(folder, bounds, LogId::new(SystemIds.next())).await
}

/// A connection of somebody else to a file.
pub(super) async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).create_if_missing(true).connect().await.unwrap()
}

/// The files as they lie there now, which is what a kill at this moment leaves behind. Another process copies them: to
/// close a file drops the locks that this process has on it. What is moved from the journal into the file meanwhile
/// stands in the journal still, so the file goes first.
pub(super) fn copy_as_killed(from: &Path) -> TempDir {
    let to = folder();
    for file in ["rental.db", "rental.db-wal"] {
        let copied = Command::new("cp").arg(from.join(file)).arg(to.path()).status().unwrap();
        assert!(copied.success(), "{file} was not copied");
    }
    to
}
