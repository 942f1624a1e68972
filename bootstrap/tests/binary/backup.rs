//! Copies of a folder that is in use, and what is started from them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::command::{document, ended};
use crate::server::Server;
use crate::stores::{at, caught_up, names, register, stop, tamper, used};

/// How many write at once while copies are made.
const WRITERS: i64 = 8;

/// Members, cards, books and rents, as fast as they come, until it is dropped.
struct Load {
    /// The last book of each writer that was acknowledged.
    acknowledged: Arc<Vec<AtomicI64>>,
    _writing: JoinSet<()>,
}

impl Load {
    fn on(server: &Server) -> Self {
        let acknowledged: Arc<Vec<_>> = Arc::new((0..WRITERS).map(|_| AtomicI64::new(0)).collect());
        let mut writing = JoinSet::new();
        for writer in 0..WRITERS {
            writing.spawn(write(server.url(""), writer, Arc::clone(&acknowledged)));
        }
        Self { acknowledged, _writing: writing }
    }

    /// Books that are on the disk for certain.
    fn kept(&self) -> Vec<i64> {
        self.acknowledged.iter().map(|last| last.load(Ordering::SeqCst)).filter(|last| *last > 0).collect()
    }
}

async fn write(url: String, writer: i64, acknowledged: Arc<Vec<AtomicI64>>) {
    let (client, member) = (Client::new(), format!("writer-{writer}"));
    let post = async |path: String, body: Value| {
        client
            .post(format!("{url}{path}"))
            .json(&body)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
    };
    assert!(post("/v1/members".to_owned(), json!({"id": member, "name": "Somebody"})).await);
    assert!(post("/v1/rental-cards".to_owned(), json!({"memberId": member})).await);
    for turn in 0.. {
        let no = 1 + writer + WRITERS * turn;
        let book = json!({"no": no, "title": format!("Title {no}"), "available": true});
        if !post("/v1/books".to_owned(), book).await {
            return;
        }
        acknowledged[writer as usize].store(no, Ordering::SeqCst);
        if turn < 4 {
            post(format!("/v1/rental-cards/{member}/rent"), json!({"bookNo": no})).await;
        }
    }
}

/// T120.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_folder_that_is_written_is_whole_and_can_be_started_from_at_once() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start_in(folder.path(), &[]);
    let load = Load::on(&server);
    for name in ["one", "two", "three"] {
        while load.kept().len() < WRITERS as usize {
            tokio::task::yield_now().await;
        }
        let (kept, copy) = (load.kept(), copies.path().join(name));
        let report = backed_up(folder.path(), copy.clone()).await;

        assert_eq!((&report["ofAnotherLog"], &report["processors"]), (&json!([]), &json!(9)), "{report:#}");
        let second = Server::start_in(&copy, &[]);
        let ready = reqwest::get(second.url("/readyz")).await.unwrap();
        assert_eq!(ready.status().as_u16(), 200, "{}", ready.text().await.unwrap());
        for no in kept {
            let book = reqwest::get(second.url(&format!("/v1/books/{no}"))).await.unwrap();
            assert!(book.status().is_success(), "book {no} was acknowledged before the copy was begun");
        }
        caught_up(&second).await;
        assert_eq!(register(&second, "jenny").await.status().as_u16(), 201);
        stop(second);
        let report = document(&at(&copy, &["verify", "--output", "json"]));
        assert_eq!(report["violations"], json!([]), "{report:#}");
    }
    drop(load);
    stop(server);
    let report = document(&at(folder.path(), &["verify", "--output", "json"]));
    assert_eq!(report["violations"], json!([]), "{report:#}");
}

async fn backed_up(folder: &Path, to: std::path::PathBuf) -> Value {
    let folder = folder.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        at(&folder, &["backup", "--output", "json", "--to", to.to_str().unwrap()])
    });
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    document(&output)
}

#[test]
fn a_copy_takes_the_place_of_an_empty_folder_and_is_for_its_user_alone() {
    let (folder, around) = (used(), tempfile::tempdir().unwrap());
    let copy = around.path().join("copy");
    fs::create_dir(&copy).unwrap();

    let output = at(folder.path(), &["backup", "--to", copy.to_str().unwrap()]);

    assert_eq!(output.status.code(), Some(0), "{:?}", ended(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("9 processors at most 0 behind") && said.contains(copy.to_str().unwrap()),
        "{said}"
    );
    assert_eq!(names(around.path()), ["copy"], "nothing is left beside it");
    assert_eq!(names(&copy), ["rental.db", "views.db"]);
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        [rights(&copy), rights(&copy.join("rental.db")), rights(&copy.join("views.db"))],
        [0o700, 0o600, 0o600]
    );
    let events = |folder: &Path| at(folder, &["events", "export", "--to", "-"]).stdout;
    assert!(events(&copy) == events(folder.path()), "the log is another one");
}

#[test]
fn what_cannot_be_copied_is_said_with_what_to_do_instead_and_leaves_nothing() {
    let around = tempfile::tempdir().unwrap();
    let copy = around.path().join("copy");
    let to = ["backup", "--to", copy.to_str().unwrap()];
    let server = "postgres://keeper:swordfish@127.0.0.1:9/library";
    for (more, code, said) in [
        (&["--store", "memory:"][..], 64, "in memory"),
        (&["--store", server], 64, "`pg_dump`"),
        (&["--tokens", server], 64, "what `tokens` names is schema `rental` of"),
        (&[], 69, "cannot be used"),
    ] {
        let (found, told) = ended(&at(&around.path().join("nowhere"), &[&to[..], more].concat()));
        assert!(found == Some(code) && told.contains(said), "{found:?} {told}");
        assert!(!told.contains("swordfish"), "{told}");
        assert_eq!(names(around.path()), [""; 0]);
    }
    let folder = used();
    fs::create_dir(&copy).unwrap();
    fs::write(copy.join("mine"), "mine").unwrap();
    let (code, told) = ended(&at(folder.path(), &to));
    assert!(code == Some(64) && told.contains("holds something already"), "{told}");
    assert_eq!((names(&copy), names(around.path())), (vec!["mine".to_owned()], vec!["copy".to_owned()]));
    for (to, said) in
        [("/proc/nowhere/copy", "make the folder"), (env!("CARGO_BIN_EXE_rental"), "a file stands")]
    {
        let (code, told) = ended(&at(folder.path(), &["backup", "--to", to]));
        assert!(code == Some(69) && told.contains(to) && told.contains(said), "{told}");
    }
}

/// What does not belong together is not mended by being copied, and not kept back either.
#[tokio::test]
async fn a_copy_of_views_of_another_log_is_made_and_said() {
    let (folder, around) = (used(), tempfile::tempdir().unwrap());
    tamper(&folder.path().join("views.db"), "update segment set token_event = randomblob(16)").await;
    let copy = around.path().join("copy");
    let output = at(folder.path(), &["backup", "--to", copy.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{:?}", ended(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("catalogue") && said.contains("`rental rebuild-views`"), "{said}");
    assert_eq!(at(&copy, &["rebuild-views"]).status.code(), Some(0));
}
