//! A command of the binary that asks a running server, run to its end.

use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::server::Server;

/// Runs a command against a server.
pub(crate) fn rental(server: &Server, line: &[&str]) -> Output {
    rental_at(&server.url(""), line)
}

/// Runs a command against this address.
pub(crate) fn rental_at(url: &str, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rental")).args(line).args(["--url", url]).output().unwrap()
}

/// Starts a command against a server and leaves it running.
pub(crate) fn begin(server: &Server, line: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_rental"))
        .args(line)
        .args(["--url", &server.url("")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The code it ended with and what it said.
pub(crate) fn ended(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The result, as JSON.
pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&output.stdout)))
}
