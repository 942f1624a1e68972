//! Commits of one call are one transaction, and nobody waits for what another has locked.

use std::time::Duration;

use application::ports::TokenStore;
use application::ports::token_store::{Claim, Segment, TokenError};
use mongodb::ClientSession;
use mongodb::bson::{Document, doc};
use tests::laws::token_store::TokenStoreUnderTest;
use tests::laws::token_store::samples::{CATALOGUE, TTL, Worker, state_of, token};

use super::tokens::MongoTokens;

const SEGMENTS: u32 = 16;

async fn workers(subject: &MongoTokens) -> Vec<Worker> {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(SEGMENTS, token(0))).await.unwrap();
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    let mut workers = Vec::new();
    for segment in Segment::all(SEGMENTS) {
        workers.push(Worker::at(subject.tokens(), &CATALOGUE, live, segment).await);
    }
    workers
}

/// Transactions that moved the tokens of more than one segment, by the server's own account.
async fn transactions_of_many(subject: &MongoTokens) -> u64 {
    let segments = format!("{}.segment", subject.documents.name());
    let moved = doc! { "ns": segments, "o.diff.u.commits": { "$exists": true } };
    let many = doc! { "o.applyOps": { "$elemMatch": moved }, "o.applyOps.2": { "$exists": true } };
    let client = subject.documents.database().await.client().clone();
    client.database("local").collection::<Document>("oplog.rs").count_documents(many).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_commits_are_one_transaction_and_a_stale_one_harms_no_other() {
    let Some(subject) = MongoTokens::fresh().await else { return };
    let workers = workers(&subject).await;
    workers[5].tokens.release(workers[5].claim()).await.unwrap();

    let commits = workers.iter().map(|worker| (worker.claim().clone(), worker.next(1)));
    let made = subject.store.commit_all(commits.collect()).await;

    for (at, made) in made.into_iter().enumerate() {
        match made {
            Ok(()) => assert_ne!(at, 5),
            Err(error) => assert!(at == 5 && matches!(error, TokenError::Stale { .. }), "{at}: {error:?}"),
        }
    }
    assert_eq!(transactions_of_many(&subject).await, 1, "for {SEGMENTS} commits");
}

/// Has the segment with id 7 in a transaction that does not end by itself.
async fn with_a_segment_locked(subject: &MongoTokens) -> ClientSession {
    let database = subject.documents.database().await;
    let mut other = database.client().start_session().await.unwrap();
    other.start_transaction().await.unwrap();
    let segments = database.collection::<Document>("segment");
    let changed = segments.update_one(doc! { "id": 7 }, doc! { "$set": { "locked": true } });
    assert_eq!(changed.session(&mut other).await.unwrap().modified_count, 1);
    other
}

/// A commit may take as long as a claim lasts, and the other claims of the node must not run out for it; nor its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_are_extended_while_a_commit_has_their_segments() {
    let Some(subject) = MongoTokens::fresh().await else { return };
    let mut workers = workers(&subject).await;
    let node = workers[0].claim().node;
    for worker in &mut workers[1..] {
        worker.tokens.release(worker.claim()).await.unwrap();
        let Claim { processor, generation, segment, .. } = worker.claim().clone();
        worker.claimed = worker.tokens.claim(&processor, generation, segment, node, TTL).await.unwrap();
    }
    let claims: Vec<_> = workers.iter().map(|worker| worker.claim().clone()).collect();
    let _locked = with_a_segment_locked(&subject).await;

    let beat = subject.store.beat(node, &claims, TTL).await.unwrap();

    assert!(beat.extended.iter().all(Result::is_ok), "{:?}", beat.extended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_waits_for_a_lock_keeps_no_other_from_being_made() {
    let Some(subject) = MongoTokens::with_limit(Duration::from_millis(500)).await else { return };
    let workers = workers(&subject).await;
    let locked = with_a_segment_locked(&subject).await;
    let commits: Vec<_> = workers.iter().map(|worker| (worker.claim().clone(), worker.next(1))).collect();

    let made = subject.store.commit_all(commits.clone()).await;

    let failed: Vec<_> = (0..made.len()).filter(|&at| made[at].is_err()).collect();
    assert_eq!(failed, [7], "{made:?}");
    drop(locked);
    tests::laws::in_time(async {
        while subject.store.commit_all(commits.clone()).await.iter().any(Result::is_err) {}
    })
    .await;
}

/// As when several nodes start at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processors_that_are_registered_by_many_at_once_are_registered_once() {
    let Some(subject) = MongoTokens::fresh().await else { return };
    let registering = (0..8).map(|_| {
        let tokens = subject.tokens();
        tokio::spawn(async move { tokens.register(&CATALOGUE, &Segment::all_at(4, token(0))).await })
    });

    for registered in futures::future::join_all(registering).await {
        registered.unwrap().unwrap();
    }

    let state = state_of(&*subject.tokens(), &CATALOGUE).await;
    assert!(state.is_whole() && state.segments.len() == 4, "{state:?}");
}

/// Letters are counted by one at a time: two that are parked by two segments at the same time do not both find the last
/// place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_place_for_a_letter_is_given_once() {
    use application::ports::dead_letters::{DeadLetterKind, SEQUENCES_MAX};
    use application::ports::token_store::Commit;

    let Some(subject) = MongoTokens::fresh().await else { return };
    let mut workers = workers(&subject).await;
    let parked = |worker: &Worker, number: usize| {
        worker.letter(DeadLetterKind::Parked, &format!("key-{number}"), number as u64)
    };
    let fit = (1..SEQUENCES_MAX).map(|number| parked(&workers[0], number)).collect();
    workers[0].park(1, fit).await;

    let racing = workers.into_iter().skip(1).enumerate().map(|(at, mut worker)| {
        let letters = vec![parked(&worker, SEQUENCES_MAX + at)];
        tokio::spawn(async move { worker.commit(Commit { letters, ..worker.next(1) }).await })
    });
    let ended = futures::future::join_all(racing).await;

    let fitted = ended.iter().filter(|ended| matches!(ended, Ok(Ok(())))).count();
    let full = ended.iter().filter(|ended| matches!(ended, Ok(Err(TokenError::Full { .. })))).count();
    assert_eq!((fitted, full), (1, SEGMENTS as usize - 2), "{ended:?}");
}
