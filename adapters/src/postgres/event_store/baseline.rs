//! The log's table without the application: rows as they are, all in one statement, and read without being looked into.

use application::ports::Baseline;
use application::ports::baseline::{RawPage, Terms};
use application::ports::event_store::{Position, Recorded, StoreError, StreamName};
use async_trait::async_trait;
use bytes::Bytes;
use sqlx::Row;

use super::columns::{EventColumns, StoredEvent};
use super::form::LOG;
use super::{rows, while_doing};
use crate::postgres::connection::{Database, Failure, Statement};
use crate::postgres::opening::{self, OpenError};
use crate::postgres::settings::PostgresSettings;

/// What the server says about how durable a commit is, in the order of the statement that asks.
const DURABILITY: [&str; 4] = ["fsync", "synchronous_commit", "full_page_writes", "wal_sync_method"];

/// Where columns stand in a page.
const POSITION: usize = 0;
const PAYLOAD: usize = 7;
const METADATA: usize = 8;

/// The table of the log in a schema made for measuring, with the log's indexes and connections like the log's.
pub struct PostgresRawLimit {
    database: Database,
}

impl PostgresRawLimit {
    /// Opens the settings' schema, and makes it with its tables when it is missing.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(settings: &PostgresSettings) -> Result<Self, OpenError> {
        opening::open(settings, &LOG).await?;
        Ok(Self { database: Database::of(settings) })
    }

    /// Drops the settings' schema with all that is in it, if it is there. Its name has to begin with `bench_`, else
    /// nothing is done.
    ///
    /// # Errors
    /// [`OpenError`]; the schema is then still there.
    pub async fn clear(settings: &PostgresSettings) -> Result<(), OpenError> {
        opening::drop_bench_schema(settings).await
    }
}

#[async_trait]
impl Baseline for PostgresRawLimit {
    async fn write(&self, rows: Vec<Recorded>) -> Result<(), StoreError> {
        let written = async {
            let rows = RawColumns::of(&rows).bind(sqlx::query(include_str!("../sql/log/raw_insert.sql")));
            self.database.change(rows).await.map(|_none| ())
        };
        while_doing("writing bare rows", written).await
    }

    async fn read_page(&self, after: Position, limit: usize) -> Result<RawPage, StoreError> {
        let page = async {
            let rows = sqlx::query(include_str!("../sql/log/raw_page.sql"));
            let rows = rows.bind(rows::number(after.value())).bind(rows::number(limit as u64));
            let mut page = RawPage { rows: 0, bytes: 0, last: after };
            for row in self.database.fetch(rows).await? {
                // By place and without a look at their types, which costs as much as the rest.
                let payload: &[u8] = row.try_get_unchecked(PAYLOAD)?;
                let metadata: &[u8] = row.try_get_unchecked(METADATA)?;
                page.rows += 1;
                page.bytes += (payload.len() + metadata.len()) as u64;
                page.last = Position::new(rows::unsigned(row.try_get_unchecked(POSITION)?)?);
            }
            Ok(page)
        };
        while_doing("reading bare rows", page).await
    }

    async fn read_stream(&self, stream: &StreamName) -> Result<Vec<Bytes>, StoreError> {
        let payloads = async {
            let rows =
                sqlx::query(include_str!("../sql/log/raw_stream.sql")).bind(stream.as_str().to_owned());
            let rows = self.database.fetch(rows).await?;
            rows.iter().map(|row| Ok(Bytes::from(row.try_get::<Vec<u8>, _>("payload")?))).collect()
        };
        while_doing("reading the bare rows of a stream", payloads).await
    }

    async fn terms(&self) -> Result<Terms, StoreError> {
        let terms = async {
            let said = self.database.fetch(sqlx::query(include_str!("../sql/terms.sql"))).await?;
            let said = rows::first(&said)?;
            let value = |name: &'static str| Ok::<_, Failure>((name, said.try_get::<String, _>(name)?));
            let durability = DURABILITY.into_iter().map(value).collect::<Result<_, _>>()?;
            Ok(Terms { kind: "postgres", version: said.try_get("version")?, durability })
        };
        while_doing("asking for the settings of the store", terms).await
    }

    async fn transactions(&self) -> Result<Option<u64>, StoreError> {
        let committed = async {
            let committed = "select xact_commit from pg_stat_database where datname = current_database()";
            let committed = self.database.fetch(sqlx::query(committed)).await?;
            Ok(Some(rows::unsigned(rows::first(&committed)?.try_get("xact_commit")?)?))
        };
        while_doing("asking how many transactions were committed", committed).await
    }
}

/// Rows by column, as one statement takes them.
#[derive(Default)]
struct RawColumns<'r> {
    positions: Vec<i64>,
    events: EventColumns<'r>,
}

impl<'r> RawColumns<'r> {
    fn of(rows: &'r [Recorded]) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.positions.push(rows::number(row.position.value()));
            columns.events.add(StoredEvent {
                stream: &row.stream,
                version: row.version.value(),
                id: row.id,
                command: row.command,
                kind: &row.kind,
                revision: row.revision,
                payload: &row.payload,
                metadata: &row.metadata,
                occurred_at: row.occurred_at,
            });
        }
        columns
    }

    fn bind(self, insert: Statement) -> Statement {
        self.events.bind(insert.bind(self.positions))
    }
}
