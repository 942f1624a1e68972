//! Processors, and how far they are.

use std::collections::BTreeMap;

use application::codec::rows::letter_kind_number;
use application::ports::dead_letters::DeadLetterKind;
use application::ports::event_store::Position;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName};
use mongodb::bson::{Document, doc};

use super::collections::{LETTER, PROCESSOR, SEGMENT};
use super::segments;
use super::step_error::{StepError, WorkError};
use super::stored::{Fields, generation_key};
use super::tables::{Tables, look};
use crate::mongo::connection::Connection;
use crate::stores::generations::Generations;
use crate::stores::poller::Progress;
use crate::stores::processors::generations;
use crate::stores::segments::unknown;

/// A processor as it stands in its document.
pub(super) struct StoredProcessor {
    pub(super) name: ProcessorName,
    pub(super) generations: Generations,
    /// How often operators have said something.
    pub(super) said: u64,
    rejected_dropped: u64,
    /// Generations that nobody has swept yet.
    pub(super) ended: Vec<Generation>,
}

impl StoredProcessor {
    pub(super) async fn find(
        tables: &mut Tables<'_>,
        name: &ProcessorName,
    ) -> Result<Option<Self>, WorkError> {
        let found = tables.find(PROCESSOR, doc! { "_id": name.as_str() }, doc! { "_id": 1 }, 1).await?;
        Ok(found.first().map(Self::read).transpose()?)
    }

    /// By name.
    pub(super) async fn all(tables: &mut Tables<'_>) -> Result<Vec<Self>, WorkError> {
        let found = tables.find(PROCESSOR, doc! {}, doc! { "_id": 1 }, usize::MAX).await?;
        found.iter().map(|document| Ok(Self::read(document)?)).collect()
    }

    /// Nobody else changes it until the transaction ends; none when it is not known.
    pub(super) async fn lock(
        tables: &mut Tables<'_>,
        name: &ProcessorName,
        counted: &str,
    ) -> Result<Option<Self>, WorkError> {
        let count = doc! { "$inc": { counted: 1_i64 } };
        let locked = tables.locked(PROCESSOR, doc! { "_id": name.as_str() }, count).await?;
        Ok(locked.as_ref().map(Self::read).transpose()?)
    }

    /// The live generation, and the one being rebuilt.
    pub(super) fn generations(&self) -> impl Iterator<Item = Generation> {
        [Some(self.generations.live), self.generations.rebuilding].into_iter().flatten()
    }

    /// What belongs to them is found by these.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        self.generations().map(|number| generation_key(&self.name, number))
    }

    pub(super) fn live_key(&self) -> String {
        generation_key(&self.name, self.generations.live)
    }

    pub(super) fn read(document: &Document) -> Result<Self, StepError> {
        let fields = Fields::of(document);
        let ended = document.get_array("ended").into_iter().flatten();
        let ended = ended.filter_map(|number| number.as_i64());
        Ok(Self {
            name: ProcessorName::stored(fields.text("_id")?.to_owned()),
            generations: generations(&fields)?,
            said: fields.number("said")?,
            rejected_dropped: fields.number("rejected_dropped")?,
            ended: ended.map(|number| Generation(number.cast_unsigned())).collect(),
        })
    }
}

/// What belongs to a live generation is found by one of these.
pub(super) async fn live_keys(tables: &mut Tables<'_>) -> Result<Vec<String>, WorkError> {
    Ok(StoredProcessor::all(tables).await?.iter().map(StoredProcessor::live_key).collect())
}

pub(super) async fn shown(tables: &mut Tables<'_>) -> Result<Vec<ProcessorState>, WorkError> {
    let processors = StoredProcessor::all(tables).await?;
    let keys: Vec<_> = processors.iter().flat_map(StoredProcessor::keys).collect();
    let segments = segments::find(tables, doc! { "g": { "$in": &keys } }).await?;
    let counts = letter_counts(tables, keys).await?;
    let shown = processors.into_iter().map(|found| {
        let own = segments.iter().filter(|segment| segment.processor == found.name);
        let letters = |kind| {
            let counted = found.keys().filter_map(|key| counts.get(&(key, letter_kind_number(kind).into())));
            counted.sum()
        };
        ProcessorState {
            desired: found.generations.desired.clone(),
            live: found.generations.live,
            rebuilding: found.generations.rebuilding,
            segments: own.map(segments::FoundSegment::shown).collect(),
            parked: letters(DeadLetterKind::Parked),
            abandoned: letters(DeadLetterKind::Abandoned),
            rejected: letters(DeadLetterKind::Rejected),
            rejected_dropped: found.rejected_dropped,
            name: found.name,
        }
    });
    Ok(shown.collect())
}

/// How many letters of each kind each generation has.
async fn letter_counts(
    tables: &mut Tables<'_>,
    keys: Vec<String>,
) -> Result<BTreeMap<(String, i64), usize>, WorkError> {
    let pipeline = [
        doc! { "$match": { "g": { "$in": keys } } },
        doc! { "$group": { "_id": { "g": "$g", "kind": "$kind" }, "letters": { "$sum": 1 } } },
        doc! { "$project": { "g": "$_id.g", "kind": "$_id.kind", "letters": 1 } },
    ];
    let counts = tables.aggregate(LETTER, pipeline).await?;
    let counts = counts.iter().map(|counted| {
        let fields = Fields::of(counted);
        let key = (fields.text("g")?.to_owned(), fields.integer("kind")?);
        Ok::<_, WorkError>((key, fields.small_number("letters")? as usize))
    });
    counts.collect()
}

pub(super) async fn set_desired(
    connection: &Connection,
    processor: &ProcessorName,
    desired: Desired,
) -> Result<(), StepError> {
    let (by, reason) = match desired {
        Desired::Running => (None, None),
        Desired::Paused { by, reason } => (Some(by), Some(reason)),
    };
    let (processors, wanted) =
        (connection.collection::<Document>(PROCESSOR), doc! { "_id": processor.as_str() });
    let set = doc! { "$set": { "paused_by": by, "paused_reason": reason } };
    let set = connection.change(async move { processors.update_one(wanted, set).await }).await?;
    if set.matched_count == 0 {
        return Err(unknown(processor, "the name").into());
    }
    Ok(())
}

/// How far all of them are, of one that has segments.
pub(super) async fn progress(connection: &Connection) -> Result<Progress, StepError> {
    let live = doc! { "$concat": [{ "$toString": "$live" }, ":", "$_id"] };
    let segments = doc! { "from": SEGMENT, "localField": "g", "foreignField": "g", "as": "segments" };
    let pipeline = [
        doc! { "$project": { "g": live } },
        doc! { "$lookup": segments },
        doc! { "$project": { "reached": { "$min": "$segments.token_position" } } },
    ];
    let reached = look(connection, move |mut tables| {
        Box::pin(async move { tables.aggregate(PROCESSOR, pipeline).await })
    });
    let mut progress = BTreeMap::new();
    for document in reached.await? {
        let fields = Fields::of(&document);
        let name = ProcessorName::stored(fields.text("_id")?.to_owned());
        if let Some(reached) = fields.integer_or_none("reached")? {
            progress.insert(name, Position::new(reached.cast_unsigned()));
        }
    }
    Ok(progress.into())
}
