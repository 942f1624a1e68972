//! Files without room to grow.

use std::process::Command;

use crate::asking::Answer;
use crate::server::{Server, command};
use crate::small_disk::SmallDisk;
use crate::store::{FaultStore, Files, through_a_shell};
use crate::visit::Visit;

/// T12: writes are refused, reads go on, nothing is half there, and it goes on by itself when there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_has_no_room_and_goes_on_when_there_is_some() {
    let Some(disk) = SmallDisk::of(16) else { return };
    let files = Files::within(disk.path());
    let server = files.start(&[]);
    let visit = Visit::of(&server).await;
    disk.blow_up();
    let tried = visit.is_turned_away().await;
    visit.is_not_ready("store", "there is no room on its disk").await;
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
    visit.is_not_ready("store", "its disk fails").await;
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
    visit.is_not_ready("tokens", "there is no room on its disk").await;
    let last = visit.enters(entered + 1).await;
    assert_eq!(last.status, 201, "{}", last.text);
    disk.let_out();
    visit.desk.settled().await;
    let shown = format!("/v1/books?minPosition={}", last.json()["position"]);
    assert_eq!(visit.desk.get(&shown).await.unwrap().status, 200);
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}

/// What stands beside a file has no room either, for which the database has another word.
#[tokio::test]
async fn a_start_on_a_full_disk_and_a_copy_to_one_say_that_there_is_no_room_and_where() {
    let Some(disk) = SmallDisk::of(2) else { return };
    let files = Files::within(disk.path());
    let elsewhere = Files::fresh().await.unwrap();
    for files in [&files, &elsewhere] {
        let server = files.start(&[]);
        server.signal("TERM");
        assert_eq!(server.ended().0.code(), Some(0));
    }
    disk.blow_up();

    is_told(files.command(&[]), &["there is no room for `", "rental.db`"]);

    let to = disk.path().join("copy");
    let mut backup = command(&["backup", "--to", to.to_str().unwrap()]);
    backup.args(elsewhere.words());
    is_told(backup, &["there is no room for it", &disk.path().display().to_string()]);
}

fn is_told(mut start: Command, said: &[&str]) {
    let output = start.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{told}");
    assert!(said.iter().all(|said| told.contains(said)), "{said:?} is not said in:\n{told}");
}

/// Whether some processor says why it waits.
fn is_said(processors: &Answer) -> bool {
    let processors = processors.json();
    let mut all = processors["items"].as_array().unwrap().iter();
    all.any(|it| it["waiting"].as_str().unwrap().contains("there is no room for it; free space on the disk"))
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
