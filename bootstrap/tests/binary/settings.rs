//! What the binary says and how it ends when it cannot start.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::server::{LIMIT, Server, command};

/// T89.
#[test]
fn bad_settings_are_all_listed_and_nothing_starts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let file =
        Folder::new("bad").write("rental.toml", "[http]\nadress = 1\n[snapshots]\nevery = \"often\"\n");
    // That the address is taken would be seen, were anything opened.
    let taken = listener.local_addr().unwrap().to_string();
    let line =
        ["--config", &file, "--store", "mysql://here", "--zone", "Seoul", "--grace", "x", "--listen", &taken];
    let output =
        command(&line).env("RENTAL__LOG__FORMAT", "xml").env("RENTAL__COLOUR", "red").output().unwrap();
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(64), "{told}");
    assert!(told.starts_with("rental: 7 of the settings cannot be:\n"), "{told}");
    let [second, fourth] = [2, 4].map(|line| format!("{file}:{line}"));
    for source in ["--store", "--zone", "--grace", "RENTAL__LOG__FORMAT", "RENTAL__COLOUR", &second, &fourth]
    {
        assert!(told.contains(&format!("\n  {source}: ")), "{source} is not listed in:\n{told}");
    }
    assert!(told.contains("did you mean `http.address`?"), "{told}");
    assert!(!told.contains("port is ready"), "{told}");
}

/// T89.
#[test]
fn a_way_to_consume_that_is_none_is_refused_with_those_there_are() {
    for bad in ["groups", "Subscribing", "tracking,subscribing"] {
        let mut start = command(&["--publisher", "kafka://127.0.0.1:1"]);
        let output = start.env("RENTAL__PUBLISHER__CONSUME", bad).output().unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(64), "{told}");
        let said = format!("RENTAL__PUBLISHER__CONSUME: found `{bad}`; it is `tracking` or `subscribing`");
        assert!(told.contains(&said), "{told}");
    }
}

