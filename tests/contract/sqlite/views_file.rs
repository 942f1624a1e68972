//! What the file of the token store does beyond the laws: openings, joined changes, and callers that go away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adapters::sqlite::{Bounds, Folder, SqliteTokenStore};
use application::ports::ProcessorAdmin;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{Commit, ProcessorName, Row, RowKey, Segment, TokenError};
use application::ports::{Clock, TokenStore};
use application::processing::cause_of;
use domain::Date;
use futures::FutureExt;
use futures::future::join_all;
use jiff::Timestamp;
use sqlx::Connection;
use tempfile::TempDir;
use tests::clock::StoppedClock;
use tests::laws::token_store::samples::{CATALOGUE, Worker, book, no, node, state_of, token};

use super::files::connect;

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
    store.register(&CATALOGUE, &Segment::all_at(8, token(0))).await.unwrap();
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

/// When there is no room the database ends the whole transaction, and what comes after would be made by itself.
#[tokio::test]
async fn changes_that_are_joined_with_one_that_has_no_room_are_made_as_answered() {
    for large in [0, 3, 7] {
        let folder = tempfile::tempdir().unwrap();
        open(&folder).await.close().await;
        let pages = std::fs::metadata(folder.path().join("views.db")).unwrap().len() / 4096;
        let bounds = Bounds { pages_max: Some(pages as u32 + 8), ..Bounds::default() };
        let store = open_with(&folder, bounds, stopped()).await;
        store.register(&CATALOGUE, &Segment::all_at(8, token(0))).await.unwrap();
        let live = state_of(&*store, &CATALOGUE).await.live;
        let mut workers = Vec::new();
        for segment in Segment::all(8) {
            workers.push(Worker::at(store.clone(), &CATALOGUE, live, segment).await);
        }

        let commits = workers.iter().enumerate().map(|(at, worker)| {
            let mut commit = worker.next(9);
            // The others consist of one statement.
            if at % 2 == 1 {
                commit.rows = vec![row(at)];
            }
            let too_large = Desired::Paused { by: "me".to_owned(), reason: "x".repeat(400_000) };
            let store = &store;
            async move {
                match at {
                    _ if at == large => store.set_desired(&CATALOGUE, too_large).await,
                    _ => store.commit(worker.claim(), commit).await,
                }
            }
        });
        let outcomes = join_all(commits).await;

        assert!(matches!(outcomes[large], Err(TokenError::Unavailable { .. })), "{:?}", outcomes[large]);
        let state = state_of(&*store, &CATALOGUE).await;
        let rows = store.live_rows(&CATALOGUE, None, 100).await.unwrap();
        for (at, (worker, outcome)) in workers.iter().zip(&outcomes).enumerate() {
            let segment = state.segments.iter().find(|it| it.segment == worker.claim().segment).unwrap();
            let has_row = rows.iter().any(|stored| stored.key() == row(at).0);
            let is_made = outcome.is_ok() && at != large;
            let expected = (is_made, is_made && at % 2 == 1);
            assert_eq!((segment.token == token(9), has_row), expected, "{at} of {large}: {outcome:?}");
        }
        // The next ones find a clean connection.
        for (at, worker) in workers.iter_mut().enumerate().filter(|(at, _)| outcomes[*at].is_err()) {
            worker.commit(Commit { rows: vec![row(at)], ..worker.next(9) }).await.unwrap();
        }
    }
}

