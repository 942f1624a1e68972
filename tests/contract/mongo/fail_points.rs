//! What servers and networks may do to one operation of a transaction, one after the other: each append and each commit
//! is answered once, and done once.

use application::ports::TokenStore;
use application::ports::event_store::{AppendOutcome, Position};
use application::ports::token_store::{Commit, Row, RowKey};
use mongodb::bson::{Document, doc};
use tests::laws::event_store::samples::{append_one, events_of, proposal, stream, versions};
use tests::laws::token_store::TokenStoreUnderTest;
use tests::laws::token_store::samples::{CATALOGUE, TTL, Worker, book, no};
use tests::stores::Documents;

use super::faults::{alone, fail, fail_no_more};
use super::tokens::MongoTokens;

/// The commands of an append before its commit, and of a commit of tokens.
const STEPS: [&str; 6] = ["findAndModify", "find", "aggregate", "insert", "update", "delete"];

/// What may happen to an operation before its transaction is committed: nothing of it counts then.
fn to_a_step() -> Vec<Document> {
    let of = |fault: Document| {
        let mut of = doc! { "failCommands": STEPS.as_slice() };
        of.extend(fault);
        of
    };
    let transient = ["TransientTransactionError"];
    vec![
        of(doc! { "errorCode": 112, "errorLabels": transient.as_slice() }), // others were met
        of(doc! { "errorCode": 251, "errorLabels": transient.as_slice() }), // the transaction is gone
        of(doc! { "closeConnection": true }),
    ]
}

/// What may happen to the commit itself, which is done all the same, or is not.
fn to_the_commit() -> Vec<Document> {
    let of = |fault: Document| {
        let mut of = doc! { "failCommands": ["commitTransaction"] };
        of.extend(fault);
        of
    };
    let unknown = ["UnknownTransactionCommitResult"];
    let transient = ["TransientTransactionError"];
    vec![
        of(doc! { "writeConcernError": { "code": 64, "errmsg": "too few" } }), // done
        of(doc! { "errorCode": 50, "errorLabels": unknown.as_slice() }),
        of(doc! { "errorCode": 251, "errorLabels": transient.as_slice() }),
        of(doc! { "closeConnection": true }),
    ]
}

/// How often each happens: a commit is sent ten times, after which the whole batch is asked for once more.
fn faults() -> impl Iterator<Item = (i32, Document)> {
    let steps = to_a_step().into_iter().flat_map(|fault| [1, 3].map(|times| (times, fault.clone())));
    let commits =
        to_the_commit().into_iter().flat_map(|fault| [1, 2, 11].map(|times| (times, fault.clone())));
    steps.chain(commits)
}

/// T3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_is_stored_once_and_acknowledged_whatever_happens_to_its_operations() {
    let Some(documents) = Documents::fresh() else { return };
    let _alone = alone().await;
    let store = documents.open_log().await.unwrap();
    let mut stored = 0;
    for (times, fault) in faults() {
        fail(&documents, doc! { "times": times }, fault.clone()).await;

        let outcome = append_one(&store, proposal(&stream("a"), stored, 2)).await;

        assert_eq!(
            outcome,
            AppendOutcome::Appended { first: Position::new(stored + 1) },
            "{times} × {fault}"
        );
        assert!(fail_no_more(&documents).await > 0, "{fault} did not happen");
        stored += 2;
    }
    assert_eq!(versions(&events_of(&store, &stream("a")).await), (1..=stored).collect::<Vec<_>>());
}

/// T57a.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_tokens_is_made_once_whatever_happens_to_its_operations() {
    let Some(subject) = MongoTokens::fresh().await else { return };
    let _alone = alone().await;
    let mut worker = Worker::on(subject.tokens()).await;
    // As long as all of it may take.
    let claims = [worker.claim().clone()];
    let lives = async |ttl| subject.store.beat(claims[0].node, &claims, ttl).await.unwrap();
    lives(60 * TTL).await;
    for (position, (times, fault)) in (1..).zip(faults()) {
        let row = Row::Catalogue(book(1, &format!("Number {position}")));
        let rows = vec![(RowKey::Catalogue(no(1)), Some(row.clone()))];
        let commit = Commit { rows, ..worker.next(position) };
        fail(&subject.documents, doc! { "times": times }, fault.clone()).await;

        // What is not answered is sent again, as its processor does.
        let mut sent = 0;
        while worker.commit(commit.clone()).await.is_err() {
            sent += 1;
            assert!(sent < 3, "{times} × {fault}");
        }

        assert!(fail_no_more(&subject.documents).await > 0, "{fault} did not happen");
        assert_eq!(subject.store.live_rows(&CATALOGUE, None, 10).await.unwrap(), [row], "{times} × {fault}");
    }
    let beat = lives(TTL).await;
    assert_eq!(beat.extended[0].as_ref().unwrap().commits, faults().count() as u64);
}
