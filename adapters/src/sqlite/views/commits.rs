//! Rows, letters and the token, read and written under a claim.

use application::ports::token_store::{Claim, Commit, Row, RowKey};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::claims::{held_place, stale};
use super::trouble::Trouble;
use super::{letters, processors, rows};

pub(super) async fn rows_under_claim(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
    keys: &[RowKey],
) -> Result<Vec<Option<Row>>, Trouble> {
    let place = held_place(tables, now, claim).await?;
    rows::get(tables, place.generation, keys).await
}

/// What was written before a refusal is undone with the change.
pub(super) async fn commit(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
    commit: Commit,
) -> Result<(), Trouble> {
    let mut place = held_place(tables, now, claim).await?;
    if commit.number == place.commits && place.committed_under == claim.epoch {
        return Ok(());
    }
    if commit.number != place.commits + 1 {
        return Err(stale(claim).into());
    }
    commit.check_keys()?;
    letters::settle(tables, place.generation, &commit.settled).await?;
    let dropped = letters::put(tables, place.generation, claim, &commit.letters).await?;
    if dropped > 0 {
        processors::add_rejected_dropped(tables, &claim.processor, dropped).await?;
    }
    rows::put(tables, place.generation, commit.rows).await?;
    place.token = commit.token;
    place.commits = commit.number;
    place.committed_under = claim.epoch;
    place.save(tables).await
}
