//! Measuring: a report that is complete, nothing left behind, and nothing touched.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tests::topics::TestTopics;
use tokio::time::Instant;

use crate::command::{document, ended};
use crate::server::{LIMIT, Server, command};

/// What each workload is asked for so that it takes no longer than it must, with its sides and ratios.
const WORKLOADS: [(&[&str], &[&str], usize); 5] = [
    (
        &["append", "--clients", "4", "--streams", "20", "--with-processors"],
        &["append", "raw", "with processors"],
        2,
    ),
    (&["hot", "--clients", "4", "--streams", "20"], &["hot", "raw", "append"], 2),
    (&["catch-up", "--events", "100"], &["catch-up", "raw"], 1),
    (&["load", "--events", "100"], &["without snapshot", "raw", "with snapshot"], 2),
    (&["rents", "--clients", "3"], &["rents", "raw"], 1),
];

#[test]
fn each_workload_on_memory_gives_a_whole_report() {
    for (words, sides, ratios) in WORKLOADS {
        let output = short(words).args(["--store", "memory:"]).output().unwrap();
        let report = whole(&output, words[0], sides, ratios);
        assert_eq!(report["store"]["kind"], "memory");
        assert_eq!(report["machine"]["fsync"], Value::Null, "{report:#}");
    }
}

#[test]
fn each_workload_in_files_gives_a_whole_report_and_leaves_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    drop(Server::start_in(folder.path(), &[]));
    fs::write(folder.path().join("bench-notes.txt"), "mine").unwrap();
    let before = content(folder.path());
    for (words, sides, ratios) in WORKLOADS {
        let output = short(words).arg("--data").arg(folder.path()).output().unwrap();
        let report = whole(&output, words[0], sides, ratios);
        let durability = &report["store"]["durability"];
        assert_eq!(
            (&durability["journal_mode"], &durability["synchronous"]),
            (&"wal".into(), &"FULL".into())
        );
        assert!(positive(&report["machine"]["fsync"]["medianUs"]), "{report:#}");
        assert_eq!(content(folder.path()), before, "{words:?} left something behind");
    }
}

#[test]
fn rents_that_nobody_disturbs_are_all_completed_and_every_event_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let schema = tests::stores::Schema::fresh();
    let mut places = vec![
        vec!["--store".to_owned(), "memory:".to_owned()],
        vec!["--data".to_owned(), folder.path().display().to_string()],
    ];
    places.extend(schema.as_ref().map(|schema| vec!["--store".to_owned(), schema.url().to_owned()]));
    for place in places {
        let output = short(&["rents", "--clients", "3"]).args(&place).output().unwrap();
        let report = whole(&output, "rents", &["rents", "raw"], 1);
        assert_eq!((&report["plan"]["members"], &report["plan"]["books"]), (&3.0.into(), &3.0.into()));
        let (rents, attempts) = (&report["sides"][0], &report["attempts"]);
        let rounds = attempts["rounds"].as_array().unwrap();
        let sum = |name: &str| rounds.iter().map(|round| round[name].as_f64().unwrap()).sum::<f64>();
        assert_eq!((sum("cancelled"), sum("refused")), (0.0, 0.0), "{report:#}");
        // A rent leaves seven events and a return six, and each rent is timed.
        assert_eq!(rents["latency"]["count"].as_f64().unwrap() * 2.0, sum("completed"), "{report:#}");
        assert_eq!(sum("events"), sum("completed") * 6.5, "{report:#}");
        assert_eq!(attempts["eventsEach"], 6.5, "{report:#}");
        let counted: f64 =
            rents["rounds"].as_array().unwrap().iter().map(|round| round["count"].as_f64().unwrap()).sum();
        assert_eq!((rents["unit"].as_str(), counted), (Some("events"), sum("events")), "{report:#}");
        let is_counted = report["store"]["kind"] == "postgres";
        assert_eq!(attempts["transactionsEach"].is_number(), is_counted, "{report:#}");
    }
}

