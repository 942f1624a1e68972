//! A database server of a test's own, to be killed and paused.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tests::servers;

/// Starts servers, breaks them, and throws them away.
const INFRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/run");

/// A server that is there for one test.
pub(super) struct OwnServer {
    folder: TempDir,
    /// Where it is.
    pub(super) url: String,
}

impl OwnServer {
    /// Starts one; none where tests do without a server.
    pub(super) fn started() -> Option<Self> {
        servers::postgres()?;
        let folder = tempfile::Builder::new().prefix("rental-own-").tempdir_in("/var/tmp").unwrap();
        let run = folder.path().join("run");
        infra(&run, &["up", "postgres"]);
        let said = infra(&run, &["env"]);
        let url = said.lines().find_map(|line| line.split_once("DATABASE_URL=")).map(|(_, url)| url);
        let url = url.unwrap_or_else(|| panic!("no address in {said}"));
        Some(Self { url: url.trim_matches(['\'', '"']).to_owned(), folder })
    }

    /// Does something to it: `crash`, `restart`, `pause` or `resume`.
    pub(super) fn fault(&self, what: &str) {
        infra(&self.folder.path().join("run"), &["fault", "postgres", what]);
    }
}

impl Drop for OwnServer {
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
