//! Who lives, and who may work on what until when, by the database's clock.

use std::time::Duration;

use application::ports::token_store::{Beat, Claim, Claimed, Extended, NodeId, TokenError};

use super::dead_letters;
use super::segments::ids_and_masks;
use super::step_error::StepError;
use super::stored::Fields;
use crate::postgres::connection::{Database, Statement};
use crate::stores::processors::{desired, token};
use crate::stores::segments::{stale, unknown};

/// The longest time in microseconds that anything is kept for: a hundred years, so that sums of it are times still.
const TTL_US_MAX: i64 = 100 * 366 * 24 * 60 * 60 * 1_000_000;

pub(super) async fn beat(
    database: &Database,
    node: NodeId,
    claims: &[Claim],
    ttl: Duration,
) -> Result<Beat, StepError> {
    let names: Vec<_> = claims.iter().map(|claim| claim.processor.to_string()).collect();
    let (ids, masks) = ids_and_masks(claims.iter().map(|claim| claim.segment));
    let number =
        |of: fn(&Claim) -> u64| claims.iter().map(|claim| of(claim).cast_signed()).collect::<Vec<_>>();
    let beat = sqlx::query(include_str!("../sql/token_store/beat.sql"))
        .bind(node.uuid())
        .bind(microseconds(ttl))
        .bind(names)
        .bind(number(|claim| claim.generation.0))
        .bind(ids)
        .bind(masks)
        .bind(number(|claim| claim.epoch));
    let mut alive = vec![node];
    let mut extended: Vec<_> = claims.iter().map(|claim| Err(stale(claim))).collect();
    for row in database.change(beat).await? {
        let fields = Fields::of(&row);
        match fields.get::<Option<i64>>("place")? {
            None => alive.push(NodeId::new(fields.get("node")?)),
            Some(place) => {
                let place = usize::try_from(place - 1).ok().and_then(|place| extended.get_mut(place));
                place.into_iter().try_for_each(|answer| standing(&fields).map(|found| *answer = found))?;
            }
        }
    }
    alive.sort();
    Ok(Beat { alive, extended })
}

/// How a claim stands that is good.
fn standing(fields: &Fields<'_>) -> Result<Result<Extended, TokenError>, StepError> {
    let Some(commits) = fields.get::<Option<i64>>("commits")? else {
        let (doing, source) = ("extending a claim", "somebody is changing it just now".into());
        return Ok(Err(TokenError::Unavailable { doing, source }));
    };
    let (desired, said) = (desired(fields)?, fields.number("said")?);
    Ok(Ok(Extended { desired, commits: commits.cast_unsigned(), said }))
}

pub(super) async fn leave(database: &Database, node: NodeId) -> Result<(), StepError> {
    database.change(sqlx::query(include_str!("../sql/token_store/leave.sql")).bind(node.uuid())).await?;
    Ok(())
}

/// Claims what `wanted` names; its epoch is given here.
pub(super) async fn claim(database: &Database, wanted: Claim, ttl: Duration) -> Result<Claimed, StepError> {
    let claim = sqlx::query(include_str!("../sql/token_store/claim.sql"))
        .bind(wanted.processor.as_str())
        .bind(wanted.generation.0.cast_signed())
        .bind(i64::from(wanted.segment.id))
        .bind(i64::from(wanted.segment.mask))
        .bind(wanted.node.uuid())
        .bind(microseconds(ttl));
    let answer = database.change(claim).await?;
    let answer = Fields::of(answer.first().ok_or_else(|| unknown(&wanted.processor, "the answer"))?);
    if let Some(refusal) = answer.get("refusal")? {
        return Err(refused(refusal, &wanted, &answer)?.into());
    }
    // Nobody else changes the letters of this segment any more.
    let parked = dead_letters::parked_sequences(database, answer.get("generation")?, wanted.segment).await?;
    let claim = Claim { epoch: answer.number("epoch")?, ..wanted };
    let (commits, said) = (answer.number("commits")?, answer.number("said")?);
    Ok(Claimed { claim, token: token(&answer)?, commits, parked, said })
}

pub(super) async fn release(database: &Database, claim: &Claim) -> Result<(), StepError> {
    let released = database.change(under(claim, include_str!("../sql/token_store/release.sql"))).await?;
    released.first().map(|_| ()).ok_or_else(|| stale(claim).into())
}

/// A statement whose first six values are those of a claim.
pub(super) fn under(claim: &Claim, sql: &'static str) -> Statement {
    sqlx::query(sql)
        .bind(claim.processor.as_str())
        .bind(claim.generation.0.cast_signed())
        .bind(i64::from(claim.segment.id))
        .bind(i64::from(claim.segment.mask))
        .bind(claim.node.uuid())
        .bind(claim.epoch.cast_signed())
}

fn refused(refusal: &str, wanted: &Claim, answer: &Fields<'_>) -> Result<TokenError, StepError> {
    let processor = wanted.processor.clone();
    Ok(match refusal {
        "paused" => TokenError::Paused {
            processor,
            by: answer.get("paused_by")?,
            reason: answer.get("paused_reason")?,
        },
        "held" => TokenError::Held {
            processor,
            segment: wanted.segment,
            owner: NodeId::new(answer.get("owner")?),
            until: answer.moment("until_us")?,
        },
        "the name" => unknown(&processor, "the name"),
        "the generation" => unknown(&processor, "the generation"),
        _ => unknown(&processor, "the segment"),
    })
}

fn microseconds(ttl: Duration) -> i64 {
    i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX).min(TTL_US_MAX)
}
