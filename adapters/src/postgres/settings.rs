//! Where the server is, and how much of its time may be taken.

mod error;
mod url;

use std::fmt;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::connection::{STARTED, Sessions};
use super::opening::ServerName;
use url::Variables;

pub use error::SettingsError;

/// The schema that is used when none is named.
const SCHEMA: &str = "rental";
/// The longest name the server keeps whole.
const SCHEMA_BYTES_MAX: usize = 63;

/// Where the server is, which schema is ours there, and the limits of everything that is asked of it.
///
/// The URL is read as libpq reads it: host, port, user, password, database and, behind `?`, `sslmode` (`disable`,
/// `allow`, `prefer`, `require`, `verify-ca`, `verify-full`), `sslrootcert`, `sslcert` and `sslkey` (paths of PEM
/// files), `host` (also a folder with a socket), `hostaddr`, `port`, `dbname`, `user`, `password`, `application_name`
/// and `options`; any other is refused. Beyond the own machine `verify-full` is what protects. What the URL leaves out
/// comes from `PGHOST`, `PGHOSTADDR`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`, `PGAPPNAME`, `PGOPTIONS`,
/// `PGSSLMODE`, `PGSSLROOTCERT`, `PGSSLCERT`, `PGSSLKEY` and the password file, as for every client of this server, and
/// at last the user is that of the operating system. Neither the URL nor the password is ever shown.
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
    /// What a URL says, `postgres://user:password@host:port/database?sslmode=verify-full`, and for all else: schema
    /// `rental`, 10 connections, 3 s to connect, 10 s a statement, 5 s for a lock, 10 s idle.
    ///
    /// # Errors
    /// [`SettingsError`], which shows no value.
    pub fn parse(url: &str) -> Result<Self, SettingsError> {
        let options = url::read(url, &variables())?;
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

    /// The same in another schema: 1 to 63 lower-case letters, digits and underscores, not beginning with a digit or
    /// `pg_`.
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

    /// The same in a schema whose name no setting can say.
    pub(super) fn in_own_schema(self, name: String) -> Self {
        Self { schema: name, ..self }
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
    pub fn place(&self) -> ServerName {
        ServerName::of(&self.options)
    }

    /// The user to be.
    #[must_use]
    pub fn user(&self) -> &str {
        self.options.get_username()
    }

    pub(super) const fn only_looks(&self) -> bool {
        self.only_look
    }

    /// Sessions in which everything has its limit and finds its tables. Plans are pinned to the indexes: with the
    /// statistics of a young table the server chooses to read all of it, and to compile for a second how it will.
    pub(super) fn sessions(&self) -> Sessions {
        let limits = [
            ("statement_timeout", self.statement_limit),
            ("lock_timeout", self.lock_limit),
            ("idle_in_transaction_session_timeout", self.idle_limit),
        ];
        let plans = [
            ("jit", "off"),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("plan_cache_mode", "force_generic_plan"),
        ];
        let limits = limits.map(|(name, limit)| (name, milliseconds(limit)));
        self.sessions_with(limits.into_iter().chain(plans.map(|(name, value)| (name, value.to_owned()))))
    }

    /// Sessions that only change tables, for which the limits of everyday statements are too short.
    pub(super) fn sessions_to_migrate(&self, limit: Duration) -> Sessions {
        self.sessions_with([("statement_timeout", milliseconds(limit))])
    }

    /// How long to wait for the server's own limit of a statement, and a little longer.
    pub(super) fn patience(&self) -> Duration {
        self.statement_limit.max(Duration::from_millis(1)) + Duration::from_secs(2)
    }

    fn sessions_with(&self, more: impl IntoIterator<Item = (&'static str, String)>) -> Sessions {
        let mut wanted = vec![
            ("search_path", self.schema.clone()),
            ("default_transaction_isolation", "read committed".to_owned()),
            ("client_min_messages", "warning".to_owned()),
        ];
        // Whether changes are taken is the server's to say.
        if self.only_look {
            wanted.push(("default_transaction_read_only", "on".to_owned()));
        }
        wanted.extend(more);
        let options = self.options.clone().disable_statement_logging().extra_float_digits(None);
        let options = options.options([STARTED]).options(wanted.iter().cloned());
        Sessions::new(self.clone(), options, wanted)
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

#[expect(
    clippy::disallowed_methods,
    reason = "the driver reads them for every client, and passes over what cannot be"
)]
fn variables() -> Variables {
    let read = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    Variables {
        names_user: read("PGUSER").is_some(),
        ssl_mode: read("PGSSLMODE"),
        port: read("PGPORT"),
        host_addr: read("PGHOSTADDR"),
    }
}

fn milliseconds(limit: Duration) -> String {
    let limit = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    limit.max(1).to_string()
}

#[cfg(test)]
mod tests;
