//! Files without room to grow.

use std::process::Command;

use serde_json::json;

use crate::asking::{Answer, Desk};
use crate::server::Server;
use crate::small_disk::SmallDisk;
use crate::store::{Files, Place, through_a_shell};

/// T12: writes are refused, reads go on, nothing is half there, and it goes on by itself when there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_has_no_room_and_goes_on_when_there_is_some() {
    let Some(disk) = SmallDisk::of(16) else { return };
    let files = Files::within(disk.path());
    let server = files.start(&[]);
    let visit = Visit::of(&server).await;
    disk.blow_up();
    let tried = visit.is_turned_away().await;
    disk.let_out();
    visit.is_served(tried).await;
    visit.finds_all_after_a_restart(tried, server, &files).await;
}

/// T12 where nothing may be mounted: files may not grow beyond a limit, which a full disk looks like but for the error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_may_not_grow_refuse_what_has_no_room_and_go_on_when_they_may() {
    let files = Files::fresh().await.unwrap();
    let server = Server::run(deaf_to_the_limit(&files.command(&[])));
    let visit = Visit::of(&server).await;
    limit(&server, "16384:");
    let tried = visit.is_turned_away().await;
    limit(&server, "unlimited:");
    visit.is_served(tried).await;
    visit.finds_all_after_a_restart(tried, server, &files).await;
}

/// T12, T24: without room for views appends go on, views wait and say so, and they follow when there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_views_holds_up_views_only() {
    let Some(disk) = SmallDisk::of(16) else { return };
    let files = Files::fresh().await.unwrap();
    let tokens = format!("sqlite:{}", disk.path().join("views").display());
    let server = files.start(&["--tokens", &tokens]);
    let visit = Visit::of(&server).await;
    disk.blow_up();
    let mut entered = 0;
    while !is_said(&visit.desk.get("/v1/processors").await.unwrap()) {
        entered += 1;
        assert!(entered < 3_000, "the views never ran out of room");
        assert_eq!(visit.enters(entered).await.status, 201);
    }
    let last = visit.enters(entered + 1).await;
    assert_eq!(last.status, 201, "{}", last.text);
    disk.let_out();
    visit.desk.settled().await;
    let shown = format!("/v1/books?minPosition={}", last.json()["position"]);
    assert_eq!(visit.desk.get(&shown).await.unwrap().status, 200);
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}

/// Whether some processor says why it waits.
fn is_said(processors: &Answer) -> bool {
    let processors = processors.json();
    let mut all = processors["items"].as_array().unwrap().iter();
    all.any(|it| it["waiting"].as_str().unwrap().contains("there is no room for it; free space on the disk"))
}

/// Somebody who enters books, large ones.
struct Visit {
    desk: Desk,
}

impl Visit {
    async fn of(server: &Server) -> Self {
        let visit = Self { desk: Desk::at(&server.address) };
        assert_eq!(visit.enters(0).await.status, 201);
        visit.desk.settled().await;
        visit
    }

    /// Books have the numbers from 1 to this one.
    async fn enters(&self, no: u64) -> Answer {
        let body = json!({"no": no + 1, "title": "T".repeat(200), "description": "D".repeat(2_000)});
        self.desk.post("/v1/books", &format!("enter-{no}"), &body).await.expect("an answer")
    }

    /// Sooner or later, since there is some room in what the files have; reads go on then. Gives the number of the last try.
    async fn is_turned_away(&self) -> u64 {
        let mut refused = 0;
        for no in 1..=3_000 {
            let answer = self.enters(no).await;
            assert!([201, 503].contains(&answer.status), "{}", answer.text);
            refused += u64::from(answer.status == 503);
            assert_eq!(self.desk.get("/v1/books/1").await.unwrap().status, 200);
            if refused == 5 {
                return no;
            }
        }
        panic!("only {refused} of 3000 were refused");
    }

    /// What was refused is taken now, what was taken is known, and more is taken.
    async fn is_served(&self, tried: u64) {
        let mut known = 0;
        for no in 0..=tried + 10 {
            let answer = self.enters(no).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            known += u64::from(answer.replayed);
        }
        assert!(known <= tried + 1 - 5, "{known} of {tried} were known, and five had been refused");
        self.desk.settled().await;
    }

    async fn finds_all_after_a_restart(&self, tried: u64, server: Server, files: &Files) {
        drop(server);
        let server = files.start(&[]);
        let again = Self { desk: Desk::at(&server.address) };
        for no in 0..=tried + 10 {
            let answer = again.enters(no).await;
            assert_eq!((answer.status, answer.replayed), (201, true), "{}", answer.text);
        }
        again.desk.settled().await;
        let report = files.stores().await.report().await;
        assert_eq!((report.violations, report.unjudged), (vec![], vec![]));
        server.signal("TERM");
        assert_eq!(server.ended().0.code(), Some(0));
    }
}

/// The same command, for which writing beyond a limit is an error and no end.
fn deaf_to_the_limit(start: &Command) -> Command {
    through_a_shell(start, "trap '' XFSZ")
}

/// Sets how large the files of a process may become, in bytes; the colon leaves what may be asked for as it is.
fn limit(server: &Server, bytes: &str) {
    let limit = format!("--fsize={bytes}");
    let ran = Command::new("prlimit").args(["--pid", &server.id().to_string(), &limit]).status();
    assert!(ran.unwrap().success());
}