#[test]
fn rents_that_want_one_book_are_cancelled_or_refused_and_said_so() {
    let output = short(&["rents", "--clients", "4", "--books", "1", "--store", "memory:"]).output().unwrap();
    let report = whole(&output, "rents", &["rents", "raw"], 1);
    let rounds = report["attempts"]["rounds"].as_array().unwrap();
    assert!(rounds.iter().all(|round| positive(&round["cancelled"])), "{report:#}");
}

#[test]
fn the_relay_is_measured_beside_a_bare_client_and_its_topics_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let topics = tests::topics::TestTopics::fresh();
    let memory = ["--store", "memory:", "--publisher", "memory"].map(str::to_owned).to_vec();
    let kafka = topics.as_ref().map(TestTopics::settings).map(|settings| {
        let data = folder.path().display().to_string();
        let broker = format!("kafka://{}", settings.brokers);
        (vec!["--data".to_owned(), data, "--publisher".to_owned(), broker], settings.prefix)
    });
    for (place, prefix) in [Some((memory, String::new())), kafka].into_iter().flatten() {
        let mut bench = short(&["relay", "--clients", "3", "--events", "100"]);
        let output = bench.args(&place).env("RENTAL__PUBLISHER__PREFIX", prefix).output().unwrap();
        let report = whole(&output, "relay", &["relay", "raw", "readable", "readable at half"], 1);
        // A visit leaves four events, two of which say something: the book that was entered, and the rent.
        let relayed = report.pointer("/sides/0/rounds").unwrap().as_array().unwrap();
        assert!(relayed.iter().all(|round| round["count"] == 50), "{report:#}");
        assert_eq!(report.pointer("/sides/1/rounds/0/count").unwrap(), 50, "{report:#}");
        assert!(report["broker"]["version"].as_str().is_some_and(|version| !version.is_empty()));
    }
    assert_eq!(topics.map_or(vec![], |topics| topics.names()), Vec::<String>::new());
    assert_eq!(content(folder.path()), Vec::<(String, Vec<u8>)>::new());
}

#[test]
fn a_folder_that_was_missing_is_missing_again() {
    let around = tempfile::tempdir().unwrap();
    let (words, sides, ratios) = WORKLOADS[2];
    let output = short(words).arg("--data").arg(around.path().join("a/b")).output().unwrap();
    whole(&output, words[0], sides, ratios);
    assert_eq!(fs::read_dir(around.path()).unwrap().count(), 0);
}

#[test]
fn a_report_for_people_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--output", "text", "--data"];
    let output = command(&["bench", "append", "--clients", "2", "--streams", "4", "--with-processors"])
        .args(PACE)
        .args(words)
        .arg(folder.path())
        .output()
        .unwrap();
    let (code, log) = ended(&output);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(code, Some(0), "{log}");
    for part in
        ["append = ", " x raw (rounds: ", "with processors", "synchronous=FULL", "fdatasync", "resident"]
    {
        assert!(told.contains(part), "`{part}` is not in:\n{told}");
    }
}