#[test]
fn a_settings_file_that_is_named_and_not_there_is_a_problem() {
    let output = rental(&["--config", "not-there.toml"]);
    assert_eq!(output.status.code(), Some(64), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("  not-there.toml: the settings file cannot be read"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_file_in_the_working_folder_is_read_without_being_named() {
    let folder = Folder::new("usual");
    folder.write("rental.toml", "[clock]\nzone = \"UTC\"\n");
    let output = command(&["config", "show"]).current_dir(&folder.path).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("zone = \"UTC\"  # rental.toml:2\n"), "{}", stdout(&output));
}

#[test]
fn checking_the_settings_says_whether_they_are_good() {
    let good = rental(&["config", "check"]);
    assert_eq!((good.status.code(), stderr(&good)), (Some(0), String::new()));
    let bad = rental(&["config", "check", "--grace", "soon"]);
    assert_eq!((bad.status.code(), stdout(&bad)), (Some(64), String::new()));
    assert!(stderr(&bad).contains("  --grace: "), "{}", stderr(&bad));
}

#[test]
fn the_settings_are_shown_with_their_sources() {
    let flags = ["config", "show", "--output", "json", "--listen", "127.0.0.1:1"];
    let output = command(&flags).env("RENTAL__SNAPSHOTS__EVERY", "7").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (key, value, source) in [
        ("http.address", json!("127.0.0.1:1"), "--listen"),
        ("snapshots.every", json!(7), "RENTAL__SNAPSHOTS__EVERY"),
        ("clock.zone", json!("Asia/Seoul"), "default"),
    ] {
        assert_eq!(shown[key], json!({ "value": value, "source": source }), "{key}");
    }
}

#[tokio::test]
async fn what_is_set_is_what_runs() {
    let file = Folder::new("runs")
        .write("rental.toml", "processors.default.segments = 2\nprocessors.loans.segments = 4\n");
    let server = Server::start(&["--config", &file]);
    let counted = |processors: &Value| -> Vec<(String, usize)> {
        let items = processors["items"].as_array().unwrap().iter();
        items.map(|item| (item["name"].to_string(), item["segments"].as_array().unwrap().len())).collect()
    };
    let right = |(name, count): &(String, usize)| match name.as_str() {
        "\"loans\"" => *count == 4,
        // It keeps the order of actions.
        "\"operations\"" => *count == 1,
        _ => *count == 2,
    };
    let registered = async {
        loop {
            let answer = reqwest::get(server.url("/v1/processors")).await.unwrap();
            let counts = counted(&answer.json().await.unwrap());
            // They make themselves known one after the other.
            if counts.len() == 9 && counts.iter().all(right) {
                return;
            }
        }
    };
    tokio::time::timeout(LIMIT, registered).await.unwrap();
}

#[test]
fn the_log_says_which_file_was_read_and_that_memory_does_not_last() {
    let file = Folder::new("log").write("rental.toml", "");
    let mut start = command(&["--config", &file, "--store", "memory:", "--listen", "127.0.0.1:0"]);
    let mut child = start.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let log = lines.take_while(|line| !line.contains("listening")).collect::<String>();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(log.contains(&file), "{log}");
    assert!(log.contains("nothing outlives this process"), "{log}");
}

/// T85.
#[test]
fn a_secret_is_in_nothing_that_is_said() {
    let url = "mongodb://keeper:swordfish@host/library?password=swordfish";
    let file = Folder::new("secret").write("url", &format!("{url}\n"));
    let ways = [
        Way { flag: Some(format!("--store={url}")), variable: None },
        Way { flag: None, variable: Some(("RENTAL__STORE__URL", url)) },
        Way { flag: None, variable: Some(("RENTAL__STORE__URL_FILE", &file)) },
    ];
    for words in
        [&["config", "show"][..], &["config", "show", "--output=json"], &["config", "check"], &["serve"]]
    {
        for Way { flag, variable } in &ways {
            let output = command(words).args(flag).envs(*variable).output().unwrap();
            let said = stdout(&output) + &stderr(&output);
            assert_eq!(output.status.code(), Some(64), "{said}");
            assert!(
                said.contains("has a parameter that is not known here")
                    || said.contains("which is not known here"),
                "{said}"
            );
            assert!(!said.contains("swordfish"), "{said}");
            assert_eq!(said.contains("mongodb://keeper:***@host/library"), words.contains(&"show"), "{said}");
        }
    }
}

/// How a setting is given.
struct Way<'a> {
    flag: Option<String>,
    variable: Option<(&'static str, &'a str)>,
}

#[test]
fn a_file_with_a_secret_that_cannot_be_used_is_named() {
    let folder = Folder::new("files");
    let (empty, large) = (folder.write("empty", "\n"), folder.write("large", &"x".repeat(70_000)));
    for (path, what) in
        [("/not/there", "cannot be read"), (&empty, "is empty"), (&large, "more than 65536 bytes")]
    {
        let output = command(&["config", "check"]).env("RENTAL__STORE__URL_FILE", path).output().unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(64), "{told}");
        assert!(
            told.contains("  RENTAL__STORE__URL_FILE: ") && told.contains(what) && told.contains(path),
            "{told}"
        );
    }
    let memory = folder.write("memory", "memory:\r\n");
    let output = command(&["config", "check"]).env("RENTAL__STORE__URL_FILE", memory).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn what_others_mean_by_a_variable_stops_no_command() {
    let output = command(&["config", "check"]).env("RUST_LOG", "hyper,tower=loud").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("\n  RUST_LOG: left out: "), "{}", stdout(&output));
    let mut start = command(&["--store", "memory:", "--listen", "localhost:0"]);
    start.env("RUST_LOG", "hyper");
    let server = Server::run(start);
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
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
    let folder = Folder::new("taken").path.join("data");
    let output = rental(&["--listen", &address, "--data", folder.to_str().unwrap()]);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(69), "{told}");
    assert!(told.contains(&address) && told.contains("another process uses it: stop that one"), "{told}");
    assert!(!folder.exists(), "a folder was made for a service that cannot be reached");
}

#[test]
fn an_address_of_another_machine_is_not_said_to_be_taken() {
    let output = rental(&["--store", "memory:", "--listen", "192.0.2.1:8080", "--allow-anonymous"]);
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
    assert!(stderr(&output).contains("it is not one of this machine"), "{}", stderr(&output));
}

fn rental(line: &[&str]) -> Output {
    command(line).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder of one test, empty when it begins.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(test: &str) -> Self {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("settings-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.path.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}
