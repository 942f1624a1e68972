//! How a file comes to its tables: steps that are done once, in one transaction, whoever else tries.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use application::ports::BoxError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use super::files::beside;
use super::preflight::stands_there;
use super::{FileSpec, OWN_FILE, OpenError, read_only};

/// The statements of one step, in order; the last one writes the step's number.
pub(in crate::sqlite) type Migration = &'static [&'static str];

/// Recognises the file, and does the steps that are missing; with no way to write, it must need none.
pub(super) async fn bring_up_to_date(
    path: &Path,
    form: &FileSpec,
    write: Option<&SqliteConnectOptions>,
) -> Result<(), OpenError> {
    let file = Unopened { path, form };
    // The database opens what stands beside the file, too.
    for companion in beside(path) {
        stands_there(&companion, form.holds)?;
    }
    match (stands_there(path, form.holds)?, write) {
        (true, Some(write)) => file.migrate_if_ours(write).await,
        (false, Some(write)) => {
            file.make()?;
            file.migrate(write).await
        }
        (true, None) => file.is_up_to_date().await,
        (false, None) => Err(OpenError::Missing { path: path.to_owned(), holds: form.holds }),
    }
}

/// Reads the header.
pub(super) async fn touch(reader: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query(include_str!("../sql/header.sql")).fetch_one(reader).await.map(|_| ())
}

struct Unopened<'a> {
    path: &'a Path,
    form: &'a FileSpec,
}

impl Unopened<'_> {
    /// A file of somebody else is looked at before anything of ours is switched on in it.
    async fn migrate_if_ours(&self, write: &SqliteConnectOptions) -> Result<(), OpenError> {
        let plain = SqliteConnectOptions::new().filename(self.path).disable_statement_logging();
        if self.look(plain).await? == self.known() {
            self.switch_on(write).await
        } else {
            self.migrate(write).await
        }
    }

    /// A file that was copied by the database itself has no write-ahead log of its own before somebody switches that
    /// on.
    async fn switch_on(&self, write: &SqliteConnectOptions) -> Result<(), OpenError> {
        let connection = write.connect().await.map_err(|error| self.refused(error))?;
        connection.close().await.map_err(|error| self.refused(error))
    }

    /// An empty file is one without tables. The database would make it for everybody to read.
    fn make(&self) -> Result<(), OpenError> {
        let made = OpenOptions::new().create_new(true).write(true).mode(OWN_FILE).open(self.path);
        made.map(drop).map_err(|error| self.refused(error))
    }

    async fn migrate(&self, write: &SqliteConnectOptions) -> Result<(), OpenError> {
        let mut connection = write.connect().await.map_err(|error| self.refused(error))?;
        let done = self.do_missing(&mut connection).await;
        let closed = connection.close().await.map_err(|error| self.refused(error));
        done.and(closed)
    }

    async fn is_up_to_date(&self) -> Result<(), OpenError> {
        let found = self.look(read_only(self.path)).await?;
        if found == self.known() {
            return Ok(());
        }
        Err(OpenError::Older { path: self.path.to_owned(), found, known: self.known() })
    }

    async fn look(&self, options: SqliteConnectOptions) -> Result<i64, OpenError> {
        let mut connection = options.connect().await.map_err(|error| self.refused(error))?;
        let version = self.version(&mut connection).await;
        let closed = connection.close().await.map_err(|error| self.refused(error));
        version.and_then(|version| closed.map(|()| version))
    }

    /// The lock is taken before looking, so of two that come at once the second finds nothing to do; a failure or a
    /// kill undoes all steps.
    async fn do_missing(&self, connection: &mut SqliteConnection) -> Result<(), OpenError> {
        self.run(connection, "begin immediate").await?;
        let done = self.version(connection).await?.unsigned_abs() as usize;
        for &migration in &self.form.migrations[done..] {
            for &statement in migration {
                self.run(connection, statement).await?;
            }
        }
        self.run(connection, "commit").await
    }

    /// The version of the tables; 0 when the file is still empty.
    async fn version(&self, connection: &mut SqliteConnection) -> Result<i64, OpenError> {
        let header = sqlx::query(include_str!("../sql/header.sql")).fetch_one(connection).await;
        let header = header.map_err(|error| self.refused(error))?;
        let number = |column: &str| header.try_get::<i64, _>(column).map_err(|error| self.refused(error));
        let (mark, objects) = (number("mark")?, number("objects")?);
        let is_empty = mark == 0 && objects == 0;
        if is_empty || mark == self.form.mark {
            self.known_one(number("version")?)
        } else {
            self.foreign(mark)
        }
    }

    fn known_one(&self, found: i64) -> Result<i64, OpenError> {
        if (0..=self.known()).contains(&found) {
            return Ok(found);
        }
        Err(OpenError::Newer { path: self.path.to_owned(), found, known: self.known() })
    }

    fn foreign(&self, found: i64) -> Result<i64, OpenError> {
        let (path, holds, expected) = (self.path.to_owned(), self.form.holds, self.form.mark);
        Err(OpenError::Foreign { path, holds, found, expected })
    }

    fn known(&self) -> i64 {
        self.form.migrations.len() as i64
    }

    async fn run(&self, connection: &mut SqliteConnection, sql: &'static str) -> Result<(), OpenError> {
        let done = sqlx::raw_sql(sql).execute(connection).await;
        done.map(|_| ()).map_err(|error| self.refused(error))
    }

    fn refused(&self, source: impl Into<BoxError>) -> OpenError {
        OpenError::of_file(self.path.to_owned(), self.form, source.into())
    }
}