/// The same for changes of one statement: each token grows by the id of an event, and together they need another page.
#[tokio::test]
async fn tokens_that_move_together_without_room_for_all_move_as_answered() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    for name in names() {
        store.register(&name, &Segment::all_at(64, token(0))).await.unwrap();
    }
    // Twice, since the numbers 0 and 1 take no room in a row, and any other epoch does.
    for _ in 0..2 {
        for worker in claim_all(&store).await {
            store.release(worker.claim()).await.unwrap();
        }
    }
    drop(claim_all(&store).await);
    store.close().await;
    drop(store);
    // Every page is full then.
    let file = folder.path().join("views.db");
    let mut packing = connect(&file).await;
    sqlx::raw_sql("vacuum").execute(&mut packing).await.unwrap();
    packing.close().await.unwrap();
    let pages = std::fs::metadata(&file).unwrap().len() / 4096;
    let bounds = Bounds { pages_max: Some(pages as u32), ..Bounds::default() };
    let store = open_with(&folder, bounds, stopped()).await;
    let workers = claim_all(&store).await;

    let outcomes = join_all(workers.iter().map(|worker| store.commit(worker.claim(), worker.next(9)))).await;

    assert!(outcomes.iter().any(Result::is_err), "there was room for all of them");
    let states = store.processors().await.unwrap();
    for (worker, outcome) in workers.iter().zip(&outcomes) {
        let state = states.iter().find(|state| state.name == worker.claim().processor).unwrap();
        let segment = state.segments.iter().find(|it| it.segment == worker.claim().segment).unwrap();
        assert_eq!(segment.token == token(9), outcome.is_ok(), "{outcome:?}");
        assert!(matches!(outcome, Ok(()) | Err(TokenError::Unavailable { .. })), "{outcome:?}");
    }
    let told = outcomes.into_iter().find_map(Result::err).map(|error| cause_of(&error)).unwrap();
    assert!(told.contains("there is no room for it"), "{told}");
}

fn names() -> impl Iterator<Item = ProcessorName> {
    (0..4).map(|number| ProcessorName::stored(format!("p-{number}")))
}

async fn claim_all(store: &Arc<SqliteTokenStore>) -> Vec<Worker> {
    let mut workers = Vec::new();
    for name in names() {
        let live = state_of(&**store, &name).await.live;
        for segment in Segment::all(64) {
            workers.push(Worker::at(store.clone(), &name, live, segment).await);
        }
    }
    workers
}

/// What it had begun is undone, and the file can be written to again.
#[tokio::test]
async fn a_panic_in_a_change_leaves_no_transaction_open() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Faulty { inner: stopped(), panics: AtomicBool::new(false) });
    let store = open_with(&folder, Bounds::default(), Arc::<Faulty>::clone(&clock)).await;
    store.register(&CATALOGUE, &Segment::all_at(2, token(0))).await.unwrap();
    let live = state_of(&*store, &CATALOGUE).await.live;
    let [first, second] = Segment::all(2).collect::<Vec<_>>().try_into().unwrap();
    let mut workers = [
        Worker::at(store.clone(), &CATALOGUE, live, first).await,
        Worker::at(store.clone(), &CATALOGUE, live, second).await,
    ];

    clock.panics.store(true, Ordering::SeqCst);
    let commits = workers
        .iter()
        .enumerate()
        .map(|(at, worker)| store.commit(worker.claim(), Commit { rows: vec![row(at)], ..worker.next(9) }));
    let outcomes = join_all(commits).await;
    clock.panics.store(false, Ordering::SeqCst);

    for outcome in outcomes {
        let Err(error) = outcome else { panic!("it panicked") };
        let told = cause_of(&error);
        assert!(told.contains("because of a defect") && !told.contains("out of order"), "{told}");
    }
    assert_eq!(store.live_rows(&CATALOGUE, None, 10).await.unwrap(), []);
    for (at, worker) in workers.iter_mut().enumerate() {
        worker.commit(Commit { rows: vec![row(at)], ..worker.next(9) }).await.unwrap();
    }
}

/// A clock that can be told to panic.
struct Faulty {
    inner: Arc<StoppedClock>,
    panics: AtomicBool,
}

impl Clock for Faulty {
    fn now(&self) -> Timestamp {
        assert!(!self.panics.load(Ordering::SeqCst), "the clock is out of order");
        self.inner.now()
    }

    fn today(&self) -> Date {
        self.inner.today()
    }
}

fn row(at: usize) -> (RowKey, Option<Row>) {
    let row = book(at as i64 + 1, "Joined");
    (RowKey::Catalogue(row.no), Some(Row::Catalogue(row)))
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
    open_with(folder, Bounds::default(), stopped()).await
}

async fn open_with(folder: &TempDir, bounds: Bounds, clock: Arc<dyn Clock>) -> Arc<SqliteTokenStore> {
    let held = Folder::hold(folder.path()).unwrap();
    Arc::new(SqliteTokenStore::open(held, bounds, clock).await.unwrap())
}

fn stopped() -> Arc<StoppedClock> {
    Arc::new(StoppedClock::at_noon_of(Date::constant(2026, 1, 1)))
}
