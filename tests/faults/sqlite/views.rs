//! Views that are built again from the log, and killed while they are.

use std::fs;
use std::path::Path;

use application::ports::event_store::Version;
use serde_json::json;

use crate::asking::{Answer, Desk};
use crate::raw_rows::{append_all, event, proposal};
use crate::server::Server;
use crate::store::{FaultStore, Files};

const BOOKS: u64 = 8_000;

/// T70, T72: what was built is not built again, and at the end it is what the log says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_views_that_are_killed_while_they_are_built_go_on_from_there() {
    let files = Files::fresh().await.unwrap();
    written(&files).await;
    let (mut reached, mut cut_off) = (0, 0);
    for quarter in 1..=3 {
        let server = files.start(&[]);
        let (first, last) = built(&Desk::at(&server.address), BOOKS * quarter / 4).await;
        assert!(first >= reached, "begun again: at {first} after {reached}");
        reached = last;
        cut_off += u64::from(last < BOOKS);
        drop(server); // which kills it
    }
    assert!(cut_off > 0, "all were built before the first kill");
    let server = files.start(&[]);
    let desk = Desk::at(&server.address);
    desk.settled().await;
    let report = files.stores().await.judged().await;
    assert_eq!((report.violations, report.unjudged), (vec![], vec![]));
    goes_down(server);
}

/// A log with many books, and no views.
async fn written(files: &Files) {
    drop(files.start(&[]));
    let stores = files.stores_to_write().await;
    let entered = |no: u64| {
        let payload = json!({"details": {"no": no, "title": format!("Title {no}")}}).to_string();
        let event = event("book.book-entered", 1, payload, &json!({"book": format!("book:{no}")}));
        proposal(&format!("book-{no}"), Version::START, vec![event])
    };
    for piece in 0..BOOKS / 500 {
        append_all(&*stores.log, (1..=500).map(|no| entered(piece * 500 + no)).collect()).await;
    }
    stores.let_go().await;
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        remove(&files.path().join(file));
    }
}

/// Where the catalogue stood at first, and where it stands as soon as it is that far.
async fn built(desk: &Desk, far: u64) -> (u64, u64) {
    let place = |answer: &Answer| answer.json()["position"].as_u64();
    let first = desk.until("/v1/processors/catalogue", |answer| place(answer).is_some()).await;
    let last = desk.until("/v1/processors/catalogue", |answer| place(answer) >= Some(far)).await;
    (place(&first).unwrap(), place(&last).unwrap())
}

fn remove(file: &Path) {
    // The journals are there only while there is something in them.
    let _ = fs::remove_file(file);
}

fn goes_down(server: Server) {
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}
