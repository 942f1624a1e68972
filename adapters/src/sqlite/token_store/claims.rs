//! Who lives, and who may work on what until when.

use std::time::Duration;

use application::ports::processor_admin::Desired;
use application::ports::token_store::{Claim, Claimed, Extended, NodeId, TokenError};
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::super::connection::Failure;
use super::dead_letters;
use super::processors::{ProcessorRow, generation_id};
use super::segments::{load, node_bytes, node_lease, save, ttl_ns, until_text};
use super::step_error::StepError;
use crate::stores::lease::Lease;
use crate::stores::segments::{StoredSegment, stale, unknown};

/// Whoever holds the folder is the only one that lives: claims and heartbeats that stand there are of the dead.
pub(super) async fn take_over(tables: &mut SqliteConnection) -> Result<(), Failure> {
    sqlx::query(include_str!("../sql/token_store/drop_all_nodes.sql")).execute(&mut *tables).await?;
    sqlx::query(include_str!("../sql/token_store/release_all.sql")).execute(tables).await?;
    Ok(())
}

pub(super) async fn heartbeat(
    tables: &mut SqliteConnection,
    now: Timestamp,
    node: NodeId,
    ttl: Duration,
) -> Result<Vec<NodeId>, StepError> {
    let lease = Lease::new(node, ttl, now);
    let put = sqlx::query(include_str!("../sql/token_store/put_node.sql"));
    let put = put.bind(node_bytes(&lease)).bind(until_text(&lease)).bind(ttl_ns(&lease));
    put.execute(&mut *tables).await?;
    let mut alive = Vec::new();
    for row in sqlx::query(include_str!("../sql/token_store/nodes.sql")).fetch_all(&mut *tables).await? {
        let lease = node_lease(&row)?;
        if lease.binds_others(now) {
            alive.push(lease.node);
        } else {
            drop_node(tables, lease.node).await?;
        }
    }
    Ok(alive)
}

pub(super) async fn leave(tables: &mut SqliteConnection, node: NodeId) -> Result<(), StepError> {
    drop_node(tables, node).await?;
    let release = sqlx::query(include_str!("../sql/token_store/release_all_of_node.sql"));
    release.bind(node.uuid().as_bytes().to_vec()).execute(tables).await?;
    Ok(())
}

/// Claims what `wanted` names; its epoch is given here.
pub(super) async fn claim(
    tables: &mut SqliteConnection,
    now: Timestamp,
    wanted: Claim,
    ttl: Duration,
) -> Result<Claimed, StepError> {
    let name = &wanted.processor;
    if let Desired::Paused { by, reason } = ProcessorRow::load(tables, name).await?.generations.desired {
        return Err(TokenError::Paused { processor: name.clone(), by, reason }.into());
    }
    let generation = generation_id(tables, name, wanted.generation).await?;
    let generation = generation.ok_or_else(|| unknown(name, "the generation"))?;
    let place = load(tables, name, wanted.generation, wanted.segment).await?;
    let (_, mut place) = place.ok_or_else(|| unknown(name, "the segment"))?;
    place.check_free(&wanted, now)?;
    place.epoch += 1;
    place.lease = Some(Lease::new(wanted.node, ttl, now));
    save(tables, generation, &place).await?;
    let parked = dead_letters::parked_sequences(tables, generation, wanted.segment).await?;
    let claim = Claim { epoch: place.epoch, ..wanted };
    Ok(Claimed { claim, token: place.token, commits: place.commits, parked, said: 0 })
}

/// A claim that is not good any more leaves the others alone.
pub(super) async fn extend_all(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claims: &[Claim],
    ttl: Duration,
    said: u64,
) -> Result<Vec<Result<Extended, TokenError>>, StepError> {
    let mut extended = Vec::with_capacity(claims.len());
    for claim in claims {
        match extend(tables, now, claim, ttl, said).await {
            Ok(standing) => extended.push(Ok(standing)),
            Err(StepError::Refused(stale @ TokenError::Stale { .. })) => extended.push(Err(stale)),
            Err(other) => return Err(other),
        }
    }
    Ok(extended)
}

async fn extend(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
    ttl: Duration,
    said: u64,
) -> Result<Extended, StepError> {
    let (generation, mut place) = held_place(tables, now, claim).await?;
    place.lease = Some(Lease::new(claim.node, ttl, now));
    save(tables, generation, &place).await?;
    let desired = ProcessorRow::load(tables, &claim.processor).await?.generations.desired;
    Ok(Extended { desired, commits: place.commits, said })
}

pub(super) async fn release(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
) -> Result<(), StepError> {
    let (generation, mut place) = held_place(tables, now, claim).await?;
    place.lease = None;
    save(tables, generation, &place).await
}

/// The segment of a claim that is good.
pub(super) async fn held_place(
    tables: &mut SqliteConnection,
    now: Timestamp,
    claim: &Claim,
) -> Result<(i64, StoredSegment), StepError> {
    let place = load(tables, &claim.processor, claim.generation, claim.segment).await?;
    place.filter(|(_, place)| place.is_held_by(claim, now)).ok_or_else(|| stale(claim).into())
}

async fn drop_node(tables: &mut SqliteConnection, node: NodeId) -> Result<(), StepError> {
    let gone = sqlx::query(include_str!("../sql/token_store/drop_node.sql"));
    gone.bind(node.uuid().as_bytes().to_vec()).execute(tables).await?;
    Ok(())
}
