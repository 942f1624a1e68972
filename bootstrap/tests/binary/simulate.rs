//! Visitors at a running service, and the check beside them.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::command::{begin, document, ended, rental, rental_at};
use crate::server::{LIMIT, Server};

#[test]
fn a_simulation_ends_with_figures_that_add_up_and_invariants_that_hold() {
    let server = Server::start(&["--allow-given-dates"]);
    let line =
        ["simulate", "--members", "20", "--books", "30", "--rate", "100", "--for", "3s", "--output", "json"];
    // Twice: runs on one service do not meet.
    for _ in 0..2 {
        let output = rental(&server, &line);
        assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
        let report = document(&output);
        let run = &report["simulation"];
        adds_up(run);
        assert_eq!(run["arrivals"]["planned"], 300);
        assert_eq!(run["givenDates"], true);
        for kind in ["rent", "return"] {
            assert!(number(&run["byKind"][kind]["completed"]) > 0, "no {kind} was completed: {run:#}");
        }
        assert!(number(&run["requests"]["repeated"]) > 0, "{run:#}");
        assert_eq!(report["check"]["violations"], Value::Array(vec![]));
        assert_eq!(report["check"]["inFlight"], Value::Array(vec![]));
    }
}

/// Defect 9: three books among thirty members are fought for, and what is lost is undone.
#[test]
fn where_books_are_few_most_rents_are_undone_and_everything_holds() {
    let server = Server::start(&[]);
    let line =
        ["simulate", "--members", "30", "--books", "3", "--rate", "100", "--for", "3s", "--output", "json"];
    let output = rental(&server, &line);
    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    let report = document(&output);
    let run = &report["simulation"];
    adds_up(run);
    assert_eq!(run["givenDates"], false);
    let rents = &run["byKind"]["rent"];
    assert!(number(&rents["undone"]) > number(&rents["completed"]), "{rents:#}");
    assert!(number(&rents["completed"]) > 0, "{rents:#}");
}

/// Thousands of messages over all partitions at once.
#[test]
fn over_a_broker_a_simulation_ends_with_invariants_that_hold() {
    let server = Server::start(&["--store", "memory:", "--publisher", "memory", "--allow-given-dates"]);
    let line =
        ["simulate", "--members", "20", "--books", "10", "--rate", "100", "--for", "3s", "--output", "json"];
    let output = rental(&server, &line);
    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    let report = document(&output);
    adds_up(&report["simulation"]);
    assert_eq!(report["check"]["violations"], Value::Array(vec![]));
    assert_eq!(report["check"]["inFlight"], Value::Array(vec![]));
}

#[test]
fn a_simulation_that_is_killed_leaves_nothing_half() {
    let server = Server::start(&["--allow-given-dates"]);
    let line = ["simulate", "--members", "20", "--books", "10", "--rate", "200", "--for", "10m"];
    let mut simulation = begin(&server, &line);
    until("600 events are there", || number(&check(&server)["events"]) > 600);
    // Beside the running one nothing is violated, and nothing after it was killed.
    assert_eq!(check(&server)["violations"], Value::Array(vec![]));
    simulation.kill().unwrap();
    simulation.wait().unwrap();
    until("nothing is in flight", || {
        let report = check(&server);
        assert_eq!(report["violations"], Value::Array(vec![]));
        report["inFlight"] == Value::Array(vec![])
    });
    let settled = check(&server);
    assert_eq!(settled["violations"], Value::Array(vec![]));
    assert!(number(&settled["attemptsEnded"]) > 0, "{settled:#}");
}

#[test]
fn a_report_for_people_says_the_same() {
    let server = Server::start(&[]);
    let output =
        rental(&server, &["simulate", "--members", "2", "--books", "2", "--rate", "20", "--for", "1s"]);
    let (code, log) = ended(&output);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(code, Some(0), "{told}{log}");
    for part in ["planned 20: begun 20", "attempts ", "ms from when due", "every invariant holds"] {
        assert!(told.contains(part), "`{part}` is not in:\n{told}");
    }
    // The pace is told on standard error, in plain lines where nobody looks at a terminal.
    assert!(log.contains("visiting: "), "{log}");
    assert!(!log.contains('\u{1b}') && !told.contains('\u{1b}'));
}

#[test]
fn a_service_that_is_not_there_and_a_line_that_cannot_be_have_codes_of_their_own() {
    let nobody = "http://127.0.0.1:1";
    let simulate = ["simulate", "--members", "2", "--books", "2", "--rate", "10", "--for", "1s"];
    for line in [&simulate[..], &["verify"], &["events", "tail"], &["events", "show", "1"]] {
        let (code, told) = ended(&rental_at(nobody, line));
        assert_eq!(code, Some(69), "{line:?}: {told}");
        assert!(told.contains("127.0.0.1:1"), "{line:?}: {told}");
    }
    for url in ["here", "https://127.0.0.1:1", "http://127.0.0.1:1/?a=b"] {
        let (code, told) = ended(&rental_at(url, &["verify"]));
        assert_eq!(code, Some(64), "{url}: {told}");
    }
    let none = ["simulate", "--members", "0", "--books", "2", "--rate", "10", "--for", "soon"];
    assert_eq!(ended(&rental_at(nobody, &none)).0, Some(64));
}

/// Every request and every attempt lies in exactly one bucket.
fn adds_up(run: &Value) {
    let sum = |counts: &Value| counts.as_object().unwrap().values().map(number).sum::<u64>();
    let (arrivals, requests, attempts) = (&run["arrivals"], &run["requests"], &run["attempts"]);
    assert_eq!(run["wrong"], Value::Array(vec![]));
    assert_eq!(number(&arrivals["begun"]) + number(&arrivals["givenUp"]), number(&arrivals["planned"]));
    let buckets = ["accepted", "done", "repeated"].map(|bucket| number(&requests[bucket]));
    let requested = buckets.iter().sum::<u64>() + sum(&requests["refused"]) + sum(&requests["failed"]);
    assert_eq!(requested, number(&requests["started"]), "{requests:#}");
    assert_eq!(sum(&requests["failed"]), 0, "{requests:#}");
    let ends = ["completed", "undone", "inReview", "resolved", "notEnded"];
    let ended: u64 = ends.iter().map(|end| number(&attempts[end])).sum();
    assert_eq!(ended, number(&attempts["accepted"]), "{attempts:#}");
    assert_eq!(number(&attempts["accepted"]), number(&requests["accepted"]));
    let measured = run["latencies"].as_array().unwrap().iter().map(|latency| number(&latency["count"]));
    assert_eq!(measured.sum::<u64>(), number(&requests["started"]));
}

fn check(server: &Server) -> Value {
    document(&rental(server, &["verify", "--output", "json"]))
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}
