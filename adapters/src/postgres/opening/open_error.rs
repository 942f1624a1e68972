//! Why a server, or a schema on it, cannot be used.

use std::io::ErrorKind;

use application::ports::BoxError;
use sqlx::Error;
use thiserror::Error as ThisError;

use super::migrations::SchemaSpec;
use super::server_name::ServerName;
use crate::postgres::connection::code;
use crate::postgres::settings::PostgresSettings;

/// Why a server, or a schema on it, cannot be used. Nothing was overwritten, and no password is shown.
#[derive(Debug, ThisError)]
pub enum OpenError {
    /// Nobody answers there, or too slowly.
    #[error("the database {place} does not answer; see that it runs there and can be reached from here")]
    Unreachable {
        /// Where it was looked for.
        place: ServerName,
        /// What the network said.
        #[source]
        source: BoxError,
    },
    /// The connection cannot be made safe.
    #[error("no safe connection to the database {place}; see `sslmode` and the certificates of its URL")]
    Unsafe {
        /// The database.
        place: ServerName,
        /// What is wrong with it.
        #[source]
        source: BoxError,
    },
    /// The server does not let this user in.
    #[error("the database {place} does not let user `{user}` in; see user and password of its URL")]
    Refused {
        /// The database.
        place: ServerName,
        /// The user.
        user: String,
        /// What the server said.
        #[source]
        source: BoxError,
    },
    /// There is no such database.
    #[error("there is no database {place}; make it, or name another")]
    NoDatabase {
        /// What was looked for.
        place: ServerName,
        /// What the server said.
        #[source]
        source: BoxError,
    },
    /// The server's version is too old.
    #[error("the database {place} has version {found} and 15 is the least; use a newer server")]
    TooOld {
        /// The database.
        place: ServerName,
        /// Its version.
        found: String,
    },
    /// The server only follows another one.
    #[error("the database {place} is a standby, which can be read only; name the primary")]
    Standby {
        /// The database.
        place: ServerName,
    },
    /// The server takes no changes.
    #[error(
        "the database {place} takes no changes (`default_transaction_read_only` is on); switch that off, or name the one that does"
    )]
    ReadOnly {
        /// The database.
        place: ServerName,
    },
    /// What was asked of a session did not come to be.
    #[error(
        "a session with the database {place} has other values of `{settings}` than were asked for; name the server itself, or let \
         the pooler before it keep a session for each client (`pool_mode = session`)"
    )]
    Session {
        /// The database.
        place: ServerName,
        /// The settings.
        settings: String,
    },
    /// What stands before the server hands a session to several clients in turn.
    #[error(
        "sessions with the database {place} are shared with other clients; name the server itself, or let the pooler before it \
         keep a session for each client and clean it after each (`pool_mode = session`, `server_reset_query = DISCARD ALL`)"
    )]
    SharedSessions {
        /// The database.
        place: ServerName,
    },
    /// What stands before the server does not know how a session begins.
    #[error(
        "what stands before the database {place} refuses how a session begins; name the server itself, or let the pooler pass over \
         it (`ignore_startup_parameters = options`, with `pool_mode = session`)"
    )]
    Pooler {
        /// The database.
        place: ServerName,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The database cannot hold every text.
    #[error(
        "the database {place} keeps texts as {found} and UTF8 is needed; make one with `encoding 'UTF8'`"
    )]
    Encoding {
        /// The database.
        place: ServerName,
        /// Its encoding.
        found: String,
    },
    /// The schema may not be used.
    #[error("user `{user}` may not use schema `{schema}` of the database {place}; grant it, or name another")]
    Forbidden {
        /// The database.
        place: ServerName,
        /// The schema.
        schema: String,
        /// The user.
        user: String,
    },
    /// The schema has tables of somebody else.
    #[error(
        "schema `{schema}` of the database {place} is not ours: it has a table `{table}`; name another schema"
    )]
    Foreign {
        /// The database.
        place: ServerName,
        /// The schema.
        schema: String,
        /// One of its tables.
        table: String,
    },
    /// A later version of this program has brought the tables further.
    #[error(
        "schema `{schema}` of the database {place} has {holds} in version {found} and this program knows {known}; use a newer \
         program or restore a backup"
    )]
    Newer {
        /// The database.
        place: ServerName,
        /// The schema.
        schema: String,
        /// What the tables hold.
        holds: &'static str,
        /// The version of its tables.
        found: i32,
        /// The latest version that is known here.
        known: i32,
    },
    /// The tables have to be made or changed, which this user may not.
    #[error(
        "schema `{schema}` of the database {place} needs {holds} in version {known} and this user may not make it; run the \
         migration once as the schema's owner"
    )]
    NotMigrated {
        /// The database.
        place: ServerName,
        /// The schema.
        schema: String,
        /// What the tables hold.
        holds: &'static str,
        /// The version that is needed.
        known: i32,
        /// What the server said.
        #[source]
        source: BoxError,
    },
    /// The tables are not there, or of an earlier version, and they are only looked into.
    #[error(
        "schema `{schema}` of the database {place} does not have {holds} as this program knows it; start the service once, or \
         name another schema"
    )]
    Missing {
        /// The database.
        place: ServerName,
        /// The schema.
        schema: String,
        /// What the tables would hold.
        holds: &'static str,
    },
    /// Somebody else is filling the schema.
    #[error("schema `{schema}` of the database {place} is being filled by another import; wait for its end")]
    Filled {
        /// The database.
        place: ServerName,
        /// The schema.
        schema: String,
    },
    /// Something else went wrong.
    #[error("{doing} failed at the database {place}")]
    Failed {
        /// The database.
        place: ServerName,
        /// What was being done.
        doing: &'static str,
        /// What went wrong.
        #[source]
        source: BoxError,
    },
}

