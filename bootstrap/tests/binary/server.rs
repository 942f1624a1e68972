//! A running `rental` on a free port and in a folder of its own, ended when it is dropped.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// The longest any step of a test waits.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// The binary with these words, in a folder without settings and with no setting in its environment.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rental"));
    command.args(words).current_dir(env!("CARGO_TARGET_TMPDIR"));
    for (name, _) in std::env::vars_os() {
        if name == "RUST_LOG" || name.to_string_lossy().starts_with("RENTAL__") {
            command.env_remove(name);
        }
    }
    command
}

/// A child process with its address, and its log line by line.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    log: Receiver<String>,
    /// Goes with it, unless it is somebody else's.
    _folder: Option<TempDir>,
}

impl Server {
    /// Starts one with these flags and waits until it listens.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self::start_in(folder.path(), flags);
        server._folder = Some(folder);
        server
    }

    /// Starts one whose data folder is this one.
    pub(crate) fn start_in(folder: &Path, flags: &[&str]) -> Self {
        let mut start = command(&["--listen", "127.0.0.1:0"]);
        start.arg("--data").arg(folder).args(flags);
        Self::run(start)
    }

    /// Starts what this command says and waits until it listens.
    pub(crate) fn run(mut start: Command) -> Self {
        let mut child = start.stderr(Stdio::piped()).spawn().unwrap();
        let log = follow(child.stderr.take().unwrap());
        let mut server = Self { child, address: String::new(), log, _folder: None };
        let line = server.wait_for_line("listening address=");
        server.address = line.rsplit_once('=').unwrap().1.trim().to_owned();
        server
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The process.
    #[allow(dead_code, reason = "only those who break it from outside ask")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of the log that holds this text.
    pub(crate) fn wait_for_line(&self, text: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.log.recv_timeout(LIMIT) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => seen.push(line),
                Err(gone) => panic!("no line with `{text}` ({gone}) after:\n{}", seen.join("\n")),
            }
        }
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits until it has ended, and gives the rest of its log.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let mut rest = Vec::new();
        // The log ends when the process does.
        loop {
            match self.log.recv_timeout(LIMIT) {
                Ok(line) => rest.push(line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(timeout) => panic!("it has not ended ({timeout}) after:\n{}", rest.join("\n")),
            }
        }
        (self.child.wait().unwrap(), rest.join("\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = sync_channel(100_000);
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
