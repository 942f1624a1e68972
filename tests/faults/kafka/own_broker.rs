//! A broker of a test's own.

use tests::own_infra::OwnInfra;
use tests::servers;

/// What is there for one test.
pub(super) struct OwnBroker {
    own: OwnInfra,
    /// Where it is.
    pub(super) address: String,
}

impl OwnBroker {
    /// Starts one; none where tests do without a broker.
    pub(super) fn started() -> Option<Self> {
        servers::kafka()?;
        let (own, address) = OwnInfra::started("kafka", "KAFKA_BROKERS");
        Some(Self { own, address })
    }

    /// Does something to it: `crash`, `restart`, `pause` or `resume`.
    pub(super) fn fault(&self, what: &str) {
        self.own.fault(what);
    }
}
