//! A server of a test's own, to be killed and paused.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Starts servers, breaks them, and throws them away.
const INFRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/run");

/// A server that is there for one test.
pub(crate) struct OwnInfra {
    kind: &'static str,
    folder: TempDir,
}

impl OwnInfra {
    /// Starts one of this kind, and answers also where it is: the value of `variable` in what it says of itself.
    pub(crate) fn started(kind: &'static str, variable: &str) -> (Self, String) {
        let folder = tempfile::Builder::new().prefix("rental-own-").tempdir_in("/var/tmp").unwrap();
        let own = Self { kind, folder };
        infra(&own.run(), &["up", kind]);
        let said = infra(&own.run(), &["env"]);
        let named = said.lines().find_map(|line| line.split_once(&format!("{variable}=")));
        let (_, address) = named.unwrap_or_else(|| panic!("no address in {said}"));
        (own, address.trim_matches(['\'', '"']).to_owned())
    }

    /// Does something to it: `crash`, `restart`, `pause` or `resume`.
    pub(crate) fn fault(&self, what: &str) {
        infra(&self.run(), &["fault", self.kind, what]);
    }

    /// The folder it runs in.
    pub(crate) fn run(&self) -> PathBuf {
        self.folder.path().join("run")
    }
}

impl Drop for OwnInfra {
    fn drop(&mut self) {
        infra(&self.run(), &["down"]);
    }
}

fn infra(run: &Path, words: &[&str]) -> String {
    let done = Command::new(INFRA).args(words).env("INFRA_RUN", run).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{words:?}: {said}{told}");
    said.into_owned()
}
