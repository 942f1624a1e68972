//! The log's file without the application: rows as they are, many in one statement, and read without being looked into.

use std::sync::Arc;

use application::ports::Baseline;
use application::ports::baseline::{RawPage, Terms};
use application::ports::event_store::{Position, Recorded, StoreError, StreamName};
use application::ports::shares::Share;
use async_trait::async_trait;
use bytes::Bytes;
use sqlx::{Row, SqliteConnection};

use super::form::LOG;
use super::{insert, rows, while_doing};
use crate::sqlite::connection::{Bounds, Database, Failure, OpenError};
use crate::sqlite::folder::Folder;

/// Where columns stand in a page.
const POSITION: usize = 0;
const PAYLOAD: usize = 7;
const METADATA: usize = 8;

/// The file `rental.db` of a folder made for measuring, with the tables, indexes, checkpoints and settings of the log.
pub struct SqliteRawLimit {
    database: Database,
}

impl SqliteRawLimit {
    /// Opens the file, and makes it when it is missing.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(folder: Arc<Folder>, bounds: Bounds) -> Result<Self, OpenError> {
        Ok(Self { database: Database::open(folder, &LOG, bounds).await? })
    }
}

#[async_trait]
impl Baseline for SqliteRawLimit {
    async fn write(&self, rows: Vec<Recorded>) -> Result<(), StoreError> {
        let insert =
            self.database.write_itself(move |connection| Box::pin(insert::alone(connection, rows)), |()| ());
        while_doing("writing bare rows", insert).await
    }

    async fn read_page(&self, after: Position, limit: usize) -> Result<RawPage, StoreError> {
        let page = async {
            let mut reader = self.database.reader(Share::Processors).await?;
            let rows = sqlx::query(include_str!("../sql/log/raw_page.sql"))
                .bind(rows::number(after.value()))
                .bind(rows::number(limit as u64))
                .fetch_all(&mut *reader);
            let rows = rows.await?;
            reader.give_back();
            let mut page = RawPage { rows: 0, bytes: 0, last: after };
            for row in rows {
                // By place and without a look at their types, which costs as much as the rest.
                let payload: &[u8] = row.try_get_unchecked(PAYLOAD)?;
                let metadata: &[u8] = row.try_get_unchecked(METADATA)?;
                page.rows += 1;
                page.bytes += (payload.len() + metadata.len()) as u64;
                page.last = Position::new(row.try_get_unchecked::<i64, _>(POSITION)?.unsigned_abs());
            }
            Ok(page)
        };
        while_doing("reading bare rows", page).await
    }

    async fn read_stream(&self, stream: &StreamName) -> Result<Vec<Bytes>, StoreError> {
        let payloads = async {
            let rows = sqlx::query(include_str!("../sql/log/raw_stream.sql"));
            let mut reader = self.database.reader(Share::Questions).await?;
            let rows = rows.bind(stream.as_str().to_owned()).fetch_all(&mut *reader).await?;
            reader.give_back();
            rows.iter().map(|row| rows::bytes(row, "payload")).collect()
        };
        while_doing("reading the bare rows of a stream", payloads).await
    }

    async fn terms(&self) -> Result<Terms, StoreError> {
        let terms = self.database.write(|connection| Box::pin(terms(connection)));
        while_doing("asking for the settings of the store", terms).await
    }

    async fn transactions(&self) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }
}

async fn terms(connection: &mut SqliteConnection) -> Result<Terms, Failure> {
    let row = sqlx::query(include_str!("../sql/log/terms.sql")).fetch_one(&mut *connection).await?;
    // Those that could be changed by asking cannot be asked in a select.
    let checkpoint = sqlx::query_scalar("pragma wal_autocheckpoint").fetch_one(connection);
    let checkpoint: i64 = checkpoint.await?;
    Ok(Terms {
        kind: "sqlite",
        version: row.try_get("version")?,
        durability: vec![
            ("journal_mode", row.try_get("journal_mode")?),
            ("synchronous", synchronous(row.try_get("synchronous")?)),
            ("wal_autocheckpoint", checkpoint.to_string()),
            ("page_size", row.try_get::<i64, _>("page_size")?.to_string()),
        ],
    })
}

fn synchronous(level: i64) -> String {
    let known = ["OFF", "NORMAL", "FULL", "EXTRA"];
    let name = usize::try_from(level).ok().and_then(|level| known.get(level));
    name.map_or_else(|| level.to_string(), |name| (*name).to_owned())
}
