//! Rows, letters and the token, read and written under a claim: one round trip each.

use std::error::Error;
use std::sync::Arc;

use application::ports::BoxError;
use application::ports::dead_letters::{LETTERS_PER_SEQUENCE_MAX, REJECTED_MAX, SEQUENCES_MAX};
use application::ports::token_store::{Claim, Commit, Row, RowKey, TokenError};
use futures::{StreamExt, stream};
use sqlx::PgConnection;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgRow;

use super::claims::under;
use super::dead_letters::StoredLetters;
use super::rows;
use super::step_error::StepError;
use super::stored::{Fields, count, unreadable};
use crate::postgres::connection::{Database, Failure, Statement};
use crate::stores::segments::stale;

/// How many commits are made at once when each is made by itself: one that waits for a lock keeps the others from it for
/// no longer than their claims last.
const ALONE_AT_ONCE: usize = 4;
/// By which the database says that a letter has no place.
const FULL: &str = "RL001";
/// By which it says that a letter is not what it was when it was read.
const CHANGED: &str = "RL002";

/// In the order asked.
pub(super) async fn rows_under_claim(
    database: &Database,
    claim: &Claim,
    keys: &[RowKey],
) -> Result<Vec<Option<Row>>, StepError> {
    let found = rows::held(database, claim, keys).await?.ok_or_else(|| stale(claim))?;
    Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
}

/// Makes commits in one transaction. When the server says that one of them cannot be made, as it is or because it waits
/// for a lock, each is made by itself, so that the others are. When the server cannot be asked, all of them have failed
/// together: to try them one after the other would multiply the wait. What was made although its answer was lost is known
/// by its number and token.
pub(super) async fn commit_all(
    database: &Database,
    commits: Vec<(Claim, Commit)>,
) -> Vec<Result<(), StepError>> {
    if commits.len() > 1 {
        match commit_together(database, &commits).await {
            Ok(made) => return made,
            Err(StepError::Failed(failure)) if !is_of_one(&failure) => {
                return GroupFailure::of(failure).for_each(commits.len());
            }
            Err(error) => {
                let count = commits.len();
                tracing::debug!(?error, count, "commits could not be made together, each is made by itself");
            }
        }
    }
    let alone = commits.into_iter().enumerate().map(|(at, (claim, commit))| {
        let database = database.clone();
        async move { (at, self::commit(&database, &claim, &commit).await) }
    });
    let mut made: Vec<_> = stream::iter(alone).buffer_unordered(ALONE_AT_ONCE).collect().await;
    made.sort_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, made)| made).collect()
}

/// Whether a transaction may have failed because of one of its commits: the server has said something, and lives.
fn is_of_one(failure: &Failure) -> bool {
    let (Failure::Unavailable(source) | Failure::UnknownOutcome(source) | Failure::Corrupt(source)) = failure;
    let is_said = said_by_database(source).is_some() && !failure.is_of_connection();
    is_said || matches!(failure, Failure::Corrupt(_))
}

/// What all commits of a transaction failed for.
struct GroupFailure {
    is_unknown: bool,
    source: Arc<dyn Error + Send + Sync>,
}

impl GroupFailure {
    fn of(failure: Failure) -> Self {
        let is_unknown = matches!(failure, Failure::UnknownOutcome(_));
        Self { is_unknown, source: failure.into_source().into() }
    }

    fn for_each(&self, count: usize) -> Vec<Result<(), StepError>> {
        (0..count).map(|_| Err(self.failure().into())).collect()
    }

    fn failure(&self) -> Failure {
        let source = Box::new(Arc::clone(&self.source));
        if self.is_unknown { Failure::UnknownOutcome(source) } else { Failure::Unavailable(source) }
    }
}

