//! Somebody who reads the file for long: nobody waits for them, and what gathers meanwhile is seen.

use std::path::Path;
use std::time::Duration;

use adapters::http::{self, PrometheusHandle};
use application::ports::EventStore;
use application::ports::event_store::{CommandEvents, NewEvent, StreamAppend};
use bytes::Bytes;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tests::laws::event_store::samples::{append, command, event, proposal, proposal_of, stream};
use tokio::time::{Instant, interval, timeout};

use super::files::{folder, open_log};

/// The most that a condition is waited for.
const LIMIT: Duration = Duration::from_secs(30);
/// Far less than a statement waits for a lock.
const SOON: Duration = Duration::from_secs(3);

/// T114.
#[tokio::test]
async fn a_reader_that_stays_holds_up_no_writer_and_what_gathers_is_counted_and_goes_with_it() {
    let (handle, _guard) = numbers();
    let folder = folder();
    let store = open_log(folder.path()).await.unwrap();
    append(&store, proposal(&stream("a"), 0, 1)).await;
    let file = folder.path().join("rental.db");
    let reader = reading(&file).await;
    for round in 0..50 {
        append(&store, large(round)).await;
    }
    until("the pages are counted", || pages(&handle).is_some_and(|pages| pages > 8_192)).await;

    // In each second a checkpoint is tried, and each of these has to get its answer meanwhile.
    let begun = Instant::now();
    let mut version = 1;
    while begun.elapsed() < Duration::from_secs(4) {
        let answered = timeout(SOON, append(&store, proposal(&stream("a"), version, 1))).await;
        assert!(answered.is_ok(), "append {version} waited for a reader");
        version += 1;
    }

    reader.close().await.unwrap();
    let wal = folder.path().join("rental.db-wal");
    until("what had gathered is gone", || {
        pages(&handle) == Some(0) && std::fs::metadata(&wal).unwrap().len() == 0
    })
    .await;
    assert_eq!(store.head().await.unwrap().position.value(), version + 50);
}

/// About a megabyte on a stream of its own.
fn large(round: u64) -> StreamAppend {
    let event = NewEvent { payload: Bytes::from(vec![b' '; 1_000_000]), ..event() };
    proposal_of(
        &stream(&format!("large-{round}")),
        0,
        vec![CommandEvents { command: command(), events: vec![event] }],
    )
}

async fn reading(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut reader = options.connect().await.unwrap();
    for sql in ["begin", "select count(*) from event"] {
        sqlx::raw_sql(sql).execute(&mut reader).await.unwrap();
    }
    reader
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let mut ticks = interval(Duration::from_millis(10));
    let waited = timeout(LIMIT, async {
        while !holds() {
            ticks.tick().await;
        }
    });
    assert!(waited.await.is_ok(), "{what} within {LIMIT:?}");
}

/// The numbers of everything that runs on this thread.
fn numbers() -> (PrometheusHandle, metrics::LocalRecorderGuard<'static>) {
    let recorder = Box::leak(Box::new(http::recorder().unwrap()));
    (recorder.handle(), metrics::set_default_local_recorder(recorder))
}

fn pages(handle: &PrometheusHandle) -> Option<u64> {
    let named = "rental_sqlite_wal_pages{file=\"rental.db\"} ";
    handle.render().lines().find_map(|line| line.strip_prefix(named)).map(|pages| pages.parse().unwrap())
}
