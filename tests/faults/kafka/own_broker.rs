//! A broker of a test's own, to be killed and paused.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tests::servers;

/// Starts servers, breaks them, and throws them away.
const INFRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/run");

/// A broker that is there for one test.
pub(super) struct OwnBroker {
    folder: TempDir,
    /// Where it is.
    pub(super) address: String,
}

impl OwnBroker {
    /// Starts one; none where tests do without a broker.
    pub(super) fn started() -> Option<Self> {
        servers::kafka()?;
        let folder = tempfile::Builder::new().prefix("rental-own-").tempdir_in("/var/tmp").unwrap();
        let run = folder.path().join("run");
        infra(&run, &["up", "kafka"]);
        let said = infra(&run, &["env"]);
        let address = said.lines().find_map(|line| line.split_once("KAFKA_BROKERS=")).map(|(_, at)| at);
        let address = address.unwrap_or_else(|| panic!("no address in {said}"));
        Some(Self { address: address.trim_matches(['\'', '"']).to_owned(), folder })
    }

    /// Does something to it: `crash`, `restart`, `pause` or `resume`.
    pub(super) fn fault(&self, what: &str) {
        infra(&self.folder.path().join("run"), &["fault", "kafka", what]);
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        infra(&self.folder.path().join("run"), &["down"]);
    }
}

fn infra(run: &Path, words: &[&str]) -> String {
    let done = Command::new(INFRA).args(words).env("INFRA_RUN", run).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{words:?}: {said}{told}");
    said.into_owned()
}