async fn commit_together(
    database: &Database,
    commits: &[(Claim, Commit)],
) -> Result<Vec<Result<(), StepError>>, StepError> {
    // One order for all who lock several segments. The row of a generation is locked in between, so two holders of one
    // segment may meet all the same; the server ends one of them then.
    let mut order: Vec<_> = (0..commits.len()).collect();
    order.sort_by_key(|&at| commits.get(at).map(|(claim, _)| place_of(claim)));
    let in_order = order.iter().filter_map(|&at| commits.get(at));
    let statements = in_order.map(|(claim, commit)| statement(claim, commit));
    let statements = statements.collect::<Result<Vec<_>, _>>()?;
    let verdicts = database.transact(|tables| Box::pin(run(tables, statements))).await?;
    let mut made: Vec<_> = order.into_iter().zip(verdicts).collect();
    made.sort_by_key(|(at, _)| *at);
    let judged = commits.iter().zip(made).map(|((claim, _), (_, verdict))| verdict.judge(claim));
    Ok(judged.collect())
}

async fn run(tables: &mut PgConnection, statements: Vec<Statement>) -> Result<Vec<Verdict>, StepError> {
    let mut verdicts = Vec::with_capacity(statements.len());
    for statement in statements {
        verdicts.push(Verdict::read(&statement.fetch_all(&mut *tables).await?)?);
    }
    Ok(verdicts)
}

async fn commit(database: &Database, claim: &Claim, commit: &Commit) -> Result<(), StepError> {
    let statement = statement(claim, commit)?;
    let answer = database.change(statement).await.map_err(|failure| refused_or_failed(failure, claim))?;
    Verdict::read(&answer)?.judge(claim)
}

fn place_of(claim: &Claim) -> (&str, u64, u32, u32) {
    (claim.processor.as_str(), claim.generation.0, claim.segment.id, claim.segment.mask)
}

/// What the database says of a commit that it was given.
enum Verdict {
    /// It is made, now or before.
    Done,
    /// The claim is not good, or the number is not the next one; nothing was written.
    Stale,
}

impl Verdict {
    fn read(answer: &[PgRow]) -> Result<Self, StepError> {
        let answer = answer.first().ok_or_else(|| unreadable("verdict", "there is none"))?;
        Ok(if Fields::of(answer).get::<&str>("verdict")? == "done" { Self::Done } else { Self::Stale })
    }

    fn judge(self, claim: &Claim) -> Result<(), StepError> {
        match self {
            Self::Done => Ok(()),
            Self::Stale => Err(stale(claim).into()),
        }
    }
}

/// The call that makes a commit.
fn statement(claim: &Claim, commit: &Commit) -> Result<Statement, StepError> {
    commit.check_keys()?;
    let settled = commit.settled.iter().map(|letter| (letter.id.uuid(), letter.revision.cast_signed()));
    let (settled, revisions): (Vec<_>, Vec<_>) = settled.unzip();
    let statement = under(claim, include_str!("../sql/token_store/commit.sql"))
        .bind(commit.number.cast_signed())
        .bind(commit.token.log.uuid())
        .bind(commit.token.position.value().cast_signed())
        .bind(commit.token.event.map(|event| event.uuid()));
    let statement = statement.bind(rows::changes(&commit.rows)?).bind(settled).bind(revisions);
    Ok(StoredLetters::of(&commit.letters)?
        .bind(statement)
        .bind(count(SEQUENCES_MAX))
        .bind(count(LETTERS_PER_SEQUENCE_MAX))
        .bind(count(REJECTED_MAX)))
}

fn refused_or_failed(failure: Failure, claim: &Claim) -> StepError {
    refusal(&failure, claim).map_or_else(|| failure.into(), StepError::from)
}

fn refusal(failure: &Failure, claim: &Claim) -> Option<TokenError> {
    let (Failure::Unavailable(source) | Failure::UnknownOutcome(source) | Failure::Corrupt(source)) = failure;
    let said = said_by_database(source)?;
    let (processor, code) = (claim.processor.clone(), said.code()?);
    match (&*code, said.message()) {
        (CHANGED, _) => Some(TokenError::LetterChanged { processor }),
        (FULL, "sequences") => Some(TokenError::Full { processor, limit: SEQUENCES_MAX, of: "sequences" }),
        (FULL, _) => {
            Some(TokenError::Full { processor, limit: LETTERS_PER_SEQUENCE_MAX, of: "letters in a sequence" })
        }
        _ => None,
    }
}

fn said_by_database(source: &BoxError) -> Option<&dyn DatabaseError> {
    source.downcast_ref::<sqlx::Error>()?.as_database_error()
}
