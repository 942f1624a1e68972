//! Whoever does not keep to the lock, and many who do: readers see every event once, in order.

use std::sync::Arc;
use std::time::Duration;

use application::ports::EventStore;
use application::ports::event_store::{
    AppendOutcome, CommandEvents, NewEvent, Position, StoreError, StreamAppend, Types, Version,
};
use futures::future::join_all;
use tests::laws::event_store::EventStoreUnderTest;
use tests::laws::event_store::samples::{
    append, append_one, event, events_of, part, positions, proposal, proposal_of, stream, versions, whole_log,
};
use tokio::task::JoinHandle;

use super::log::PostgresLog;
use super::schema::{run, until};

/// T6: somebody takes the next position without the lock and stalls. Appends wait for that one, readers see neither,
/// and after it both, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_beside_the_lock_that_commits_late_is_not_passed() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("first"), 0, 1)).await;
    let open = subject.hold_a_write_open_without_the_lock(&proposal(&stream("open"), 0, 1)).await;
    let appended = append_beside(&subject).await;

    assert_eq!(positions(&whole_log(&*subject.store).await), [1]);
    open.commit().await;

    assert_eq!(appended.await.unwrap(), AppendOutcome::Appended { first: Position::new(3) });
    assert_eq!(positions(&whole_log(&*subject.store).await), [1, 2, 3]);
}

/// T7: the same, rolled back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_beside_the_lock_that_rolls_back_leaves_no_gap() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("first"), 0, 1)).await;
    let open = subject.hold_a_write_open_without_the_lock(&proposal(&stream("open"), 0, 1)).await;
    let appended = append_beside(&subject).await;

    open.roll_back().await;

    assert_eq!(appended.await.unwrap(), AppendOutcome::Appended { first: Position::new(2) });
    assert_eq!(positions(&whole_log(&*subject.store).await), [1, 2]);
}

/// The first version of a stream, taken beside the lock, is a conflict like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_taken_beside_the_lock_is_a_conflict() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    let open = subject.hold_a_write_open_without_the_lock(&proposal(&stream("other"), 0, 1)).await;
    let appended = append_beside(&subject).await;

    open.commit().await;

    assert_eq!(appended.await.unwrap(), AppendOutcome::Conflict { actual: Version::new(1) });
}

/// Positions given out by somebody who leaves a hole: what lies beyond it may be passed by what fills it, so it is not
/// shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_beyond_a_missing_position_is_shown_until_it_is_filled() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("first"), 0, 3)).await;
    let mut connection = subject.schema.connect().await;
    run(&mut connection, "begin; update event set position = position + 1 where position = 3; commit").await;

    let page = subject.store.read_log(Position::START, &Types::new(), 10).await.unwrap();
    assert_eq!((positions(&page.events), page.scanned_to), (vec![1, 2], Position::new(2)));
    let missing = subject.store.read_log(page.scanned_to, &Types::new(), 10).await.unwrap_err();
    assert_eq!(missing.missing_position(), Some(Position::new(3)));
    run(&mut connection, "update event set position = 3 where position = 4").await;
    assert_eq!(positions(&whole_log(&*subject.store).await), [1, 2, 3]);
}

/// T9: a transaction that wrote elsewhere first, and is older than another that appends to the same stream before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_wrote_elsewhere_first_appends_in_the_order_of_its_append() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    let mut older = subject.schema.connect().await;
    run(&mut older, "create table elsewhere (x integer); begin; insert into elsewhere values (1)").await;
    append(&*subject.store, proposal(&stream("a"), 0, 1)).await;

    let late = event();
    sqlx::query(include_str!("append_one.sql"))
        .bind(stream("a").as_str())
        .bind(1_i64)
        .bind(late.id.uuid())
        .execute(&mut older)
        .await
        .unwrap();
    assert_eq!(positions(&whole_log(&*subject.store).await), [1]);
    run(&mut older, "commit").await;
    append(&*subject.store, proposal(&stream("a"), 2, 1)).await;

    let stored = events_of(&*subject.store, &stream("a")).await;
    assert_eq!((versions(&stored), positions(&stored)), (vec![1, 2, 3], vec![1, 2, 3]));
    assert_eq!(stored[1].id, late.id);
    assert_eq!(whole_log(&*subject.store).await, stored);
}

