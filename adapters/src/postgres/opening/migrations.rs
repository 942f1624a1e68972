//! How a schema comes to its tables: steps that are done once, in one transaction, however many nodes try.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::open_error::{OpenError, Refusals};
use crate::postgres::connection::code;
use crate::postgres::settings::PostgresSettings;

/// The statements of one step, in order.
pub(in crate::postgres) type Migration = &'static [&'static str];

/// A part of what we keep, with tables of its own; a schema may have one of them or several.
#[derive(Debug)]
pub(in crate::postgres) struct SchemaSpec {
    /// The name under which its version is kept.
    pub(in crate::postgres) part: &'static str,
    /// What it holds, in words.
    pub(in crate::postgres) holds: &'static str,
    /// The steps that lead to its present tables; number `n` leaves version `n`, from 1.
    pub(in crate::postgres) migrations: &'static [Migration],
}

impl SchemaSpec {
    fn known(&self) -> i32 {
        i32::try_from(self.migrations.len()).unwrap_or(i32::MAX)
    }
}

/// Whether the tables are as this program needs them; changes nothing, and needs no right to.
pub(super) async fn is_up_to_date(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
    form: &'static SchemaSpec,
) -> Result<bool, OpenError> {
    Ok(Schema { settings, form }.version(connection).await? == form.known())
}

/// Does the steps that are missing; a failure or a kill undoes all of them.
pub(super) async fn bring_up_to_date(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
    form: &'static SchemaSpec,
) -> Result<(), OpenError> {
    Schema { settings, form }.migrate(connection).await
}

struct Schema<'a> {
    settings: &'a PostgresSettings,
    form: &'static SchemaSpec,
}

impl Schema<'_> {
    /// The lock is taken before looking, so of two that come at once the second finds nothing to do.
    async fn migrate(&self, connection: &mut PgConnection) -> Result<(), OpenError> {
        self.run(connection, "begin").await?;
        self.run(connection, include_str!("../sql/lock_migrations.sql")).await?;
        let done = self.version(connection).await?;
        if done < self.form.known() {
            self.do_missing(connection, usize::try_from(done).unwrap_or(0)).await?;
        }
        self.run(connection, "commit").await
    }

    async fn do_missing(&self, connection: &mut PgConnection, done: usize) -> Result<(), OpenError> {
        self.run(connection, include_str!("../sql/create_schema.sql")).await?;
        for &migration in &self.form.migrations[done..] {
            for &statement in migration {
                self.run(connection, statement).await?;
            }
        }
        self.keep_version(connection).await
    }

    async fn keep_version(&self, connection: &mut PgConnection) -> Result<(), OpenError> {
        let keep = sqlx::query(include_str!("../sql/keep_version.sql"));
        let keep = keep.bind(self.form.part).bind(self.form.known()).execute(connection).await;
        keep.map(|_| ()).map_err(|error| self.refused(error))
    }

    /// The version of the tables; 0 when there are none yet.
    async fn version(&self, connection: &mut PgConnection) -> Result<i32, OpenError> {
        let look = sqlx::query(include_str!("../sql/look.sql")).fetch_one(&mut *connection).await;
        let seen = look.and_then(|row| Seen::read(&row)).map_err(|error| self.failed(error))?;
        // Looked at within the transaction that makes the tables: what stands between may have handed it another
        // session.
        if seen.search_path != self.settings.schema() {
            let settings = "search_path".to_owned();
            return Err(OpenError::Session { place: self.settings.place(), settings });
        }
        match seen {
            Seen { is_there: false, .. } => Ok(0),
            Seen { may_use: false, .. } => Err(self.forbidden()),
            Seen { is_ours: true, .. } => self.version_kept(connection).await,
            Seen { a_table: Some(table), .. } => Err(self.foreign(table)),
            Seen { a_table: None, .. } => Ok(0),
        }
    }

    async fn version_kept(&self, connection: &mut PgConnection) -> Result<i32, OpenError> {
        let version = sqlx::query_scalar(include_str!("../sql/version.sql")).bind(self.form.part);
        let version = version.fetch_optional(connection).await.map_err(|error| self.failed(error))?;
        let (found, known) = (version.unwrap_or(0), self.form.known());
        if (0..=known).contains(&found) {
            return Ok(found);
        }
        let (place, schema) = (self.settings.place(), self.settings.schema().to_owned());
        Err(OpenError::Newer { place, schema, holds: self.form.holds, found, known })
    }

    async fn run(&self, connection: &mut PgConnection, sql: &'static str) -> Result<(), OpenError> {
        let done = sqlx::raw_sql(sql).execute(connection).await;
        done.map(|_| ()).map_err(|error| self.refused(error))
    }

    fn forbidden(&self) -> OpenError {
        OpenError::Forbidden {
            place: self.settings.place(),
            schema: self.settings.schema().to_owned(),
            user: self.settings.user().to_owned(),
        }
    }

    fn foreign(&self, table: String) -> OpenError {
        OpenError::Foreign { place: self.settings.place(), schema: self.settings.schema().to_owned(), table }
    }

    /// Of a change: the right to make it may be missing.
    fn refused(&self, error: sqlx::Error) -> OpenError {
        if code(&error).as_deref() != Some("42501") {
            return self.failed(error);
        }
        OpenError::NotMigrated {
            place: self.settings.place(),
            schema: self.settings.schema().to_owned(),
            holds: self.form.holds,
            known: self.form.known(),
            source: error.into(),
        }
    }

    fn failed(&self, error: sqlx::Error) -> OpenError {
        self.settings.failed("looking for our tables, or making them,", error)
    }
}

/// What stands in the schema.
struct Seen {
    search_path: String,
    is_there: bool,
    may_use: bool,
    is_ours: bool,
    a_table: Option<String>,
}

impl Seen {
    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            search_path: row.try_get("search_path")?,
            is_there: row.try_get("is_there")?,
            may_use: row.try_get("may_use")?,
            is_ours: row.try_get("is_ours")?,
            a_table: row.try_get("a_table")?,
        })
    }
}
