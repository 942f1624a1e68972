//! Answers that get lost, and callers that go away.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use adapters::mongo::MongoTokenStore;
use application::ports::token_store::{Commit, Row, RowKey, TokenError};
use application::ports::{ProcessorAdmin, TokenStore};
use tests::laws::in_time;
use tests::laws::token_store::TokenStoreUnderTest;
use tests::laws::token_store::samples::{CATALOGUE, Worker, book, no, state_of};
use tests::proxy::Proxy;
use tests::stores::Documents;

use super::tokens::MongoTokens;

/// A token store by a way that breaks when told.
async fn proxied() -> Option<(Documents, Proxy, Arc<MongoTokenStore>)> {
    let documents = Documents::fresh()?;
    let address = documents.url().trim_start_matches("mongodb://").split(['/', ',']).next().unwrap();
    let proxy = Proxy::before(address.parse().unwrap()).await.unwrap();
    let url = format!("mongodb://{}/?directConnection=true", proxy.address());
    let mut settings = documents.settings_by(&url);
    settings.operation_limit = Duration::from_secs(2);
    let store = MongoTokenStore::open(&settings).await.unwrap();
    Some((documents, proxy, Arc::new(store)))
}

/// T57a: the same commit again is done, whether the first one was or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_was_lost_can_be_sent_again() {
    let Some((_documents, proxy, store)) = proxied().await else { return };
    let mut worker = Worker::on(store.clone()).await;
    for position in 1..=20 {
        let row = Row::Catalogue(book(1, &format!("Number {position}")));
        let commit =
            Commit { rows: vec![(RowKey::Catalogue(no(1)), Some(row.clone()))], ..worker.next(position) };
        let breaking = async {
            for _ in 0..position * 5 {
                tokio::task::yield_now().await;
            }
            proxy.reset();
            proxy.pass();
        };

        let (first, ()) = tokio::join!(worker.commit(commit.clone()), breaking);

        if first.is_err() {
            in_time(async { while !is_made(&mut worker, &commit).await {} }).await;
        }
        assert_eq!(store.live_rows(&CATALOGUE, None, 10).await.unwrap(), [row]);
    }
}

async fn is_made(worker: &mut Worker, commit: &Commit) -> bool {
    match worker.commit(commit.clone()).await {
        Ok(()) => true,
        Err(TokenError::UnknownOutcome { .. } | TokenError::Unavailable { .. }) => false,
        Err(error) => panic!("{error:?}"),
    }
}

/// T26: callers go away after any number of steps; what they began ends, and all who come later find their way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_at_any_step_leave_nothing_half_made() {
    let Some(subject) = MongoTokens::fresh().await else { return };
    let worker = Worker::on(subject.tokens()).await;
    for steps in 0..40 {
        leave_after(steps, subject.store.commit(worker.claim(), worker.next(1))).await;
        leave_after(steps, subject.store.live_rows(&CATALOGUE, None, 10)).await;
        leave_after(steps, subject.store.cancel_rebuild(&CATALOGUE)).await;
    }

    for _ in 0..50 {
        subject.store.processors().await.unwrap();
    }
    subject.store.split(&CATALOGUE, worker.claim().segment).await.unwrap();
    assert!(state_of(&*subject.store, &CATALOGUE).await.is_whole());
}

/// Gives the future as many steps, and drops it.
async fn leave_after(steps: usize, future: impl Future) {
    let mut future = pin!(future);
    for _ in 0..steps {
        if futures::poll!(future.as_mut()).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_token_store_refuses() {
    let Some(subject) = MongoTokens::fresh().await else { return };
    subject.store.close().await;

    assert!(subject.store.processors().await.is_err());
}