/// T2: four are there and five is the most; 32 clients of two nodes try, and exactly one gets through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_two_clients_of_two_nodes_one_gets_the_last_place() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("card"), 0, 4)).await;
    let nodes = [subject.store.clone(), Arc::new(subject.schema.open_log().await.unwrap())];

    let clients = (0..32).map(|client| {
        let node = Arc::clone(&nodes[client % 2]);
        tokio::spawn(async move { append_one(&*node, proposal(&stream("card"), 4, 1)).await })
    });
    let outcomes: Vec<_> = join_all(clients).await.into_iter().map(Result::unwrap).collect();

    let count = |wanted: &AppendOutcome| outcomes.iter().filter(|outcome| *outcome == wanted).count();
    assert_eq!(count(&AppendOutcome::Appended { first: Position::new(5) }), 1, "{outcomes:?}");
    assert_eq!(count(&AppendOutcome::Conflict { actual: Version::new(5) }), 31, "{outcomes:?}");
}

/// Nobody tells a node what another one appends; it looks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_of_another_node_is_noticed() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    let other = subject.schema.open_log().await.unwrap();
    for round in 0..5 {
        let here = subject.store.clone();
        let waiting = tokio::spawn(async move { here.appended(Position::new(round)).await });

        append(&other, proposal(&stream("a"), round, 1)).await;

        let noticed = tokio::time::timeout(Duration::from_secs(10), waiting).await;
        assert!(noticed.is_ok(), "round {round}");
    }
}

/// T8: 10,000 appends that come to nothing, with 200 MB of payload, leave neither gaps nor memory behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_appends_that_come_to_nothing_leave_nothing() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("a"), 0, 1)).await;
    let mut beside = subject.schema.connect().await;
    let before = resident_bytes();

    for _ in 0..100 {
        let stale = (0..99).map(|at| large(&format!("s-{at}"), 7));
        let outcomes = subject.store.append(stale.collect()).await.unwrap();
        assert!(outcomes.iter().all(|outcome| matches!(outcome, AppendOutcome::Conflict { .. })));
        run(&mut beside, include_str!("rolled_back.sql")).await;
    }

    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 100 * 1024 * 1024, "{grown} bytes more");
    append(&*subject.store, proposal(&stream("a"), 1, 1)).await;
    assert_eq!(positions(&whole_log(&*subject.store).await), [1, 2]);
}

fn large(name: &str, expected: u64) -> StreamAppend {
    let payload = vec![b'x'; 20_000].into();
    let events = vec![NewEvent { payload, ..event() }];
    let part = CommandEvents { events, ..part(1) };
    proposal_of(&stream(name), expected, vec![part])
}

/// What this process holds in memory.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Appends one event to the stream that the write held open touches too, and waits until the database has it wait.
async fn append_beside(subject: &PostgresLog) -> JoinHandle<AppendOutcome> {
    let store = subject.store();
    let name = if positions(&whole_log(&*store).await).is_empty() { "other" } else { "beside" };
    let appended = tokio::spawn(async move { append_one(&*store, proposal(&stream(name), 0, 1)).await });
    let mut connection = subject.schema.connect().await;
    until("the append waits", async || {
        let waiting = sqlx::query_scalar(include_str!("waiting.sql")).bind(subject.schema.name());
        waiting.fetch_one(&mut connection).await.unwrap()
    })
    .await;
    appended
}

/// Whoever reads it and cannot go on has to be told where to look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_right_is_named_by_its_position() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("a"), 0, 3)).await;
    let mut connection = subject.schema.connect().await;
    run(&mut connection, "update event set stream = '' where position = 2").await;

    let found = [
        subject.store.read_log(Position::START, &Types::new(), 10).await,
        subject.store.read_log_backward(Position::new(4), 10).await,
    ];

    for found in found {
        let Err(StoreError::Corrupt { source, .. }) = found else { panic!("{found:?}") };
        assert_eq!(source.to_string(), "the event at position 2: `` is no name of a stream");
    }
}

/// Its bytes would be taken for something they are not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_of_another_type_is_refused() {
    let Some(subject) = PostgresLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("a"), 0, 3)).await;
    let mut connection = subject.schema.connect().await;
    run(&mut connection, "alter table event alter column payload type text using encode(payload, 'escape')")
        .await;

    let found = subject.store.read_log_backward(Position::new(4), 10).await;

    let Err(StoreError::Corrupt { source, .. }) = found else { panic!("{found:?}") };
    let said = source.to_string();
    assert!(said.starts_with("the event at position 3: ") && said.contains("TEXT"), "{said}");
}
