//! What is asked of the servers: each operation in a task of its own and within a limit, so nothing is left half-way
//! when somebody stops waiting.

mod abandoned;
mod failure;
mod transaction;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use application::ports::BoxError;
use application::ports::shares::{Share, Shares};
use mongodb::{Client, Collection, Database};
use tokio::time::timeout;

use super::settings::MongoSettings;
use abandoned::Abandoned;
use failure::Unheard;
use transaction::Tries;

pub(super) use failure::{Failure, ServerError, code, contradiction, is_duplicate, of_change};
pub(super) use transaction::{TransactionError, TransactionStep};

/// How long the driver may take to say farewell to the servers.
const FAREWELL_LIMIT: Duration = Duration::from_secs(2);

/// The connections of one store with the servers, for one of those who use it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Connection {
    client: Client,
    database: Database,
    permits: Shares,
    share: Share,
    operation_limit: Duration,
    patience: Duration,
    abandoned: Abandoned,
}

impl Connection {
    /// For questions. Nobody is asked anything yet; has to be called in a runtime.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] when the files that TLS needs cannot be used.
    pub(super) fn of(settings: &MongoSettings) -> Result<Self, Failure> {
        let client = Client::with_options(settings.client_options())?;
        Ok(Self {
            database: client.database(settings.database()),
            client,
            permits: Shares::of(settings.connections, settings.connect_limit),
            share: Share::Questions,
            operation_limit: settings.operation_limit.max(Duration::from_millis(1)),
            patience: settings.patience(),
            abandoned: Abandoned::of(settings.mark(), settings.patience()),
        })
    }

    /// The same connections, for processors.
    pub(super) fn for_processors(&self) -> Self {
        Self { share: Share::Processors, ..self.clone() }
    }

    /// Our database. Reads and writes are of the majority unless they say otherwise.
    pub(super) const fn database(&self) -> &Database {
        &self.database
    }

    /// One of our collections.
    pub(super) fn collection<T: Send + Sync>(&self, name: &str) -> Collection<T> {
        self.database.collection(name)
    }

    /// For `max_time` of operations that have it, so that the server ends what nobody waits for any more.
    pub(super) const fn operation_limit(&self) -> Duration {
        self.operation_limit
    }

    /// The answer to questions, which change nothing. The driver asks once more when a connection was cut.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        self.run(work, Failure::Unavailable).await
    }

    /// The answer to one change of one document, or to several that may each be done or not.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        work: impl Future<Output = mongodb::error::Result<T>> + Send + 'static,
    ) -> Result<T, Failure> {
        self.run(async move { work.await.map_err(|error| of_change(&error)) }, Failure::UnknownOutcome).await
    }

    /// Does `work` in one transaction, which reads one state and is acknowledged by the majority and its journals: its
    /// commit when `work` succeeds, nothing of it when `work` fails. `work` is done again, from the beginning, when
    /// another transaction met this one, so it must change nothing but the database.
    ///
    /// # Errors
    /// What `work` refused; [`Failure::UnknownOutcome`] when the commit was sent and nobody knows how it ended; any
    /// other [`Failure`] when nothing was written.
    pub(super) async fn transaction<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: for<'s> Fn(&'s mut mongodb::ClientSession) -> TransactionStep<'s, T, E> + Send + Sync + 'static,
    {
        let is_sent = Arc::new(AtomicBool::new(false));
        let tries = Tries::new(
            self.client.clone(),
            self.operation_limit,
            self.abandoned.clone(),
            Arc::clone(&is_sent),
        );
        let unheard = move |source| match is_sent.load(Ordering::Acquire) {
            true => Failure::UnknownOutcome(source),
            false => Failure::Unavailable(source),
        };
        self.run(async move { tries.run(&work).await }, unheard).await
    }

    /// Waits until what is under way has ended, and closes every connection.
    pub(super) async fn close(&self) {
        if timeout(self.patience, self.permits.all_back()).await.is_err() {
            tracing::warn!("operations were still under way when the time to close had passed");
        }
        // One that cannot say farewell is gone all the same.
        let _ = timeout(FAREWELL_LIMIT, self.client.clone().shutdown().immediate(true)).await;
    }

    /// At the end of the limit the work is dropped, and the driver throws away the connection that it was on.
    async fn run<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
        unheard: impl FnOnce(BoxError) -> Failure,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        let permit = self.permits.place(self.share).await;
        let permit = permit.map_err(|full| Failure::Unavailable(Box::new(full)))?;
        let limit = self.patience;
        let task = tokio::spawn(async move {
            let _until_it_ends = permit;
            timeout(limit, work).await
        });
        let why = match task.await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(_elapsed)) => Unheard::Late,
            Err(ended) => Unheard::of(&ended),
        };
        Err(unheard(Box::new(why)).into())
    }
}

/// Does changes in a task of their own, which comes to its end also when nobody waits for it any more.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let ended = tokio::spawn(work).await;
    ended.unwrap_or_else(|ended| Err(Failure::UnknownOutcome(Box::new(Unheard::of(&ended)))))
}
