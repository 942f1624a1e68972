//! The event log in a file.

use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, SqliteEventStore};
use application::ports::EventStore;
use application::ports::event_store::{
    AppendOutcome, CommandEvents, NewEvent, Position, StoreError, StreamAppend,
};
use async_trait::async_trait;
use bytes::Bytes;
use sqlx::SqliteConnection;
use tempfile::TempDir;
use tests::laws::event_store::samples::{
    append, append_one, command, event, positions, proposal, proposal_of, stream, whole_log,
};
use tests::laws::event_store::{Durability, EventStoreUnderTest, OpenWrite};
use tokio::sync::Mutex;

use super::files::{connect, copy_as_killed, folder, open_in, open_log};

tests::event_store_laws!(SqliteLog);

struct SqliteLog {
    store: Arc<SqliteEventStore>,
    folder: TempDir,
    /// Folders of stores that were reopened.
    copies: Mutex<Vec<TempDir>>,
}

#[async_trait]
impl EventStoreUnderTest for SqliteLog {
    async fn fresh() -> Option<Self> {
        let folder = folder();
        let store = Arc::new(open_log(folder.path()).await.unwrap());
        Some(Self { store, folder, copies: Mutex::default() })
    }

    fn store(&self) -> Arc<dyn EventStore> {
        self.store.clone()
    }

    async fn hold_a_write_open(&self, proposal: StreamAppend) -> Option<Box<dyn OpenWrite>> {
        let mut connection = connect(&self.folder.path().join("rental.db")).await;
        run(&mut connection, "begin immediate").await;
        let event = &proposal.parts[0].events[0];
        sqlx::query(include_str!("insert_event.sql"))
            .bind(proposal.stream.as_str().to_owned())
            .bind(event.id.uuid().as_bytes().to_vec())
            .execute(&mut connection)
            .await
            .unwrap();
        Some(Box::new(HeldOpen(connection)))
    }

    async fn take_away(&self, position: Position) -> bool {
        let mut connection = connect(&self.folder.path().join("rental.db")).await;
        let taken = sqlx::query("delete from event where position = ?1").bind(position.value().cast_signed());
        taken.execute(&mut connection).await.unwrap().rows_affected() == 1
    }

    async fn take_one_that_passed(&self) -> bool {
        let mut connection = connect(&self.folder.path().join("rental.db")).await;
        run(&mut connection, "create unique index only_once on event (type) where type = 'law.passed'").await;
        true
    }

    fn durability(&self) -> Durability {
        Durability::Acknowledged
    }

    async fn reopen_after_kill(&self) -> Option<Arc<dyn EventStore>> {
        let copy = copy_as_killed(self.folder.path());
        let store = open_log(copy.path()).await.unwrap();
        self.copies.lock().await.push(copy);
        Some(Arc::new(store))
    }
}

struct HeldOpen(SqliteConnection);

#[async_trait]
impl OpenWrite for HeldOpen {
    async fn commit(mut self: Box<Self>) {
        run(&mut self.0, "commit").await;
    }

    async fn roll_back(mut self: Box<Self>) {
        run(&mut self.0, "rollback").await;
    }
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// T12: what does not fit is refused whole, reads go on, and what fits is stored again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_an_append_and_nothing_else() {
    let folder = folder();
    let bounds = Bounds { pages_max: Some(60), ..Bounds::default() };
    let store = open_in(Folder::hold(folder.path()).unwrap(), bounds).await.unwrap();
    append(&store, proposal(&stream("a"), 0, 1)).await;

    for _ in 0..3 {
        let refusal = store.append(vec![large(), proposal(&stream("b"), 0, 1)]).await;

        assert!(matches!(refusal, Err(StoreError::Unavailable { .. })), "{refusal:?}");
        assert_eq!(positions(&whole_log(&store).await), [1]);
    }
    assert_eq!(append(&store, proposal(&stream("b"), 0, 1)).await, Position::new(2));
}

/// T32.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_reader_is_enough_for_fifty_callers() {
    let folder = folder();
    let bounds = Bounds { readers: 1, ..Bounds::default() };
    let store = Arc::new(open_in(Folder::hold(folder.path()).unwrap(), bounds).await.unwrap());

    let callers = (0..50).map(|caller| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            append(&*store, proposal(&stream(&format!("caller-{caller}")), 0, 1)).await;
            whole_log(&*store).await.len()
        })
    });
    let seen = futures::future::join_all(callers).await;

    assert!(seen.into_iter().all(|seen| (1..=50).contains(&seen.unwrap())));
    assert_eq!(positions(&whole_log(&*store).await), (1..=50).collect::<Vec<_>>());
}

/// A call may hold bytes of any kind and be larger than one statement takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_and_other_bytes_stand_side_by_side_in_one_call() {
    let folder = folder();
    let store = open_log(folder.path()).await.unwrap();
    let payloads: Vec<Bytes> =
        (0..24u8).map(|i| vec![if i % 3 == 0 { 0xff } else { b'x' }; 400_000].into()).collect();
    let events = payloads.iter().map(|payload| NewEvent { payload: payload.clone(), ..event() }).collect();
    let parts = vec![CommandEvents { command: command(), events }];

    append(&store, proposal_of(&stream("mixed"), 0, parts)).await;

    let stored: Vec<_> = whole_log(&store).await.into_iter().map(|event| event.payload).collect();
    assert!(stored == payloads, "payloads came back in another order or form");
}

/// What another process left half done is not there, and appending goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_dies_within_its_transaction_leaves_nothing() {
    let subject = SqliteLog::fresh().await.unwrap();
    append(&*subject.store, proposal(&stream("a"), 0, 1)).await;
    let open = subject.hold_a_write_open(proposal(&stream("b"), 0, 1)).await.unwrap();

    drop(open);

    let next = append_one(&*subject.store, proposal(&stream("b"), 0, 1)).await;
    assert_eq!(next, AppendOutcome::Appended { first: Position::new(2) });
}

fn large() -> StreamAppend {
    let payload = vec![b'x'; 900_000].into();
    let part = CommandEvents { command: command(), events: vec![NewEvent { payload, ..event() }] };
    proposal_of(&stream("large"), 0, vec![part])
}