/// How refusals are told with what the settings say.
pub(in crate::postgres) trait Refusals {
    /// Of somebody who does not answer.
    fn unreachable(&self, source: impl Into<BoxError>) -> OpenError;
    /// Of a connection that was not made.
    fn refused_connection(&self, error: Error) -> OpenError;
    /// Of tables that are missing where they may not be made.
    fn must_find(&self, form: &SchemaSpec) -> Result<(), OpenError>;
    /// Of a statement.
    fn failed(&self, doing: &'static str, source: impl Into<BoxError>) -> OpenError;
}

impl Refusals for PostgresSettings {
    fn unreachable(&self, source: impl Into<BoxError>) -> OpenError {
        OpenError::Unreachable { place: self.place(), source: source.into() }
    }

    fn refused_connection(&self, error: Error) -> OpenError {
        let (place, user) = (self.place(), self.user().to_owned());
        match (code(&error).as_deref(), error) {
            (Some("28000" | "28P01"), source) => OpenError::Refused { place, user, source: source.into() },
            (Some("08P01"), source) if source.to_string().contains("startup parameter") => {
                OpenError::Pooler { place, source: source.into() }
            }
            (Some("3D000"), source) => OpenError::NoDatabase { place, source: source.into() },
            (None, Error::Tls(source)) => OpenError::Unsafe { place, source },
            // What is wrong with a certificate comes as data that cannot be right.
            (None, Error::Io(source)) if source.kind() == ErrorKind::InvalidData => {
                OpenError::Unsafe { place, source: source.into() }
            }
            (None, error @ (Error::Io(_) | Error::Protocol(_))) => self.unreachable(error),
            (_, error) => self.failed("connecting", error),
        }
    }

    fn must_find(&self, form: &SchemaSpec) -> Result<(), OpenError> {
        if !self.only_looks() {
            return Ok(());
        }
        let (place, schema) = (self.place(), self.schema().to_owned());
        Err(OpenError::Missing { place, schema, holds: form.holds })
    }

    fn failed(&self, doing: &'static str, source: impl Into<BoxError>) -> OpenError {
        OpenError::Failed { place: self.place(), doing, source: source.into() }
    }
}
