//! Where the server is, and how much of its time may be taken.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Error};
use thiserror::Error as ThisError;

use super::opening::Place;

/// The schema that is used when none is named.
const SCHEMA: &str = "rental";
/// The longest name the server keeps whole.
const SCHEMA_BYTES_MAX: usize = 63;

/// Where the server is, which schema is ours there, and the limits of everything that is asked of it.
///
/// The URL says host, port, user, password, database and, as libpq does, `sslmode` (`disable`, `allow`, `prefer`, `require`,
/// `verify-ca`, `verify-full`), `sslrootcert`, `sslcert` and `sslkey` (paths of PEM files). Beyond the own machine
/// `verify-full` is what protects. What the URL leaves out comes from the `PG…` variables and the password file, as for every
/// client of this server. Neither the URL nor the password is ever shown.
///
/// All limits are at least one millisecond; what is less counts as that.
#[derive(Clone)]
pub struct PostgresSettings {
    options: PgConnectOptions,
    schema: String,
    only_look: bool,
    /// Connections that are lent for one statement or transaction at a time, beside the one that appends; at least 1.
    pub connections: u32,
    /// How long it may take to connect, or to get one of the connections.
    pub connect_limit: Duration,
    /// How long one statement may take.
    pub statement_limit: Duration,
    /// How long a statement may wait for a lock; appends of several nodes wait for one another. Less than
    /// `statement_limit`.
    pub lock_limit: Duration,
    /// How long a transaction may stand open without doing anything.
    pub idle_limit: Duration,
}

impl PostgresSettings {
    /// What a URL says, `postgres://user:password@host:port/database?sslmode=verify-full`, and for all else: schema `rental`,
    /// 10 connections, 3 s to connect, 10 s a statement, 5 s for a lock, 10 s idle.
    ///
    /// # Errors
    /// [`SettingsError::Url`].
    pub fn parse(url: &str) -> Result<Self, SettingsError> {
        let has_scheme = url.starts_with("postgres://") || url.starts_with("postgresql://");
        if !has_scheme {
            return Err(SettingsError::Scheme);
        }
        let options = PgConnectOptions::from_str(url).map_err(SettingsError::Url)?;
        Ok(Self {
            options,
            schema: SCHEMA.to_owned(),
            only_look: false,
            connections: 10,
            connect_limit: Duration::from_secs(3),
            statement_limit: Duration::from_secs(10),
            lock_limit: Duration::from_secs(5),
            idle_limit: Duration::from_secs(10),
        })
    }

    /// The same in another schema: 1 to 63 lower-case letters, digits and underscores, not beginning with a digit or `pg_`.
    ///
    /// # Errors
    /// [`SettingsError::Schema`].
    pub fn in_schema(self, name: &str) -> Result<Self, SettingsError> {
        let is_short = (1..=SCHEMA_BYTES_MAX).contains(&name.len());
        let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let is_free = !name.starts_with(|c: char| c.is_ascii_digit()) && !name.starts_with("pg_");
        if is_short && is_plain && is_free {
            return Ok(Self { schema: name.to_owned(), ..self });
        }
        Err(SettingsError::Schema { found: name.to_owned() })
    }

    /// The same, only to look: nothing is made, and the server refuses every change.
    #[must_use]
    pub fn only_to_look(self) -> Self {
        Self { only_look: true, ..self }
    }

