//! Who lives, and who may work on what until when, by the server's clock.

use std::collections::HashMap;
use std::time::Duration;

use application::ports::processor_admin::Desired;
use application::ports::token_store::{Beat, Claim, Claimed, Extended, NodeId, TokenError};
use mongodb::bson::{Bson, Document, doc};

use super::collections::{LEASE, NODE, SEGMENT};
use super::dead_letters;
use super::processors::StoredProcessor;
use super::segments::{self, FoundSegment, lasting, lease};
use super::step_error::{StepError, WorkError};
use super::stored::{Fields, claimed_key, generation_key};
use super::tables::{Tables, look, transact};
use crate::mongo::connection::Connection;
use crate::stores::segments::{stale, unknown};

/// What a beat finds when it has extended what can be extended.
struct Heard {
    alive: Vec<NodeId>,
    /// Nodes that have been silent for too long.
    gone: Vec<String>,
    segments: HashMap<String, FoundSegment>,
    processors: Vec<StoredProcessor>,
}

/// Extends first and looks then: what has run out is not extended, and what has been claimed since is seen.
pub(super) async fn beat(
    connection: &Connection,
    node: NodeId,
    claims: &[Claim],
    ttl: Duration,
) -> Result<Beat, StepError> {
    extend(connection, node, claims, ttl).await?;
    let keys: Vec<_> = claims.iter().map(claimed_key).collect();
    let heard = look(connection, move |tables| Box::pin(listen(tables, keys))).await?;
    let extended = claims.iter().map(|claim| standing(claim, &heard)).collect();
    if !heard.gone.is_empty() {
        let (nodes, gone) = (connection.collection::<Document>(NODE), doc! { "_id": { "$in": heard.gone } });
        connection.change(async move { nodes.delete_many(gone).await }).await?;
    }
    Ok(Beat { alive: heard.alive, extended })
}

/// Says that the node lives, and prolongs its claims that are good.
async fn extend(
    connection: &Connection,
    node: NodeId,
    claims: &[Claim],
    ttl: Duration,
) -> Result<(), StepError> {
    let (nodes, leases) = (connection.collection::<Document>(NODE), connection.collection::<Document>(LEASE));
    let (id, lasting) = (node.uuid().to_string(), vec![doc! { "$set": lasting(ttl) }]);
    let good: Vec<_> = claims.iter().map(leased).collect();
    let change = async move {
        nodes.update_one(doc! { "_id": id }, lasting.clone()).upsert(true).await?;
        if !good.is_empty() {
            let good = doc! { "$or": good, "$expr": { "$gt": ["$until", "$$NOW"] } };
            leases.update_many(good, lasting).await?;
        }
        Ok(())
    };
    Ok(connection.change(change).await?)
}

/// The lease of a claim.
fn leased(claim: &Claim) -> Document {
    let (owner, epoch) = (claim.node.uuid().to_string(), claim.epoch.cast_signed());
    doc! { "_id": claimed_key(claim), "owner": owner, "epoch": epoch }
}

async fn listen(mut tables: Tables<'_>, keys: Vec<String>) -> Result<Heard, WorkError> {
    let pipeline = [doc! { "$sort": { "_id": 1 } }, doc! { "$set": { "now": "$$NOW" } }];
    let (mut alive, mut gone) = (Vec::new(), Vec::new());
    for document in tables.aggregate(NODE, pipeline).await? {
        let fields = Fields::of(&document);
        let beat = lease(&fields, "_id")?;
        if beat.binds_others(fields.server_time("now")?) {
            alive.push(beat.node);
        } else {
            gone.push(fields.text("_id")?.to_owned());
        }
    }
    let found = segments::find(&mut tables, doc! { "_id": { "$in": keys } }).await?;
    let segments = found.into_iter().map(|found| (found.key.clone(), found)).collect();
    Ok(Heard { alive, gone, segments, processors: StoredProcessor::all(&mut tables).await? })
}

