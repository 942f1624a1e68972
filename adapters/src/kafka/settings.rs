//! How the broker is reached, and what is asked of the client library.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// How long a request may take. A broker that hangs keeps everything that waits for it so long, and no longer.
pub(super) const REQUEST_MAX: Duration = Duration::from_secs(3);

/// Where the broker is, and how it is talked to.
#[derive(Debug, Clone)]
pub struct KafkaSettings {
    /// Some of the brokers as `host:port`, with commas between them; they name the others.
    pub brokers: String,
    /// What the name of each topic begins with, so that several libraries can share a broker.
    pub prefix: String,
    /// How long a batch is tried before it is given back as not published this time.
    pub delivery_max: Duration,
    /// What the broker wants to know before it answers.
    pub security: Security,
}

/// What the broker wants to know before it answers; by default nothing.
#[derive(Debug, Clone, Default)]
pub struct Security {
    /// Whether connections are encrypted.
    pub tls: bool,
    /// The file with the certificates that are trusted; the system's when there is none.
    pub authorities: Option<PathBuf>,
    /// Who asks.
    pub account: Option<Account>,
}

/// Who asks.
#[derive(Clone)]
pub struct Account {
    /// How it is proved.
    pub mechanism: Mechanism,
    /// The name.
    pub user: String,
    /// The password, which is never shown.
    pub password: String,
}

/// How an account is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// The password itself is sent.
    Plain,
    /// The password is proved and not sent, with SHA-256.
    ScramSha256,
    /// The same with SHA-512.
    ScramSha512,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mechanism, user, password: _ } = self;
        f.debug_struct("Account").field("mechanism", mechanism).field("user", user).finish_non_exhaustive()
    }
}

impl KafkaSettings {
    /// These brokers, without a prefix and without any security.
    #[must_use]
    pub fn of(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            prefix: String::new(),
            delivery_max: Duration::from_secs(10),
            security: Security::default(),
        }
    }

    /// A topic's name on the broker.
    #[must_use]
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// What every client is asked.
    pub(super) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client
            .set_log_level(RDKafkaLogLevel::Info)
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "rental")
            .set("socket.timeout.ms", REQUEST_MAX.as_millis().to_string())
            .set("socket.connection.setup.timeout.ms", REQUEST_MAX.as_millis().to_string())
            .set("socket.keepalive.enable", "true")
            .set("socket.nagle.disable", "true")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "1000")
            .set("log.connection.close", "false")
            // A topic is made on purpose and never by a word that is misspelt.
            .set("allow.auto.create.topics", "false")
            .set("topic.metadata.propagation.max.ms", "5000")
            // Partitions that are added are written to and read from soon.
            .set("topic.metadata.refresh.interval.ms", "10000");
        self.security.apply(&mut client);
        client
    }
}

impl Security {
    fn apply(&self, client: &mut ClientConfig) {
        let protocol = match (self.tls, &self.account) {
            (false, None) => "plaintext",
            (true, None) => "ssl",
            (false, Some(_)) => "sasl_plaintext",
            (true, Some(_)) => "sasl_ssl",
        };
        client.set("security.protocol", protocol);
        if let Some(file) = &self.authorities {
            client.set("ssl.ca.location", file.to_string_lossy());
        }
        if let Some(Account { mechanism, user, password }) = &self.account {
            client
                .set("sasl.mechanism", mechanism.name())
                .set("sasl.username", user)
                .set("sasl.password", password);
        }
    }
}

impl Mechanism {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}
