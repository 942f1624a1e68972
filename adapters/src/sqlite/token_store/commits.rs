//! Rows, letters and the token, read and written under a claim.

use application::codec::rows::time_text;
use application::ports::token_store::{Claim, Commit, Row, RowKey};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::claims::held_place;
use super::step_error::StepError;
use super::{dead_letters, processors, rows};
use crate::stores::segments::stale;

pub(super) async fn rows_under_claim(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
    keys: &[RowKey],
) -> Result<Vec<Option<Row>>, StepError> {
    let (generation, _) = held_place(tables, now, claim).await?;
    rows::get(tables, generation, keys).await
}

/// What was written before a refusal is undone with the change.
pub(super) async fn commit(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
    commit: Commit,
) -> Result<(), StepError> {
    let Some(generation) = advance(tables, now, claim, &commit).await? else {
        return find_out(tables, now, claim, &commit).await;
    };
    commit.check_keys()?;
    dead_letters::settle(tables, generation, &claim.processor, &commit.settled).await?;
    let dropped = dead_letters::put(tables, generation, &claim.processor, &commit.letters).await?;
    if dropped > 0 {
        processors::add_rejected_dropped(tables, &claim.processor, dropped).await?;
    }
    rows::put(tables, generation, commit.rows).await
}

/// Moves the token, if the claim is good and the commit is the next one; with nothing else to write that is all of it.
async fn advance(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
    commit: &Commit,
) -> Result<Option<i64>, StepError> {
    let Commit { number, token, .. } = commit;
    let generation = sqlx::query_scalar(include_str!("../sql/token_store/advance_segment.sql"))
        .bind(claim.processor.as_str())
        .bind(claim.generation.0.cast_signed())
        .bind(i64::from(claim.segment.id))
        .bind(i64::from(claim.segment.mask))
        .bind(claim.epoch.cast_signed())
        .bind(number.cast_signed())
        .bind(claim.node.uuid().as_bytes().to_vec())
        .bind(token.log.uuid().as_bytes().to_vec())
        .bind(token.position.value().cast_signed())
        .bind(token.event.map(|event| event.uuid().as_bytes().to_vec()))
        .bind(time_text(now));
    Ok(generation.fetch_optional(tables).await?)
}

/// Why a token was not moved: it was moved by this very commit before, or the claim is not what it was.
async fn find_out(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
    commit: &Commit,
) -> Result<(), StepError> {
    let (_, place) = held_place(tables, now, claim).await?;
    // The next one would have moved the token.
    if place.has_made(claim, commit)? { Ok(()) } else { Err(stale(claim).into()) }
}
