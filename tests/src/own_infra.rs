//! A server of a test's own, to be killed and paused.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set its scene has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use tempfile::TempDir;

/// Starts servers, breaks them, and throws them away.
const INFRA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/run");

/// Where the next server listens: two that start together, or one that starts while another is down, may not take the
/// same port, and neither may those of two processes. Three brokers take nine.
static NEXT_PORT: LazyLock<AtomicU16> =
    LazyLock::new(|| AtomicU16::new(30_500 + u16::try_from(std::process::id() % 500).unwrap() * 3));
/// How many ports each gets.
const PORTS_EACH: u16 = 9;
/// How many ports are tried when others have some.
const TRIES: u16 = 30;

/// A server that is there for one test.
pub struct OwnInfra {
    kind: &'static str,
    folder: TempDir,
    /// What is asked of it beside its port.
    variables: Vec<(&'static str, String)>,
}

impl OwnInfra {
    /// Starts one of this kind, and answers also where it is: the value of `variable` in what it says of itself.
    ///
    /// # Panics
    /// When it cannot be had.
    #[must_use]
    pub fn started(kind: &'static str, variable: &str) -> (Self, String) {
        Self::started_with(kind, variable, &[])
    }

    /// The same with some of the variables that `infra/README.md` lists.
    ///
    /// # Panics
    /// When it cannot be had.
    #[must_use]
    pub fn started_with(
        kind: &'static str,
        variable: &str,
        variables: &[(&'static str, &str)],
    ) -> (Self, String) {
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let folder = tempfile::Builder::new().prefix("rental-own-").tempdir_in("/var/tmp").unwrap();
        let own = Self { kind, folder, variables };
        let is_up = (0..TRIES).any(|_| own.is_up_at(NEXT_PORT.fetch_add(PORTS_EACH, Ordering::Relaxed)));
        assert!(is_up, "no port for {kind}");
        let said = infra(&own.run(), &["env"]);
        let named = said.lines().find_map(|line| line.split_once(&format!("{variable}=")));
        let (_, address) = named.unwrap_or_else(|| panic!("no address in {said}"));
        (own, address.trim_matches(['\'', '"']).to_owned())
    }

    /// Whether it came up on this port; not when somebody has it.
    fn is_up_at(&self, port: u16) -> bool {
        let variable = format!("INFRA_{}_PORT", self.kind.to_uppercase());
        let mut up = command(&self.run(), &["up", self.kind]);
        up.env(variable, port.to_string()).envs(self.variables.iter().map(|(name, value)| (name, value)));
        let done = up.output().unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success() || told.contains("is taken"), "{told}");
        done.status.success()
    }

    /// Does something to it: `crash`, `restart`, `pause` or `resume`.
    ///
    /// # Panics
    /// When it was not done.
    pub fn fault(&self, what: &str) {
        self.fault_of(self.kind, what);
    }

    /// Does it to one of its members.
    ///
    /// # Panics
    /// When it was not done.
    pub fn fault_of(&self, member: &str, what: &str) {
        infra(&self.run(), &["fault", member, what]);
    }

    /// Its members, and whether each is the primary.
    ///
    /// # Panics
    /// When it does not say how it is.
    #[must_use]
    pub fn members(&self) -> Vec<(String, bool)> {
        let said = infra(&self.run(), &["status"]);
        let members = said.lines().filter_map(|line| line.split_once(": "));
        let members = members.filter(|(name, _)| name.starts_with(&format!("{}-", self.kind)));
        members.map(|(name, status)| (name.to_owned(), status.contains("primary"))).collect()
    }

    /// The folder it runs in.
    #[must_use]
    pub fn run(&self) -> PathBuf {
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
