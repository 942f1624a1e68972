//! What the server does for the questions of the hot path, by its own count: it goes by indexes, looks at few more
//! documents than it answers, and is asked as seldom as can be.

use application::ports::EventStore;
use application::ports::event_store::{LoadFrom, Position, Snapshot, Types, Version};
use mongodb::bson::{Document, doc};
use tests::laws::event_store::samples::{append, command, event, events_of, proposal, stream};
use tests::stores::Documents;

/// The commands that came in over the connections of a test, without what drivers ask for themselves.
async fn commands(documents: &Documents) -> Vec<Document> {
    let profile = documents.database().await.collection::<Document>("system.profile");
    let ours = doc! { "appName": documents.name(), "ns": { "$not": { "$regex": "system.profile$" } } };
    let mut cursor = profile.find(ours).sort(doc! { "ts": 1 }).await.unwrap();
    let mut commands = Vec::new();
    while cursor.advance().await.unwrap() {
        commands.push(cursor.deserialize_current().unwrap());
    }
    commands
}

async fn profiled(documents: &Documents, level: i32) {
    documents.database().await.run_command(doc! { "profile": level }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_walks_through_the_log() {
    let Some(documents) = Documents::fresh() else { return };
    let store = documents.open_log().await.unwrap();
    let known = proposal(&stream("plan"), 0, 20);
    append(&store, known.clone()).await;
    for round in 0..40 {
        let all = (0..50).map(|at| proposal(&stream(&format!("{round}-{at}")), 0, 2)).collect();
        store.append(all).await.unwrap();
    }
    // Nearly all others come behind the stream `10-10`: whoever looks for its end among all of them walks through them.
    let at = events_of(&store, &stream("plan")).await.remove(9);
    let log = store.head().await.unwrap().log;
    profiled(&documents, 2).await;

    let snapshot = Snapshot {
        version: Version::new(10),
        position: at.position,
        event: at.id,
        log,
        schema: 1,
        state: "{}".into(),
    };
    store.save_snapshot(&stream("plan"), snapshot).await.unwrap();
    store
        .append(vec![known.clone(), proposal(&stream("plan"), 3, 1), proposal(&stream("10-10"), 2, 1)])
        .await
        .unwrap();
    assert_eq!(store.load(&stream("plan"), LoadFrom::Snapshot, 5).await.unwrap().events.len(), 5);
    store.load(&stream("10-10"), LoadFrom::Version(Version::new(2)), 5).await.unwrap();
    store.read_log(Position::new(2_000), &Types::new(), 100).await.unwrap();
    store.read_log_backward(Position::new(2_000), 10).await.unwrap();
    store.outcomes_of(&[known.parts[0].command, command()]).await.unwrap();
    store.head().await.unwrap();
    store.position_at(event().occurred_at + jiff::SignedDuration::from_secs(1)).await.unwrap();

    profiled(&documents, 0).await;
    let commands = commands(&documents).await;
    assert!(commands.len() >= 10, "{} commands were seen", commands.len());
    for command in commands {
        let (plan, walked) = (format!("{:?}", command.get("planSummary")), command.get_i32("docsExamined"));
        // The collection with the end of the log has one document.
        let is_of_log = command.get_str("ns").is_ok_and(|name| name.ends_with(".log"));
        assert!(is_of_log || !plan.contains("COLLSCAN"), "{command}");
        assert!(walked.is_err() || walked.is_ok_and(|walked| walked < 120), "{command}");
    }
}

/// A commit has up to 256 events, and a stream that is loaded in pieces is not sent anew with each of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piece_of_a_long_stream_takes_no_more_documents_than_hold_it() {
    let Some(documents) = Documents::fresh() else { return };
    let store = documents.open_log().await.unwrap();
    append(&store, proposal(&stream("long"), 0, 256 * 20)).await;
    profiled(&documents, 2).await;

    for from in [LoadFrom::Version(Version::new(1_000)), LoadFrom::Snapshot] {
        assert_eq!(store.load(&stream("long"), from, 500).await.unwrap().events.len(), 500);
    }

    profiled(&documents, 0).await;
    // The log's head, the last commit, the two or three of the piece, and one beside them.
    for command in commands(&documents).await {
        assert!(command.get_i32("nreturned").is_ok_and(|sent| sent <= 6), "{command}");
    }
}

/// Four for a batch, however many proposals it has: the end, what is there, what is new, the commit. One for a question.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_four_round_trips_and_a_question_one() {
    let Some(documents) = Documents::fresh() else { return };
    let store = documents.open_log().await.unwrap();
    append(&store, proposal(&stream("a"), 0, 10)).await;

    profiled(&documents, 2).await;
    let all = (0..50).map(|at| proposal(&stream(&format!("b-{at}")), 0, 2)).collect();
    store.append(all).await.unwrap();
    let of_a_batch = commands(&documents).await.len();
    store.load(&stream("a"), LoadFrom::Snapshot, 100).await.unwrap();
    store.read_log(Position::START, &Types::new(), 100).await.unwrap();
    store.read_log_backward(Position::new(100), 100).await.unwrap();
    store.outcomes_of(&[command()]).await.unwrap();
    store.head().await.unwrap();
    let of_questions = commands(&documents).await.len() - of_a_batch;
    profiled(&documents, 0).await;

    // The commit is a command of the admin database, whose profile is another one.
    assert_eq!((of_a_batch, of_questions), (3, 5));
}
