//! The connections that read a file. They are kept here and not by a pool of the driver, which asks each connection that
//! comes back whether it is still there: between two threads that costs as much as a small question itself.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use application::ports::shares::{ConnectionPermit, Share, Shares};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use super::migrations::touch;
use super::{BUSY_WAIT, Failure, READER_WAIT, close};

/// Those of one file: so many at most, each opened when it is needed and kept until all are closed.
pub(super) struct Readers {
    options: SqliteConnectOptions,
    count: u32,
    places: Shares,
    idle: Arc<Mutex<Idle>>,
}

#[derive(Default)]
struct Idle {
    connections: Vec<SqliteConnection>,
    is_closed: bool,
}

/// One of them, for whoever holds this. It sees whole commits only.
///
/// Dropped without [`Reader::give_back`] it is closed: whoever broke off may have left a question or a transaction open.
pub(in crate::sqlite) struct Reader {
    connection: SqliteConnection,
    idle: Arc<Mutex<Idle>>,
    place: ConnectionPermit,
}

impl Readers {
    pub(super) fn of(path: &Path, count: u32) -> Self {
        let count = count.max(1);
        Self { options: read_only(path), count, places: Shares::of(count, READER_WAIT), idle: Arc::default() }
    }

    /// Opens all that there may be, and reads something with each: what they have open can be read also when its files
    /// are taken away.
    pub(super) async fn open_all(&self) -> Result<(), sqlx::Error> {
        for _ in 0..self.count {
            let mut connection = self.options.connect().await?;
            touch(&mut connection).await?;
            lock(&self.idle).connections.push(connection);
        }
        Ok(())
    }

    /// Waits until one is free.
    pub(super) async fn take(&self, share: Share) -> Result<Reader, Failure> {
        let place = self.places.place(share).await.map_err(|full| Failure::Unavailable(Box::new(full)))?;
        let known = {
            let mut idle = lock(&self.idle);
            if idle.is_closed {
                return Err(Failure::Unavailable("the file was closed".into()));
            }
            idle.connections.pop()
        };
        let connection = match known {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reader { connection, idle: Arc::clone(&self.idle), place })
    }

    /// Lends no more, and closes each one when it has come back.
    pub(super) async fn close(&self) {
        lock(&self.idle).is_closed = true;
        self.places.all_back().await;
        let connections = std::mem::take(&mut lock(&self.idle).connections);
        for connection in connections {
            close(connection).await;
        }
    }
}

impl Reader {
    /// For the next one who reads; nothing is open on it.
    pub(in crate::sqlite) fn give_back(self) {
        let Self { connection, idle, place } = self;
        lock(&idle).connections.push(connection);
        // Whoever waits for the place has to find the connection.
        drop(place);
    }
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

/// How a file is opened to be read.
pub(super) fn read_only(path: &Path) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_WAIT);
    options.disable_statement_logging()
}

fn lock(idle: &Mutex<Idle>) -> MutexGuard<'_, Idle> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
