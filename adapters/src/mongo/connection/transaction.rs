//! A transaction, tried until it is done: transactions that meet do not wait for one another, but one of them ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use mongodb::bson::doc;
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::ReadConcern;
use mongodb::{Client, ClientSession};
use tokio::time::sleep;

use super::abandoned::Abandoned;
use super::failure::{Failure, ServerError};
use crate::mongo::settings::durable;

/// How often a transaction is begun at most; the limit of an operation mostly ends it earlier.
const TRIES_MAX: u32 = 500;
/// How often a commit is sent whose answers are lost.
const COMMITS_MAX: u32 = 10;
/// The longest pause before the next try; the first is at most 2 ms, and each may be twice as long as the one before.
const PAUSE_MAX_MS: u64 = 64;

/// What is done within a transaction.
pub(in crate::mongo) type TransactionStep<'s, T, E> = BoxFuture<'s, Result<T, TransactionError<E>>>;

/// Why a transaction was not brought to its end.
#[derive(Debug)]
pub(in crate::mongo) enum TransactionError<E> {
    /// The driver says so; it knows whether another try may do.
    Driver(Error),
    /// Whoever works in it does not want it.
    Refused(E),
}

impl<E> From<Error> for TransactionError<E> {
    fn from(error: Error) -> Self {
        Self::Driver(error)
    }
}

/// How one try ended that did not do it.
enum Ended<E> {
    /// Nothing was written, and the next try may do.
    Again(Error),
    Failed(E),
}

/// The tries of one transaction.
pub(super) struct Tries {
    client: Client,
    limit: Duration,
    /// What may stand in the way.
    abandoned: Abandoned,
    /// Whether a commit was sent that may have been done.
    is_sent: Arc<AtomicBool>,
}

impl Tries {
    pub(super) const fn new(
        client: Client,
        limit: Duration,
        abandoned: Abandoned,
        is_sent: Arc<AtomicBool>,
    ) -> Self {
        Self { client, limit, abandoned, is_sent }
    }

    pub(super) async fn run<T, E: From<Failure>>(
        &self,
        work: &(impl for<'s> Fn(&'s mut ClientSession) -> TransactionStep<'s, T, E> + Sync),
    ) -> Result<T, E> {
        let mut session = self.client.start_session().await.map_err(Failure::from)?;
        let (mut tried, mut search) = (1, self.abandoned.search());
        loop {
            match self.attempt(&mut session, work).await {
                Ok(done) => return Ok(done),
                Err(Ended::Failed(error)) => return Err(error),
                Err(Ended::Again(error)) if tried == TRIES_MAX => return Err(Failure::from(error).into()),
                Err(Ended::Again(_)) => {
                    search.when_due(&self.client).await;
                    pause(tried).await;
                }
            }
            tried += 1;
        }
    }

    async fn attempt<T, E: From<Failure>>(
        &self,
        session: &mut ClientSession,
        work: &(impl for<'s> Fn(&'s mut ClientSession) -> TransactionStep<'s, T, E> + Sync),
    ) -> Result<T, Ended<E>> {
        let begun =
            session.start_transaction().read_concern(ReadConcern::snapshot()).write_concern(durable());
        begun.max_commit_time(self.limit).await.map_err(again_or_failed)?;
        match work(session).await {
            Ok(done) => self.commit(session).await.map(|()| done),
            Err(error) => {
                // One that cannot be ended any more ends by itself, at the server.
                let _ = session.abort_transaction().await;
                Err(match error {
                    TransactionError::Driver(error) => again_or_failed(error),
                    TransactionError::Refused(error) => Ended::Failed(error),
                })
            }
        }
    }

    /// A commit whose answer was lost is sent again, and answers what became of the first.
    async fn commit<E: From<Failure>>(&self, session: &mut ClientSession) -> Result<(), Ended<E>> {
        let mut sent = 1;
        self.is_sent.store(true, Ordering::Release);
        loop {
            let Err(error) = session.commit_transaction().await else { return Ok(()) };
            let is_open = error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT);
            if !is_open && sent == 1 {
                self.is_sent.store(false, Ordering::Release);
                return Err(again_or_failed(error));
            }
            // Whoever would do the work again now could find it done, by the commit whose answer was lost.
            if !is_open || sent == COMMITS_MAX {
                self.end(session).await;
                return Err(Ended::Failed(Failure::UnknownOutcome(Box::new(ServerError::of(&error))).into()));
            }
            pause(sent).await;
            sent += 1;
        }
    }

    /// Of one whose commit nobody answers: if it was not done, what it had changed would stay locked.
    async fn end(&self, session: &ClientSession) {
        let (admin, id) = (self.client.database("admin"), session.id().get("id").cloned());
        // One that cannot be ended now is ended by those who meet it.
        let _ = admin.run_command(doc! { "killSessions": [{ "id": id }] }).await;
    }
}

fn again_or_failed<E: From<Failure>>(error: Error) -> Ended<E> {
    if error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
        return Ended::Again(error);
    }
    Ended::Failed(Failure::from(error).into())
}

/// As long as chance says, so that those who met do not meet again.
async fn pause(tried: u32) {
    let most = 1_u64.checked_shl(tried).unwrap_or(PAUSE_MAX_MS).min(PAUSE_MAX_MS);
    sleep(Duration::from_micros(rand::random_range(0..=most * 1_000))).await;
}
