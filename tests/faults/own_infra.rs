//! A server of a test's own, to be killed and paused.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use tempfile::TempDir;

/// Starts servers, breaks them, and throws them away.
const INFRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/run");

/// Where the next server listens: two that start together, or one that starts while another is down, may not take the
/// same port. Kafka takes three.
static NEXT_PORT: AtomicU16 = AtomicU16::new(30_500);
/// How many ports are tried when others have some.
const TRIES: u16 = 30;

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
        let is_up = (0..TRIES).any(|_| own.is_up_at(NEXT_PORT.fetch_add(3, Ordering::Relaxed)));
        assert!(is_up, "no port for {kind}");
        let said = infra(&own.run(), &["env"]);
        let named = said.lines().find_map(|line| line.split_once(&format!("{variable}=")));
        let (_, address) = named.unwrap_or_else(|| panic!("no address in {said}"));
        (own, address.trim_matches(['\'', '"']).to_owned())
    }

    /// Whether it came up on this port; not when somebody has it.
    fn is_up_at(&self, port: u16) -> bool {
        let variable = format!("INFRA_{}_PORT", self.kind.to_uppercase());
        let done = command(&self.run(), &["up", self.kind]).env(variable, port.to_string()).output().unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success() || told.contains("is taken"), "{told}");
        done.status.success()
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
    let done = command(run, words).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{words:?}: {said}{told}");
    said.into_owned()
}

fn command(run: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(INFRA);
    command.args(words).env("INFRA_RUN", run);
    command
}
