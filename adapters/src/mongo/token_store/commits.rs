//! Rows, letters and the token, read and written under a claim.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use application::ports::token_store::{Claim, Commit, Row, RowKey, TokenError};
use futures::{StreamExt, stream};
use mongodb::bson::{Document, doc};

use super::claims::check_held;
use super::collections::SEGMENT;
use super::dead_letters;
use super::rows::{self, RowChanges};
use super::segments;
use super::step_error::{StepError, WorkError};
use super::stored::{claimed_key, generation_key};
use super::tables::{Tables, look, transact};
use crate::mongo::connection::{Connection, Failure};
use crate::stores::segments::stale;

/// How many commits are made at once when each is made by itself.
const ALONE_AT_ONCE: usize = 4;
/// How often commits are tried together that meet others.
const TOGETHER_TRIES_MAX: u32 = 8;

/// In the order asked, as they stand at one moment.
pub(super) async fn rows_under_claim(
    connection: &Connection,
    claim: &Claim,
    keys: &[RowKey],
) -> Result<Vec<Option<Row>>, StepError> {
    let (claim, wanted) = (claim.clone(), keys.to_vec());
    let found = look(connection, move |mut tables| {
        Box::pin(async move {
            check_held(&mut tables, &claim).await?;
            rows::get(&mut tables, &generation_key(&claim.processor, claim.generation), &wanted).await
        })
    });
    let found = found.await?;
    Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
}

type Asked = (Claim, Commit);
type Made = Result<(), StepError>;

/// Makes commits in one transaction, or in several when a segment is named more than once.
pub(super) async fn commit_all(connection: &Connection, commits: Vec<Asked>) -> Vec<Made> {
    let mut made = Vec::with_capacity(commits.len());
    let mut commits = commits.into_iter().peekable();
    while commits.peek().is_some() {
        let mut named = HashSet::new();
        let mut group = Vec::new();
        while let Some(next) = commits.next_if(|(claim, _)| named.insert(claimed_key(claim))) {
            group.push(next);
        }
        made.extend(commit_group(connection, group).await);
    }
    made
}

/// When one of them may be what keeps the others, each is made by itself. When the server cannot be asked, all of them
/// have failed together: to try them one after the other would multiply the wait. What was made although its answer was
/// lost is known by its number and token.
async fn commit_group(connection: &Connection, group: Vec<Asked>) -> Vec<Made> {
    let (count, group) = (group.len(), Arc::new(group));
    match commit_together(connection, &group).await {
        Ok(made) => return made.into_iter().map(|made| made.map_err(StepError::from)).collect(),
        Err(error) if count == 1 => return vec![Err(error)],
        Err(StepError::Failed(failure)) if !matches!(failure, Failure::Corrupt(_)) => {
            return of_each(failure, count);
        }
        Err(error) => {
            tracing::debug!(?error, count, "commits could not be made together, each is made by itself")
        }
    }
    let mut alone = Vec::with_capacity(count);
    for asked in group.iter().cloned() {
        let (connection, asked) = (connection.clone(), Arc::new(vec![asked]));
        alone.push(async move {
            commit_together(&connection, &asked).await?.pop().map_or(Ok(()), |made| Ok(made?))
        });
    }
    stream::iter(alone).buffered(ALONE_AT_ONCE).collect().await
}

/// What all commits of a transaction failed for.
fn of_each(failure: Failure, count: usize) -> Vec<Made> {
    let (kind, source): (fn(_) -> _, Arc<dyn Error + Send + Sync>) = match failure {
        Failure::UnknownOutcome(source) => (Failure::UnknownOutcome, source.into()),
        Failure::Unavailable(source) => (Failure::Unavailable, source.into()),
        Failure::Corrupt(source) => (Failure::Corrupt, source.into()),
    };
    (0..count).map(|_| Err(kind(Box::new(Arc::clone(&source))).into())).collect()
}

async fn commit_together(
    connection: &Connection,
    asked: &Arc<Vec<Asked>>,
) -> Result<Vec<Result<(), TokenError>>, StepError> {
    let (asked, tried) = (Arc::clone(asked), AtomicU32::new(0));
    transact(connection, move |tables| {
        let (asked, tried) = (Arc::clone(&asked), tried.fetch_add(1, Ordering::Relaxed));
        Box::pin(async move {
            if asked.len() > 1 && tried == TOGETHER_TRIES_MAX {
                let (doing, source) = ("committing", "others change one of the segments just now".into());
                return Err(TokenError::Unavailable { doing, source }.into());
            }
            make(tables, &asked).await
        })
    })
    .await
}

/// Judges each, and writes what is good: nothing that is refused has been written by then, but letters without a place.
async fn make(mut tables: Tables<'_>, asked: &[Asked]) -> Result<Vec<Result<(), TokenError>>, WorkError> {
    let keys: Vec<_> = asked.iter().map(|(claim, _)| claimed_key(claim)).collect();
    let found = segments::find(&mut tables, doc! { "_id": { "$in": keys } }).await?;
    let letters = asked.iter().flat_map(|(claim, commit)| {
        dead_letters::named(&generation_key(&claim.processor, claim.generation), commit)
    });
    let revisions = dead_letters::revisions(&mut tables, letters.collect()).await?;
    let judge = |(claim, commit): &Asked| {
        let is_it = |found: &&segments::FoundSegment| found.key == claimed_key(claim);
        judge(found.iter().find(is_it), claim, commit, &revisions)
    };
    let judged: Vec<_> = asked.iter().map(judge).collect();
    let good = asked.iter().zip(&judged).filter(|(_, judged)| matches!(judged, Ok(Judged::New)));
    write(&mut tables, good.map(|(asked, _)| asked)).await?;
    Ok(judged.into_iter().map(|judged| judged.map(|_| ())).collect())
}

/// What is to be done for a commit that is good.
enum Judged {
    Made,
    New,
}

fn judge(
    found: Option<&segments::FoundSegment>,
    claim: &Claim,
    commit: &Commit,
    revisions: &HashMap<String, u64>,
) -> Result<Judged, TokenError> {
    let held = found.filter(|found| found.place.is_held_by(claim, found.now)).ok_or_else(|| stale(claim))?;
    if held.place.has_made(claim, commit)? {
        return Ok(Judged::Made);
    }
    commit.check_keys()?;
    let generation = generation_key(&claim.processor, claim.generation);
    dead_letters::check(&claim.processor, &generation, commit, revisions)?;
    Ok(Judged::New)
}

async fn write<'a>(
    tables: &mut Tables<'_>,
    commits: impl Iterator<Item = &'a Asked> + Clone,
) -> Result<(), WorkError> {
    tables.change(SEGMENT, commits.clone().map(|(claim, commit)| advance(claim, commit)).collect()).await?;
    let mut changes = RowChanges::default();
    for (claim, commit) in commits {
        let generation = generation_key(&claim.processor, claim.generation);
        for (key, row) in &commit.rows {
            changes.add(&generation, *key, row.as_ref())?;
        }
        dead_letters::exchange(tables, &claim.processor, &generation, commit).await?;
    }
    changes.put(tables).await
}

/// Moves the token. That the segment is as it was judged, the transaction sees to.
fn advance(claim: &Claim, commit: &Commit) -> Document {
    let moved = doc! {
        "commits": commit.number.cast_signed(),
        "committed_under": claim.epoch.cast_signed(),
        "token_log": commit.token.log.uuid().to_string(),
        "token_position": commit.token.position.value().cast_signed(),
        "token_event": commit.token.event.map(|event| event.uuid().to_string()),
    };
    doc! { "q": { "_id": claimed_key(claim) }, "u": { "$set": moved } }
}
