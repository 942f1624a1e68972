//! How a session with the server begins: it is of use only when the server can be written to and has taken its
//! settings.
//!
//! What stands between may drop them in silence, and then tables would be looked for, and made, in a schema of somebody
//! else.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{ConnectOptions, Error, PgConnection, Row};
use tokio::time::{Instant, sleep, timeout};

use super::failure::code;
use crate::postgres::opening::{OpenError, Refusals};
use crate::postgres::settings::PostgresSettings;

/// The setting by which a session says how it came to the others.
const ORIGIN: &str = "rental.session";
/// They came with the beginning of the session.
pub(in crate::postgres) const STARTED: (&str, &str) = (ORIGIN, "started");
/// They were set in it, because they had not come.
const SET: &str = "set";
/// The first pause before a server that does not take connections yet is tried again; doubles with each further one.
const PAUSE: Duration = Duration::from_millis(10);
/// And the longest.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// Begins sessions.
#[derive(Clone)]
pub(in crate::postgres) struct Sessions {
    settings: PostgresSettings,
    options: PgConnectOptions,
    /// As the server writes them.
    wanted: Vec<(&'static str, String)>,
}

impl Sessions {
    /// Sessions with the options, which ask for what is wanted.
    pub(in crate::postgres) const fn new(
        settings: PostgresSettings,
        options: PgConnectOptions,
        wanted: Vec<(&'static str, String)>,
    ) -> Self {
        Self { settings, options, wanted }
    }

    /// A new session. The server says each time whether it can be written to: after a fail-over, behind the same name
    /// may stand one that cannot.
    pub(in crate::postgres) async fn connect(&self) -> Result<PgConnection, OpenError> {
        let connected = async {
            let connection = self.options.connect().await;
            let mut connection = connection.map_err(|error| self.settings.refused_connection(error))?;
            self.prove(&mut connection).await?;
            Ok(connection)
        };
        let connected = timeout(self.settings.connect_limit, connected).await;
        connected.unwrap_or_else(|elapsed| Err(self.settings.unreachable(elapsed)))
    }

    /// The same, trying again within the limit when the server is just starting, or has no connection left.
    pub(super) async fn connect_patiently(&self) -> Result<PgConnection, OpenError> {
        let end = Instant::now() + self.settings.connect_limit;
        let mut pause = PAUSE;
        loop {
            match self.connect().await {
                Err(error) if is_passing(&error) && Instant::now() + pause < end => sleep(pause).await,
                connected => return connected,
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Whether a session is still what it was when it began.
    pub(super) async fn is_good(&self, connection: &mut PgConnection) -> bool {
        match self.ask(connection).await {
            Ok(said) => self.judge(&said).is_ok(),
            Err(_) => false, // it is thrown away, and the next one says what is wrong
        }
    }

    async fn prove(&self, connection: &mut PgConnection) -> Result<(), OpenError> {
        let said = self.ask(connection).await?;
        match said.origin.as_deref() {
            Some(SET) => {
                // It goes to others next, and is none of theirs.
                let reset = sqlx::raw_sql("reset all").execute(connection).await;
                reset.map_err(|error| self.settings.failed("leaving a session as it was", error))?;
                Err(OpenError::SharedSessions { place: self.settings.place() })
            }
            None => {
                self.set(connection).await?;
                self.judge(&self.ask(connection).await?)
            }
            Some(_) => self.judge(&said),
        }
    }

    fn judge(&self, said: &Said) -> Result<(), OpenError> {
        let place = self.settings.place();
        if said.is_standby {
            return Err(OpenError::Standby { place });
        }
        if said.is_read_only && !self.settings.only_looks() {
            return Err(OpenError::ReadOnly { place });
        }
        let is_other = |(name, value): &&(&str, String)| said.value(name) != Some(value.as_str());
        let others: Vec<_> = self.wanted.iter().filter(is_other).map(|(name, _)| *name).collect();
        if others.is_empty() {
            return Ok(());
        }
        Err(OpenError::Session { place, settings: others.join("`, `") })
    }

    /// In the simplest form there is, so that it is one round trip and leaves nothing prepared.
    async fn ask(&self, connection: &mut PgConnection) -> Result<Said, OpenError> {
        let rows = sqlx::raw_sql(include_str!("../sql/session.sql")).fetch_all(connection).await;
        let said = rows.and_then(|rows| Said::read(&rows));
        said.map_err(|error| self.settings.failed("asking the server what a session is like", error))
    }

    async fn set(&self, connection: &mut PgConnection) -> Result<(), OpenError> {
        let origin = (ORIGIN, SET.to_owned());
        let (names, values): (Vec<_>, Vec<_>) = self.wanted.iter().chain([&origin]).cloned().unzip();
        let set = sqlx::query(include_str!("../sql/set_session.sql")).bind(names).bind(values);
        let set = set.persistent(false).execute(connection).await;
        set.map(|_| ()).map_err(|error| self.settings.failed("giving a session its settings", error))
    }
}

/// Whether a later try may go through.
fn is_passing(error: &OpenError) -> bool {
    let (OpenError::Unreachable { source, .. } | OpenError::Failed { source, .. }) = error else {
        return false;
    };
    match source.downcast_ref::<Error>() {
        Some(Error::Io(error)) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        // Too many connections; the server is starting or stopping.
        Some(error) => matches!(code(error).as_deref(), Some("53300" | "57P03")),
        None => false,
    }
}

/// What a session says about itself.
struct Said {
    origin: Option<String>,
    is_standby: bool,
    is_read_only: bool,
    values: Vec<(String, String)>,
}

impl Said {
    fn read(rows: &[PgRow]) -> Result<Self, Error> {
        let first = rows.first().ok_or(Error::RowNotFound)?;
        let value = |row: &PgRow| Ok::<_, Error>((row.try_get("name")?, row.try_get("setting")?));
        Ok(Self {
            origin: first.try_get::<Option<String>, _>("origin")?.filter(|origin| !origin.is_empty()),
            is_standby: first.try_get("is_standby")?,
            is_read_only: first.try_get("is_read_only")?,
            values: rows.iter().map(value).collect::<Result<_, _>>()?,
        })
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
