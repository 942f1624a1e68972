//! What the binary says and how it ends when it cannot start.

use std::net::TcpListener;
use std::process::{Command, Output};

/// T89.
#[test]
fn bad_settings_are_all_listed_and_nothing_starts() {
    let line =
        ["--store", "postgres://here/library", "--listen", "0.0.0.0:8080", "--zone", "Seoul", "--grace", "x"];
    let output = rental(&line);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(64), "{told}");
    for setting in ["--store", "--listen", "--zone", "--grace"] {
        assert!(told.contains(&format!("\n  {setting}: ")), "{setting} is not listed in:\n{told}");
    }
    assert!(told.contains("it has `memory:`"), "{told}");
    assert!(!told.contains("port is ready"), "{told}");
}

#[test]
fn a_word_that_is_not_known_is_a_usage_error() {
    let output = rental(&["serve", "--colour", "red"]);
    assert_eq!(output.status.code(), Some(64), "{}", stderr(&output));
    assert!(stderr(&output).contains("--colour"));
}

#[test]
fn help_and_version_are_not_errors() {
    for flag in ["--help", "--version"] {
        let output = rental(&[flag]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(String::from_utf8_lossy(&output.stdout).contains("rental"));
    }
}

#[test]
fn an_address_that_is_taken_is_something_needed_that_is_not_there() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = rental(&["--listen", &address]);
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
    assert!(stderr(&output).contains(&address), "{}", stderr(&output));
}

fn rental(line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rental")).args(line).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
