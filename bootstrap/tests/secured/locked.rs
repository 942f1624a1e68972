//! A broker that wants TLS and an account, with a certificate and a password that were made on the spot.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tests::own_infra::OwnInfra;
use tests::servers;

use crate::server::command;

/// One for all tests that run at a time.
static SHARED: Mutex<Weak<Locked>> = Mutex::new(Weak::new());

/// The broker, for as long as a test needs it.
pub(crate) struct Locked {
    own: OwnInfra,
    brokers: String,
    password: String,
}

impl Locked {
    /// The one that is up, or else a new one; none where tests do without a broker.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        servers::kafka()?;
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(locked) = shared.upgrade() {
            return Some(locked);
        }
        let (own, brokers) = OwnInfra::started_with("kafka", "KAFKA_BROKERS", &[("INFRA_KAFKA_AUTH", "1")]);
        let password = fs::read_to_string(own.run().join("kafka/password")).unwrap().trim().to_owned();
        let locked = Arc::new(Self { own, brokers, password });
        *shared = Arc::downgrade(&locked);
        Some(locked)
    }

    /// What nobody may read.
    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// The binary with these words, and all that the broker wants to know.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut start = command(words);
        start.args(["--publisher", &format!("kafka://{}", self.brokers)]);
        start.env("RENTAL__PUBLISHER__TLS", "true");
        start.env("RENTAL__PUBLISHER__AUTHORITIES", self.file("authority.pem"));
        start.env("RENTAL__PUBLISHER__USER", "rental");
        start.env("RENTAL__PUBLISHER__PASSWORD_FILE", self.file("password"));
        start
    }

    fn file(&self, name: &str) -> PathBuf {
        self.own.run().join("kafka").join(name)
    }
}