    /// The schema with our tables.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The server and the database, without user and password.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::of(&self.options)
    }

    /// The user to be.
    #[must_use]
    pub fn user(&self) -> &str {
        self.options.get_username()
    }

    pub(super) const fn only_looks(&self) -> bool {
        self.only_look
    }

    /// How connections are made on which everything has its limit and finds its tables. Plans are pinned to the indexes:
    /// with the statistics of a young table the server chooses to read all of it, and to compile for a second how it will.
    pub(super) fn connecting(&self) -> PgConnectOptions {
        let limits = [
            ("statement_timeout", self.statement_limit),
            ("lock_timeout", self.lock_limit),
            ("idle_in_transaction_session_timeout", self.idle_limit),
        ];
        self.plain().options(limits.map(|(name, limit)| (name, milliseconds(limit)))).options([
            ("jit", "off"),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("plan_cache_mode", "force_generic_plan"),
        ])
    }

    /// How a connection is made that only changes tables, for which the limits of everyday statements are too short.
    pub(super) fn connecting_to_migrate(&self, limit: Duration) -> PgConnectOptions {
        self.plain().options([("statement_timeout", milliseconds(limit))])
    }

    /// How long to wait for the server's own limit of a statement, and a little longer.
    pub(super) fn patience(&self) -> Duration {
        self.statement_limit.max(Duration::from_millis(1)) + Duration::from_secs(2)
    }

    fn plain(&self) -> PgConnectOptions {
        let options = self.options.clone().disable_statement_logging();
        options.options([
            ("search_path", self.schema.as_str()),
            ("default_transaction_isolation", "read committed"),
            ("default_transaction_read_only", if self.only_look { "on" } else { "off" }),
            ("client_min_messages", "warning"),
        ])
    }
}

/// Shows neither URL nor password.
impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSettings")
            .field("place", &self.place().to_string())
            .field("user", &self.user())
            .field("schema", &self.schema)
            .field("connections", &self.connections)
            .field("connect_limit", &self.connect_limit)
            .field("statement_limit", &self.statement_limit)
            .field("lock_limit", &self.lock_limit)
            .field("idle_limit", &self.idle_limit)
            .finish()
    }
}

/// Why settings cannot be used. Does not show what was given, since a password may stand in it.
#[derive(Debug, ThisError)]
pub enum SettingsError {
    /// The URL is for something else.
    #[error("the URL of the database has to begin with `postgres://` or `postgresql://`")]
    Scheme,
    /// The URL cannot be understood.
    #[error(
        "the URL of the database cannot be understood; write postgres://user:password@host:port/database and percent-encode \
         special characters in user and password"
    )]
    Url(#[source] Error),
    /// The schema has no name of ours.
    #[error(
        "`{found}` cannot be our schema; use up to 63 lower-case letters, digits and underscores, not beginning with a digit or \
         `pg_`"
    )]
    Schema {
        /// What was given.
        found: String,
    },
}

fn milliseconds(limit: Duration) -> String {
    let limit = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    limit.max(1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://kim:s3cr%21t@db.example:6543/library?sslmode=verify-full";

    #[test]
    fn a_url_says_where_the_server_is() {
        let settings = PostgresSettings::parse(URL).expect("it is one");
        assert_eq!(settings.place().to_string(), "db.example:6543/library");
        assert_eq!((settings.user(), settings.schema()), ("kim", "rental"));
    }

    #[test]
    fn the_password_is_never_shown() {
        let settings = PostgresSettings::parse(URL).expect("it is one");
        let broken =
            ["postgres://kim:s3cr!t@[db/library", "kim:s3cr!t@db", "postgres://kim:s3cr!t@db:x/library"];
        let errors = broken.map(|url| PostgresSettings::parse(url).err());
        let shown = format!("{settings:?} {} {errors:?}", settings.place());
        assert!(errors.iter().all(Option::is_some), "{shown}");
        assert!(!shown.contains("s3cr"), "{shown}");
    }

    #[test]
    fn a_schema_is_a_plain_name() {
        for good in ["rental", "r", "a_1", &"x".repeat(63)] {
            let settings = PostgresSettings::parse(URL).expect("it is one");
            assert_eq!(settings.in_schema(good).expect("it is a name").schema(), good);
        }
        for bad in ["", "Rental", "1a", "pg_rental", "a b", "a\"b", "a;b", "ä", &"x".repeat(64)] {
            let settings = PostgresSettings::parse(URL).expect("it is one");
            assert!(settings.in_schema(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_limit_is_never_none() {
        assert_eq!(milliseconds(Duration::ZERO), "1");
        assert_eq!(milliseconds(Duration::from_secs(2)), "2000");
        assert_eq!(milliseconds(Duration::MAX), i32::MAX.to_string());
    }
}