fn standing(claim: &Claim, heard: &Heard) -> Result<Extended, TokenError> {
    let processor = heard.processors.iter().find(|processor| processor.name == claim.processor);
    let found = heard.segments.get(&claimed_key(claim));
    let found = found.filter(|found| found.place.is_held_by(claim, found.now));
    let (Some(processor), Some(found)) = (processor, found) else { return Err(stale(claim)) };
    let desired = processor.generations.desired.clone();
    Ok(Extended { desired, commits: found.place.commits, said: processor.said })
}

pub(super) async fn leave(connection: &Connection, node: NodeId) -> Result<(), StepError> {
    let (nodes, leases) = (connection.collection::<Document>(NODE), connection.collection::<Document>(LEASE));
    let id = node.uuid().to_string();
    let left = async move {
        nodes.delete_one(doc! { "_id": &id }).await?;
        leases.update_many(doc! { "owner": id }, doc! { "$set": { "owner": Bson::Null } }).await
    };
    connection.change(left).await?;
    Ok(())
}

/// Claims what `wanted` names; its epoch is given here. Two who claim the same meet in the segment.
pub(super) async fn claim(
    connection: &Connection,
    wanted: Claim,
    ttl: Duration,
) -> Result<Claimed, StepError> {
    transact(connection, move |tables| Box::pin(take(tables, wanted.clone(), ttl))).await
}

async fn take(mut tables: Tables<'_>, wanted: Claim, ttl: Duration) -> Result<Claimed, WorkError> {
    let name = &wanted.processor;
    let processor =
        StoredProcessor::find(&mut tables, name).await?.ok_or_else(|| unknown(name, "the name"))?;
    if let Desired::Paused { by, reason } = processor.generations.desired.clone() {
        return Err(TokenError::Paused { processor: name.clone(), by, reason }.into());
    }
    if !processor.generations().any(|number| number == wanted.generation) {
        return Err(unknown(name, "the generation").into());
    }
    let found = segments::claimed(&mut tables, &wanted).await?;
    let FoundSegment { place, now, .. } = found.ok_or_else(|| unknown(name, "the segment"))?;
    place.check_free(&wanted, now)?;
    let claim = Claim { epoch: place.epoch + 1, ..wanted };
    hold(&mut tables, &claim, ttl).await?;
    let generation = generation_key(&claim.processor, claim.generation);
    let parked = dead_letters::parked_sequences(&mut tables, &generation, claim.segment).await?;
    Ok(Claimed { claim, token: place.token, commits: place.commits, parked, said: processor.said })
}

async fn hold(tables: &mut Tables<'_>, claim: &Claim, ttl: Duration) -> Result<(), WorkError> {
    let (key, epoch) = (doc! { "_id": claimed_key(claim) }, claim.epoch.cast_signed());
    tables.update(SEGMENT, key.clone(), doc! { "$set": { "epoch": epoch } }).await?;
    let generation = generation_key(&claim.processor, claim.generation);
    let mut lease = lasting(ttl);
    lease.extend(doc! { "g": generation, "owner": claim.node.uuid().to_string(), "epoch": epoch });
    tables.upsert(LEASE, key, vec![doc! { "$set": lease }]).await
}

pub(super) async fn release(connection: &Connection, claim: &Claim) -> Result<(), StepError> {
    let wanted = claim.clone();
    look(connection, move |mut tables| Box::pin(async move { check_held(&mut tables, &wanted).await }))
        .await?;
    let (leases, lease) = (connection.collection::<Document>(LEASE), leased(claim));
    let given_back = doc! { "$set": { "owner": Bson::Null } };
    connection.change(async move { leases.update_one(lease, given_back).await }).await?;
    Ok(())
}

/// That a claim is good.
pub(super) async fn check_held(tables: &mut Tables<'_>, claim: &Claim) -> Result<(), WorkError> {
    let found = segments::claimed(tables, claim).await?;
    match found.filter(|found| found.place.is_held_by(claim, found.now)) {
        Some(_) => Ok(()),
        None => Err(stale(claim).into()),
    }
}
