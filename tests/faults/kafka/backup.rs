//! A log that is put back to an older state, while topics hold what it has said since.

use std::path::Path;
use std::process::Command;

use super::OverBroker;
use crate::server::{Server, command};
use crate::store::FaultStore;
use crate::visit::Visit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_from_an_older_backup_is_refused_while_topics_hold_what_it_has_lost() {
    let Some(place) = OverBroker::fresh().await else { return };
    let server = place.start(&[]);
    let visit = Visit::of(&server).await;
    let parent = tempfile::tempdir().unwrap();
    let copy = parent.path().join("copy");
    let mut backup = command(&["backup", "--to", copy.to_str().unwrap()]);
    assert!(backup.args(place.files.words()).status().unwrap().success());
    for no in 1..=8 {
        assert_eq!(visit.enters(no).await.status, 201);
    }
    visit.desk.settled().await;
    stopped(server);

    let refused = put_back(&place, &copy).output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(69), "{told}");
    for said in ["of `book`, and this log, which ends at ", "see `A backup over a broker`"] {
        assert!(told.contains(said), "`{said}` is not said in:\n{told}");
    }

    stopped(place.start(&[]));
    let mut all_the_same = put_back(&place, &copy);
    all_the_same.env("RENTAL__PUBLISHER__CHECK_TOPICS", "false");
    stopped(Server::run(all_the_same));
}

/// The same service on a folder that was put back.
fn put_back(place: &OverBroker, folder: &Path) -> Command {
    let [_flag, _folder, publisher @ ..] = &place.words()[..] else { unreachable!("a folder and a broker") };
    let mut start = command(&["--listen", "127.0.0.1:0", "--data", folder.to_str().unwrap()]);
    start.args(publisher).envs(place.variables());
    start
}

fn stopped(server: Server) {
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}
