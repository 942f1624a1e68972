//! What the file of the token side does beyond the laws: openings, joined changes, and callers that go away.

use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, SqliteTokenStore};
use application::ports::TokenStore;
use application::ports::token_store::{Row, RowKey, Segment, TokenError};
use domain::Date;
use futures::FutureExt;
use futures::future::join_all;
use tempfile::TempDir;
use tests::clock::StoppedClock;
use tests::laws::token_store::samples::{CATALOGUE, Worker, book, no, node, state_of, token};

/// Whoever had the folder before lives no more, although its claim has not run out.
#[tokio::test]
async fn an_opened_file_keeps_tokens_and_rows_and_ends_all_claims() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let mut before = Worker::on(store.clone()).await;
    before.put(5, [Row::Catalogue(book(1, "Kept"))]).await;
    store.close().await;
    drop((before, store));

    let store = open(&folder).await;

    let state = state_of(&*store, &CATALOGUE).await;
    assert_eq!((state.segments[0].owner, state.segments[0].token), (None, token(5)));
    let mut after = Worker::at(store, &CATALOGUE, state.live, Segment::WHOLE).await;
    assert_eq!(after.row(RowKey::Catalogue(no(1))).await, Some(Row::Catalogue(book(1, "Kept"))));
    after.move_to(6).await;
}

/// Processors begin anew; the log is not touched.
#[tokio::test]
async fn a_lost_file_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    Worker::on(store.clone()).await.move_to(5).await;
    store.close().await;
    drop(store);
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        std::fs::remove_file(folder.path().join(file)).unwrap_or_default();
    }

    assert_eq!(open(&folder).await.processors().await.unwrap(), []);
}

/// Commits that wait share a transaction, and one that is refused takes nothing from the others.
#[tokio::test]
async fn a_refused_commit_leaves_those_it_was_joined_with_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.register(&CATALOGUE, 8, token(0)).await.unwrap();
    let live = state_of(&*store, &CATALOGUE).await.live;
    let mut workers = Vec::new();
    for segment in Segment::all(8) {
        workers.push(Worker::at(store.clone(), &CATALOGUE, live, segment).await);
    }

    let commits = workers.iter().enumerate().map(|(at, worker)| {
        let mut commit = worker.next(9);
        let row = book(at as i64 + 1, "Joined");
        commit.rows = vec![(RowKey::Catalogue(row.no), Some(Row::Catalogue(row)))];
        if at % 2 == 1 {
            // Found out after other rows of the same commit could have been written.
            commit.rows.push((RowKey::Catalogue(no(100)), Some(Row::Catalogue(book(101, "Misplaced")))));
        }
        store.commit(worker.claim(), commit)
    });
    let outcomes = join_all(commits).await;

    for (at, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.is_ok(), at % 2 == 0, "{at}: {outcome:?}");
    }
    let kept = store.live_rows(&CATALOGUE, None, 100).await.unwrap();
    let kept: Vec<_> = kept.iter().map(Row::key).collect();
    assert_eq!(kept, [1, 3, 5, 7].map(|number| RowKey::Catalogue(no(number))));
}

/// T26: a commit whose caller goes away is made as a whole or not at all, and the next one finds a clean connection.
#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let worker = Worker::on(store.clone()).await;
    for position in 1..=50 {
        let mut commit = worker.next(position);
        commit.rows = vec![(RowKey::Catalogue(no(1)), Some(Row::Catalogue(book(1, &position.to_string()))))];
        let mut left = store.commit(worker.claim(), commit);
        assert!(left.as_mut().now_or_never().is_none(), "it has to wait for the file");
        drop(left);
        drop(store.processors());
    }

    let reached = store.progress(&CATALOGUE).await.unwrap().unwrap().value();
    let rows = store.live_rows(&CATALOGUE, None, 10).await.unwrap();
    assert_eq!(rows.len() as u64, reached.min(1));
    store.leave(node()).await.unwrap();
}

/// With a clear refusal, not by waiting for ever.
#[tokio::test]
async fn a_closed_store_refuses_changes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.close().await;

    let refusal = store.leave(node()).await;
    assert!(matches!(refusal, Err(TokenError::Unavailable { .. })), "{refusal:?}");
}

async fn open(folder: &TempDir) -> Arc<SqliteTokenStore> {
    let clock = Arc::new(StoppedClock::at_noon_of(Date::constant(2026, 1, 1)));
    let held = Folder::hold(folder.path()).unwrap();
    Arc::new(SqliteTokenStore::open(held, Bounds::default(), clock).await.unwrap())
}
