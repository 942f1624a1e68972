//! Commits that wait at the same time go to the store together.

use std::sync::Arc;

use application::ports::ProcessorAdmin;
use application::ports::token_store::{Segment, TokenError};
use application::processing::Committer;
use futures::FutureExt;
use futures::future::join_all;
use tests::clock::StoppedClock;
use tests::faulty_tokens::{CommitFault, FaultyTokens};
use tests::laws::token_store::samples::{CATALOGUE, Worker, state_of, token};
use tests::library::Stores;

const SEGMENTS: u32 = 8;

async fn workers(tokens: &Arc<FaultyTokens>) -> Vec<Worker> {
    tokens.register(&CATALOGUE, &Segment::all_at(SEGMENTS, token(0))).await.unwrap();
    let live = state_of(&**tokens, &CATALOGUE).await.live;
    let mut workers = Vec::new();
    for segment in Segment::all(SEGMENTS) {
        workers.push(Worker::at(Arc::<FaultyTokens>::clone(tokens), &CATALOGUE, live, segment).await);
    }
    workers
}

/// The first one gets no answer and is cut off, as with a step that is given up.
#[tokio::test]
async fn what_waits_behind_a_commit_that_is_cut_off_is_made_in_one_call() {
    let stores = Stores::empty();
    let workers = workers(&stores.tokens).await;
    let committer = Committer::to(stores.ports().store, Arc::<StoppedClock>::clone(&stores.clock));
    stores.tokens.fail_commits(1, CommitFault::Hangs);
    let commit = |at: usize| {
        let (committer, worker) = (committer.clone(), &workers[at]);
        async move { committer.commit(worker.claim(), worker.next(9)).await }
    };
    let mut hung = Box::pin(commit(0));
    assert!(hung.as_mut().now_or_never().is_none(), "nobody answers it");
    let mut others = Box::pin(join_all((1..8).map(commit)));
    assert!(others.as_mut().now_or_never().is_none(), "the store is taken");
    assert_eq!(stores.tokens.commit_calls(), 1);

    drop(hung);
    let made = others.await;

    assert!(made.iter().all(Result::is_ok), "{made:?}");
    assert_eq!(stores.tokens.commit_calls(), 2);
}

/// Whoever is at the store has the commits of others with it.
#[tokio::test]
async fn those_whose_commits_are_with_one_that_is_cut_off_learn_that_their_answers_are_lost() {
    let stores = Stores::empty();
    let workers = workers(&stores.tokens).await;
    let committer = Committer::to(stores.ports().store, Arc::<StoppedClock>::clone(&stores.clock));
    stores.tokens.script([Some(CommitFault::Hangs), None, Some(CommitFault::Hangs)]);
    let commit = |at: usize| {
        let (committer, worker) = (committer.clone(), &workers[at]);
        Box::pin(async move { committer.commit(worker.claim(), worker.next(9)).await })
    };
    let mut first = commit(0);
    assert!(first.as_mut().now_or_never().is_none());
    let (mut leading, mut led) = (commit(1), commit(2));
    assert!(leading.as_mut().now_or_never().is_none() && led.as_mut().now_or_never().is_none());
    drop(first);
    assert!(leading.as_mut().now_or_never().is_none(), "it is at the store with both");

    drop(leading);
    let lost = led.await;

    assert!(matches!(lost, Err(TokenError::UnknownOutcome { .. })), "{lost:?}");
    commit(2).await.expect("it was made, and is known by its number and token");
    commit(1).await.expect("the same");
}
