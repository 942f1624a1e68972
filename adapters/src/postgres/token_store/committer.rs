//! Commits that wait at the same time are made in one transaction, so that many small ones cost the server one.

use application::ports::token_store::{Claim, Commit};
use sqlx::PgConnection;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::commits::{self, Verdict};
use super::step_error::StepError;
use crate::postgres::connection::{Database, Failure, Statement};

/// The most commits in one transaction.
const GROUP_MAX: usize = 64;
/// The most commits that wait; one more waits before it is taken.
const WAITING_MAX: usize = 256;

/// Makes the commits of this node, as many at a time as wait.
pub(super) struct Committer {
    waiting: mpsc::Sender<Waiting>,
    /// None once it has been awaited.
    task: Mutex<Option<JoinHandle<()>>>,
}

/// A commit that waits, and who waits for it.
struct Waiting {
    claim: Claim,
    commit: Commit,
    end: oneshot::Sender<Result<(), StepError>>,
}

impl Committer {
    pub(super) fn start(database: Database) -> Self {
        let (waiting, arrived) = mpsc::channel(WAITING_MAX);
        let task = tokio::spawn(commit_all(database, arrived));
        Self { waiting, task: Mutex::new(Some(task)) }
    }

    pub(super) async fn commit(&self, claim: &Claim, commit: Commit) -> Result<(), StepError> {
        let (end, ended) = oneshot::channel();
        let waiting = Waiting { claim: claim.clone(), commit, end };
        if self.waiting.send(waiting).await.is_err() {
            return Err(Failure::Unavailable("the token store was closed".into()).into());
        }
        // Without an answer it may have been made: whoever asked sends it again, or claims again.
        ended
            .await
            .unwrap_or_else(|_dropped| Err(Failure::UnknownOutcome("the committer broke off".into()).into()))
    }

    /// Ends; what is under way is made, and what waits is not.
    pub(super) async fn close(&self) {
        let Some(task) = self.task.lock().await.take() else { return };
        task.abort();
        if let Err(error) = task.await
            && !error.is_cancelled()
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "the task that commits ended badly");
        }
    }
}

async fn commit_all(database: Database, mut arrived: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while arrived.recv_many(&mut group, GROUP_MAX).await > 0 {
        if group.len() > 1 {
            group = commit_together(&database, group).await;
        }
        for Waiting { claim, commit, end } in group.drain(..) {
            let made = commits::commit(&database, &claim, &commit).await;
            let _ = end.send(made); // whoever asked may be gone
        }
    }
}

/// Makes all of them in one transaction and answers each, or leaves them as they were when one of them cannot be made:
/// then each is made alone, which tells whose fault it was. What was made although its answer was lost is known by its
/// number and token.
async fn commit_together(database: &Database, mut group: Vec<Waiting>) -> Vec<Waiting> {
    // One order for all who lock several segments, so that none waits for one that waits for it.
    group.sort_by(|a, b| order(&a.claim).cmp(&order(&b.claim)));
    let statements = group.iter().map(|waiting| commits::statement(&waiting.claim, &waiting.commit));
    let Ok(statements) = statements.collect::<Result<Vec<_>, _>>() else { return group };
    let verdicts = database.transact(|tables| Box::pin(run(tables, statements))).await;
    let Ok(verdicts) = verdicts else { return group };
    for (Waiting { claim, end, .. }, verdict) in group.drain(..).zip(verdicts) {
        let _ = end.send(verdict.judge(&claim)); // whoever asked may be gone
    }
    group
}

async fn run(tables: &mut PgConnection, statements: Vec<Statement>) -> Result<Vec<Verdict>, StepError> {
    let mut verdicts = Vec::with_capacity(statements.len());
    for statement in statements {
        verdicts.push(Verdict::read(&statement.fetch_all(&mut *tables).await?)?);
    }
    Ok(verdicts)
}

fn order(claim: &Claim) -> (&str, u64, u32, u32) {
    (claim.processor.as_str(), claim.generation.0, claim.segment.id, claim.segment.mask)
}

impl Drop for Committer {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().take() {
            task.abort();
        }
    }
}
