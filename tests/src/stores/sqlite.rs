//! Stores in files of a folder that goes away with them.
#![expect(clippy::expect_used, reason = "a test that cannot set its scene has failed")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, SqliteEventStore, SqliteTokenStore};
use adapters::system_clock::SystemIds;
use application::ports::event_store::LogId;
use application::ports::{Clock, Ids};
use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;

use super::{Opened, StoreKind};

/// The database files, without their journals. The views go first: a log that is further than its views is nothing
/// unusual.
const FILES: [&str; 2] = ["views.db", "rental.db"];

/// A temporary folder.
pub struct Sqlite(TempDir);

#[async_trait]
impl StoreKind for Sqlite {
    async fn fresh() -> Option<Self> {
        Some(Self(tempfile::tempdir().expect("a folder")))
    }

    async fn open(&self, clock: Arc<dyn Clock>) -> Opened {
        let (held, bounds) = (Folder::hold(self.0.path()).expect("a free folder"), Bounds::default());
        let log = SqliteEventStore::open(Arc::clone(&held), bounds, LogId::new(SystemIds.next())).await;
        let views = SqliteTokenStore::open(held, bounds, clock).await;
        Opened { log: Arc::new(log.expect("a log")), views: Arc::new(views.expect("a token store")) }
    }

    /// Another process copies the files: to close a file drops the locks that this process has on it.
    async fn killed(&self) -> Option<Self> {
        let to = tempfile::tempdir().expect("a folder");
        for file in FILES {
            let path = self.0.path().join(file);
            let reader = reading(&path).await;
            for part in [path.clone(), path.with_extension("db-wal")] {
                let copied = Command::new("cp").arg(&part).arg(to.path()).status();
                assert!(copied.is_ok_and(|copied| copied.success()), "{part:?} was not copied");
            }
            reader.close().await.expect("a connection that closes");
        }
        Some(Self(to))
    }
}

/// Somebody who reads: until they have finished, no journal is begun anew whose beginning is not in its file yet.
async fn reading(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection = options.connect().await.expect("a file that can be read");
    for sql in ["begin", "select count(*) from sqlite_schema"] {
        sqlx::raw_sql(sql).execute(&mut connection).await.expect("a file that can be read");
    }
    connection
}
