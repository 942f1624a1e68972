//! Commands that open the stores themselves: beside a service, after one, and where there is none.

use std::fs;
use std::path::Path;

use crate::command::{document, ended, rental};
use crate::server::Server;
use crate::stores::{at, exported, lived_in, names, register, stop, tamper, used};

#[test]
fn all_invariants_are_judged_beside_a_service_and_after_it_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &["--allow-given-dates"]);
    lived_in(&server);
    let beside = at(folder.path(), &["verify", "--output", "json"]);
    drop(server); // which kills it
    assert!(names(folder.path()).contains(&"rental.db-wal".to_owned()));

    let after = at(folder.path(), &["verify", "--output", "json"]);

    for output in [beside, after] {
        assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
        let report = document(&output);
        assert!(report["events"].as_u64().unwrap() > 100, "{report:#}");
        // The view of loans too, which HTTP does not show.
        assert_eq!(report["notJudged"], serde_json::json!([]), "{report:#}");
        assert_eq!(report["checked"], format!("sqlite:{}", folder.path().display()));
    }
}

#[tokio::test]
async fn a_log_is_shown_the_same_by_a_service_and_by_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &[]);
    for id in ["jenny", "tom", "anna"] {
        register(&server, id).await;
    }
    let lines: [&[&str]; 7] = [
        &["events", "export", "--to", "-"],
        &["events", "tail"],
        &["events", "tail", "--after", "1", "--output", "json"],
        &["events", "tail", "--stream", "member-tom"],
        &["events", "tail", "--type", "member.member-registered", "--after", "2"],
        &["events", "show", "2", "--output", "json"],
        &["events", "show", "9"],
    ];
    for line in lines {
        let (asked, opened) = (rental(&server, line), at(folder.path(), line));
        assert_eq!(asked.status.code(), opened.status.code(), "{line:?}: {:?}", ended(&opened));
        assert_eq!(asked.stdout, opened.stdout, "{line:?}");
    }
    let shown = at(folder.path(), &["events", "show", "2"]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("command   ") && text.contains("member-tom"), "{text}");
}

#[test]
fn what_is_in_memory_is_refused_and_url_is_named() {
    for line in
        [&["verify"][..], &["events", "tail"], &["events", "show", "1"], &["events", "import", "--from", "-"]]
    {
        let (code, told) = ended(&at(Path::new("nowhere"), &[line, &["--store", "memory:"]].concat()));
        assert_eq!(code, Some(64), "{line:?}: {told}");
        assert!(told.contains("`store`") && told.contains("--url"), "{line:?}: {told}");
    }
    let tokens = at(Path::new("nowhere"), &["verify", "--tokens", "memory:"]);
    let (code, told) = ended(&tokens);
    assert_eq!((code, told.contains("`tokens`")), (Some(64), true), "{told}");
}

#[tokio::test]
async fn stores_that_are_not_there_or_not_ours_are_said_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    refused(&folder.path().join("not-there"), "cannot be used");
    assert_eq!(names(folder.path()), [""; 0]);
    refused(folder.path(), "is not there; start the service once");
    assert_eq!(names(folder.path()), [""; 0]);
    let file = folder.path().join("rental.db");
    fs::write(&file, b"not a database, whatever its name says".repeat(100)).unwrap();
    refused(folder.path(), "is damaged or no database");

    for (sql, said) in [
        ("pragma application_id = 7", "is not the event log"),
        ("pragma user_version = 99", "tables of version 99"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        stop(Server::start_in(folder.path(), &[]));
        tamper(&folder.path().join("rental.db"), sql).await;
        refused(folder.path(), said);
    }
}

#[test]
fn settings_that_cannot_be_matter_only_where_stores_are_opened() {
    let server = Server::start(&[]);
    let wrong = ["--grace", "soon"];
    assert_eq!(rental(&server, &[&["verify"][..], &wrong].concat()).status.code(), Some(0));
    assert_eq!(at(Path::new("nowhere"), &[&["verify"][..], &wrong].concat()).status.code(), Some(64));
}

#[test]
fn looking_changes_nothing() {
    let folder = used();
    let files = || ["rental.db", "views.db"].map(|name| fs::read(folder.path().join(name)).unwrap());
    let before = files();
    assert_eq!(at(folder.path(), &["verify"]).status.code(), Some(0));
    exported(folder.path());
    assert!(files() == before, "a file was changed");
    stop(Server::start_in(folder.path(), &[]));
}

fn refused(folder: &Path, said: &str) {
    for line in [&["verify"][..], &["events", "tail"], &["events", "export", "--to", "-"]] {
        let output = at(folder, line);
        let (code, told) = ended(&output);
        assert_eq!(code, Some(69), "{line:?}: {told}");
        assert!(told.contains(said), "{line:?}: `{said}` is not said in {told}");
        assert!(output.stdout.is_empty(), "{line:?}");
    }
}