#[test]
fn what_cannot_be_measured_is_refused_as_usage() {
    for (words, said) in [
        (&["append", "--clients", "0"][..], "0 is not in 1..=10000"),
        (&["hot", "--streams", "0"], "0 is not in 1..=1000000"),
        (&["append", "--for", "0s"], "it is more than 0s"),
        (&["append", "--for", "soon"], "write it like 60s"),
        (&["append", "--rounds", "0"], "0 is not in 1..=1000"),
        (&["load", "--events", "1"], "1 is not in 2..=10000000"),
        (&["rents", "--books", "0"], "0 is not in 1..=1000000"),
        (&["rents", "--streams", "5"], "unexpected argument '--streams'"),
        (&["load", "--with-processors"], "unexpected argument '--with-processors'"),
        (&["relay"], "needs a broker, and `publisher` is `local`; add `--publisher kafka://HOST:PORT`"),
        (&["relay", "--clients", "0"], "0 is not in 1..=10000"),
        (&["append", "--store", "mysql://x"], "the scheme `mysql:`, which is not one of a store"),
        (&[], "Usage: rental bench"),
    ] {
        let output = command(&["bench"]).args(words).output().unwrap();
        let (code, log) = ended(&output);
        assert_eq!(code, Some(64), "{words:?}: {log}");
        assert!(log.contains(said), "`{said}` is not said of {words:?} in:\n{log}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_place_that_cannot_be_made_is_refused_as_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for dir in [file.as_path(), &file.join("data"), Path::new("/proc/data")] {
        let output = short(&["append"]).arg("--data").arg(dir).output().unwrap();
        let (code, log) = ended(&output);
        assert_eq!(code, Some(69), "{log}");
        assert!(log.contains("no folder for the bench could be made in"), "{log}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"");
}

#[test]
fn an_interrupted_bench_removes_what_it_had_made() {
    for signal in ["INT", "TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let bench = command(&["bench", "append", "--for", "10m", "--data"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        until("it has a log of its own", || is_working(folder.path()));
        let kill = format!("kill -{signal} {}", bench.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let (code, log) = ended(&bench.wait_with_output().unwrap());
        assert_eq!(code, Some(70), "{log}");
        assert!(log.contains(&format!("SIG{signal} came before everything was measured")), "{log}");
        assert_eq!(content(folder.path()), Vec::<(String, Vec<u8>)>::new());
    }
}

const PACE: [&str; 6] = ["--for", "100ms", "--warm-up", "0s", "--rounds", "2"];

fn short(words: &[&str]) -> Command {
    let mut bench = command(&["bench"]);
    bench.args(words).args(PACE).args(["--output", "json"]);
    bench
}

/// The report, which has every side with figures that can be.
fn whole(output: &Output, workload: &str, sides: &[&str], ratios: usize) -> Value {
    assert_eq!(output.status.code(), Some(0), "{:?}", ended(output));
    let report = document(output);
    assert_eq!(report["workload"], workload);
    assert_eq!(report["plan"]["rounds"], 2.0);
    for place in ["/machine/cores", "/memory/nowKib", "/memory/peakKib"] {
        assert!(positive(report.pointer(place).unwrap()), "{place} in {report:#}");
    }
    let version = report["store"]["version"].as_str().unwrap();
    assert!(!version.is_empty() && report["program"]["version"] == env!("CARGO_PKG_VERSION"));
    let found: Vec<&Value> = report["sides"].as_array().unwrap().iter().collect();
    assert_eq!(found.iter().map(|side| side["name"].as_str().unwrap()).collect::<Vec<_>>(), sides);
    found.into_iter().for_each(side_can_be);
    assert_eq!(report["ratios"].as_array().unwrap().len(), ratios);
    for ratio in report["ratios"].as_array().unwrap() {
        assert!(positive(&ratio["median"]) && ratio["rounds"].as_array().unwrap().len() == 2, "{ratio:#}");
    }
    report
}

fn side_can_be(side: &Value) {
    assert!(positive(&side["perSecond"]), "{side:#}");
    let latency = &side["latency"];
    let quantiles =
        ["p50Us", "p90Us", "p99Us", "p999Us", "maxUs"].map(|name| latency[name].as_f64().unwrap());
    assert!(quantiles.is_sorted() && quantiles[0] > 0.0 && positive(&latency["count"]), "{side:#}");
    let rounds = side["rounds"].as_array().unwrap();
    assert!(rounds.iter().all(|round| positive(&round["count"]) && positive(&round["seconds"])), "{side:#}");
    let counted: f64 = rounds.iter().map(|round| round["count"].as_f64().unwrap()).sum();
    if side["unit"] == "commands" {
        assert_eq!(latency["count"].as_f64(), Some(counted), "each command is timed once: {side:#}");
        assert!(side["batch"].as_f64().unwrap() >= 1.0, "{side:#}");
    }
}

fn positive(number: &Value) -> bool {
    number.as_f64().is_some_and(|number| number > 0.0)
}

/// Names and bytes of all files in a folder.
fn content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = files
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap_or_else(|_| b"a folder".to_vec())))
        .collect();
    all.sort();
    all
}

fn is_working(folder: &Path) -> bool {
    let mut inside = fs::read_dir(folder).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    inside.any(|bench| bench.join("append/rental.db").exists())
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
