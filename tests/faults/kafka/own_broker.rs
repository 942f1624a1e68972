//! A broker of a test's own, or three.

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

    /// Starts three, which are one cluster.
    pub(super) fn three() -> Option<Self> {
        servers::kafka()?;
        let three = &[("INFRA_KAFKA_MEMBERS", "3")];
        let (own, address) = OwnInfra::started_with("kafka", "KAFKA_BROKERS", three);
        Some(Self { own, address })
    }

    /// Does it to one of the three, by its number.
    pub(super) fn fault_of(&self, broker: i32, what: &str) {
        self.own.fault_of(&format!("kafka-{broker}"), what);
    }

    /// Does something to it: `crash`, `restart`, `pause` or `resume`.
    pub(super) fn fault(&self, what: &str) {
        self.own.fault(what);
    }
}
