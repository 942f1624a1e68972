//! Whoever does not move the end of the log, and many who do: readers see every event once, in order.

use std::sync::Arc;

use application::ports::EventStore;
use application::ports::event_store::{
    AppendOutcome, CommandEvents, LogId, NewEvent, Position, StoreError, Types, Version,
};
use futures::future::join_all;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, doc};
use tests::laws::event_store::EventStoreUnderTest;
use tests::laws::event_store::samples::{
    append, append_one, command, event, events_of, positions, proposal, proposal_of, stream, versions,
    whole_log,
};

use super::log::MongoLog;

/// Positions given out by somebody who leaves a hole: what lies beyond it may be passed by what fills it, so it is not
/// shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_beyond_a_missing_position_is_shown_until_it_is_filled() {
    let Some(subject) = MongoLog::fresh().await else { return };
    for version in 0..3 {
        append(&*subject.store, proposal(&stream("first"), version, 1)).await;
    }
    let commits = subject.documents.database().await.collection::<Document>("commit");
    let third = commits.find_one_and_delete(doc! { "pos": 3_i64 }).await.unwrap().unwrap();

    let page = subject.store.read_log(Position::START, &Types::new(), 10).await.unwrap();
    assert_eq!((positions(&page.events), page.scanned_to), (vec![1, 2], Position::new(2)));
    let missing = subject.store.read_log(page.scanned_to, &Types::new(), 10).await.unwrap_err();
    assert_eq!(missing.missing_position(), Some(Position::new(3)));
    commits.insert_one(third).await.unwrap();
    assert_eq!(positions(&whole_log(&*subject.store).await), [1, 2, 3]);
}

/// A writer beside the end takes a position; the transaction of the append meets it, and is done when that one is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_beside_the_end_that_rolls_back_leaves_no_gap() {
    let Some(subject) = MongoLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("first"), 0, 1)).await;
    let open = subject.hold_a_write_open_beside_the_end(&proposal(&stream("open"), 0, 1)).await;
    let store = Arc::clone(&subject.store);
    let appended = tokio::spawn(async move { append_one(&*store, proposal(&stream("beside"), 0, 1)).await });
    assert_eq!(positions(&whole_log(&*subject.store).await), [1]);

    open.roll_back().await;

    assert_eq!(appended.await.unwrap(), AppendOutcome::Appended { first: Position::new(2) });
    assert_eq!(positions(&whole_log(&*subject.store).await), [1, 2]);
}

/// One that commits has broken what the log rests on, which is said and not passed over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_taken_beside_the_end_is_told() {
    let Some(subject) = MongoLog::fresh().await else { return };
    subject.hold_a_write_open_beside_the_end(&proposal(&stream("open"), 0, 1)).await.commit().await;

    let refused = subject.store.append(vec![proposal(&stream("a"), 0, 1)]).await;

    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}

/// T2: four are there and five is the most; 32 clients of two nodes try, and exactly one gets through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_two_clients_of_two_nodes_one_gets_the_last_place() {
    let Some(subject) = MongoLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("card"), 0, 4)).await;
    let nodes = [subject.store.clone(), Arc::new(subject.documents.open_log().await.unwrap())];

    let clients = (0..32).map(|client| {
        let node = Arc::clone(&nodes[client % 2]);
        tokio::spawn(async move { append_one(&*node, proposal(&stream("card"), 4, 1)).await })
    });
    let outcomes: Vec<_> = join_all(clients).await.into_iter().map(Result::unwrap).collect();

    let count = |wanted: &AppendOutcome| outcomes.iter().filter(|outcome| *outcome == wanted).count();
    assert_eq!(count(&AppendOutcome::Appended { first: Position::new(5) }), 1, "{outcomes:?}");
    assert_eq!(count(&AppendOutcome::Conflict { actual: Version::new(5) }), 31, "{outcomes:?}");
}

/// A document may have 16 MiB; what belongs together is stored together all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proposal_larger_than_a_document_is_stored_whole_and_its_commands_are_found() {
    let Some(subject) = MongoLog::fresh().await else { return };
    let mebibyte = vec![b'x'; 1024 * 1023];
    let large = || {
        let mut event = event();
        event.payload = mebibyte.clone().into();
        event
    };
    let part_of = |event: NewEvent| CommandEvents { command: command(), events: vec![event] };
    let parts: Vec<_> = (0..13).map(|_| part_of(large())).chain([part_of(event())]).collect();
    let commands: Vec<_> = parts.iter().map(|part| part.command).collect();

    let first = append(&*subject.store, proposal_of(&stream("large"), 0, parts)).await;

    assert_eq!(first, Position::new(1));
    let commits = subject.documents.database().await.collection::<Document>("commit");
    assert_eq!(commits.count_documents(doc! {}).await.unwrap(), 2);
    assert_eq!(versions(&events_of(&*subject.store, &stream("large")).await), (1..=14).collect::<Vec<_>>());
    let found = subject.store.outcomes_of(&commands).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|done| done.unwrap().position.value()).collect();
    assert_eq!(found, (1..=14).collect::<Vec<_>>());
}

/// Names with what means something to the server stand for themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_whose_name_looks_like_a_field_is_a_stream() {
    let Some(subject) = MongoLog::fresh().await else { return };
    for name in ["$e.s", "$$NOW", "a.b$c", "{\"$gt\":\"\"}"] {
        let stream = application::ports::event_store::StreamName::parse(name).unwrap();
        append(&*subject.store, proposal(&stream, 0, 2)).await;
        assert_eq!(
            append_one(&*subject.store, proposal(&stream, 0, 1)).await,
            AppendOutcome::Conflict { actual: Version::new(2) }
        );
        assert_eq!(versions(&events_of(&*subject.store, &stream).await), [1, 2], "{name}");
    }
}

/// What is answered names the log that is there, not the one that was when the node started.
#[tokio::test]
async fn a_log_that_is_exchanged_under_a_node_is_named_as_it_is() {
    let Some(subject) = MongoLog::fresh().await else { return };
    append(&*subject.store, proposal(&stream("a"), 0, 2)).await;
    let other = LogId::new(uuid::Uuid::from_u128(77));
    let id = Binary { subtype: BinarySubtype::Uuid, bytes: other.uuid().as_bytes().to_vec() };
    let logs = subject.documents.database().await.collection::<Document>("log");
    logs.update_one(doc! { "_id": "log" }, doc! { "$set": { "id": id } }).await.unwrap();

    let head = subject.store.head().await.unwrap();
    let page = subject.store.read_log(Position::START, &Types::new(), 10).await.unwrap();
    let backward = subject.store.read_log_backward(Position::new(3), 10).await.unwrap();

    assert_eq!([head.log, page.log, backward.log], [other; 3]);
}
