//! Where the servers are, and how much of their time may be taken.

mod url;

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use mongodb::options::{
    Acknowledgment, ClientOptions, DriverInfo, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};

pub use url::UrlError;

/// The database that is used when none is named.
const DATABASE: &str = "rental";
/// The longest name of a database that is allowed here; the server allows a little more.
const DATABASE_BYTES_MAX: usize = 50;
/// How much longer than the servers' own limit of an operation its answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the servers are, which database is ours there, and the limits of everything that is asked of them.
///
/// The URL is `mongodb://user:password@host:port,host:port/database?replicaSet=rs0&tls=true`. Behind `?` it may say
/// what [`UrlError::Parameter`] lists; any other is refused, and so is what asks for less than is needed: writes are
/// acknowledged by the majority and its journals, and everything is read from the primary. Neither the URL nor the
/// password is ever shown.
#[derive(Clone)]
pub struct MongoSettings {
    options: ClientOptions,
    database: String,
    only_look: bool,
    /// Operations under way at a time, each of which has a connection; at least 1.
    pub connections: u32,
    /// How long it may take to find the primary and connect, or to get one of the connections.
    pub connect_limit: Duration,
    /// How long one operation may take, or one transaction with all its tries; at least one millisecond.
    pub operation_limit: Duration,
}

impl MongoSettings {
    /// What a URL says, and for all else: database `rental`, 10 connections, 3 s to connect, 10 s an operation.
    ///
    /// # Errors
    /// [`UrlError`], which shows no value.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let options = url::read(url)?;
        let database = options.default_database.clone();
        let settings = Self {
            options,
            database: DATABASE.to_owned(),
            only_look: false,
            connections: 10,
            connect_limit: Duration::from_secs(3),
            operation_limit: Duration::from_secs(10),
        };
        database.map_or(Ok(settings.clone()), |name| settings.in_database(&name))
    }

    /// The same in another database: 1 to 50 letters, digits, underscores and hyphens.
    ///
    /// # Errors
    /// [`UrlError::Database`].
    pub fn in_database(self, name: &str) -> Result<Self, UrlError> {
        let is_short = (1..=DATABASE_BYTES_MAX).contains(&name.len());
        let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if is_short && is_plain {
            return Ok(Self { database: name.to_owned(), ..self });
        }
        Err(UrlError::Database)
    }

    /// The same, only to look: nothing is made, and nothing changed.
    #[must_use]
    pub fn only_to_look(self) -> Self {
        Self { only_look: true, ..self }
    }

    /// The database with our collections.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The servers and the database, without user and password.
    #[must_use]
    pub fn place(&self) -> String {
        let hosts: Vec<_> = self.options.hosts.iter().map(ToString::to_string).collect();
        format!("{}/{}", hosts.join(","), self.database)
    }

    /// The user to be; none when nobody is asked who he is.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.options.credential.as_ref()?.username.as_deref()
    }

    /// The name of the replica set, if the URL says it.
    pub(super) fn replica_set(&self) -> Option<&str> {
        self.options.repl_set_name.as_deref()
    }

    pub(super) const fn only_looks(&self) -> bool {
        self.only_look
    }

    /// How a client has to be, so that what is acknowledged lasts and what is read was acknowledged.
    pub(super) fn client_options(&self) -> ClientOptions {
        let mut options = self.options.clone();
        options.app_name.get_or_insert_with(|| "rental".to_owned());
        options.driver_info = Some(DriverInfo::builder().name(self.mark()).build());
        options.max_pool_size = Some(self.connections.max(1));
        options.connect_timeout = Some(self.connect_limit);
        options.server_selection_timeout = Some(self.connect_limit);
        options.write_concern = Some(durable());
        options.read_concern = Some(ReadConcern::majority());
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        options
    }

    /// How the connections of all who share our database are told from others, whatever they call themselves.
    pub(super) fn mark(&self) -> String {
        format!("rental:{}", self.database)
    }

    /// How long an answer is waited for.
    pub(super) fn patience(&self) -> Duration {
        self.operation_limit.max(Duration::from_millis(1)) + PATIENCE
    }
}

/// What no crash and no fail-over takes away again.
pub(super) fn durable() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build()
}

/// Shows neither URL nor password.
impl fmt::Debug for MongoSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoSettings")
            .field("place", &self.place())
            .field("user", &self.user())
            .field("connections", &self.connections)
            .field("connect_limit", &self.connect_limit)
            .field("operation_limit", &self.operation_limit)
            .finish()
    }
}
