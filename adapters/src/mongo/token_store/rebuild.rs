//! The shape of a processor as its collections keep it, and what its generations leave behind.

use application::ports::event_store::Position;
use application::ports::token_store::{Generation, ProcessorName, Segment};
use mongodb::bson::{Bson, Document, doc};

use super::collections::{LEASE, LETTER, PROCESSOR, SEGMENT};
use super::dead_letters::blocking;
use super::processors::StoredProcessor;
use super::rows::{VIEWS, of_generation};
use super::segments;
use super::step_error::{StepError, WorkError};
use super::stored::{count, generation_key};
use super::tables::{Tables, look};
use crate::mongo::connection::Connection;
use crate::stores::generations::{Generations, ProcessorTables};
use crate::stores::segments::StoredSegment;

/// The collections of one processor within a transaction. Who changes a processor's shape changes its document first,
/// so two who do so at once meet there.
pub(super) struct ProcessorDocuments<'s> {
    pub(super) tables: Tables<'s>,
    pub(super) name: ProcessorName,
}

impl ProcessorDocuments<'_> {
    fn key(&self, number: Generation) -> String {
        generation_key(&self.name, number)
    }

    async fn change(&mut self, change: Document) -> Result<(), WorkError> {
        self.tables.update(PROCESSOR, doc! { "_id": self.name.as_str() }, change).await?;
        Ok(())
    }
}

impl ProcessorTables for ProcessorDocuments<'_> {
    type Error = WorkError;

    fn name(&self) -> &ProcessorName {
        &self.name
    }

    async fn add(&mut self) -> Result<bool, WorkError> {
        if StoredProcessor::find(&mut self.tables, &self.name).await?.is_some() {
            return Ok(false);
        }
        let fresh = doc! {
            "live": 0_i64, "newest": 0_i64, "said": 0_i64, "rejected_dropped": 0_i64, "changes": 0_i64,
            "ended": Vec::<Bson>::new(),
        };
        self.tables.put(PROCESSOR, vec![(self.name.as_str().into(), Some(fresh))]).await?;
        Ok(true)
    }

    async fn lock(&mut self) -> Result<Option<Generations>, WorkError> {
        let found = StoredProcessor::lock(&mut self.tables, &self.name, "changes").await?;
        Ok(found.map(|found| found.generations))
    }

    async fn save(&mut self, found: &Generations) -> Result<(), WorkError> {
        let rebuilding = found.rebuilding.map(|number| number.0.cast_signed());
        let (live, newest) = (found.live.0.cast_signed(), found.newest.0.cast_signed());
        let set = doc! { "live": live, "rebuilding": rebuilding, "newest": newest };
        self.change(doc! { "$set": set, "$inc": { "said": 1_i64 } }).await
    }

    async fn segments(&mut self, number: Generation) -> Result<Vec<StoredSegment>, WorkError> {
        let all = doc! { "g": self.key(number) };
        let found = segments::find(&mut self.tables, all).await?;
        Ok(found.into_iter().map(|found| found.place).collect())
    }

    /// A generation is what belongs to it.
    async fn begin(&mut self, _number: Generation) -> Result<(), WorkError> {
        Ok(())
    }

    async fn put(&mut self, number: Generation, places: &[StoredSegment]) -> Result<(), WorkError> {
        segments::put(&mut self.tables, &self.name, number, places).await
    }

    async fn remove(&mut self, number: Generation, gone: &[Segment]) -> Result<(), WorkError> {
        segments::remove(&mut self.tables, &self.name, number, gone).await
    }

    async fn release(&mut self, number: Generation) -> Result<(), WorkError> {
        let next = doc! { "$inc": { "epoch": 1_i64 } };
        self.tables.update(SEGMENT, doc! { "g": self.key(number) }, next).await?;
        Ok(())
    }

    /// Its letters are no longer asked for, and go with its rows.
    async fn end(&mut self, number: Generation) -> Result<(), WorkError> {
        self.tables.remove(SEGMENT, doc! { "g": self.key(number) }).await?;
        self.change(doc! { "$addToSet": { "ended": number.0.cast_signed() } }).await
    }

    async fn is_letter_waiting(&mut self, number: Generation) -> Result<bool, WorkError> {
        let waiting = doc! { "g": self.key(number), "kind": blocking() };
        Ok(!self.tables.find(LETTER, waiting, doc! { "_id": 1 }, 1).await?.is_empty())
    }

    async fn drop_letters_beyond(
        &mut self,
        number: Generation,
        position: Position,
    ) -> Result<usize, WorkError> {
        let beyond = doc! { "$gt": position.value().cast_signed() };
        let beyond = doc! { "g": self.key(number), "kind": blocking(), "position": beyond };
        Ok(usize::try_from(self.tables.remove(LETTER, beyond).await?).unwrap_or(usize::MAX))
    }
}

/// Removes a piece of what generations have left that ended, and those of which nothing is left. Each step may be done
/// alone: nobody sees what is left of them.
pub(super) async fn sweep(
    connection: &Connection,
    processor: &ProcessorName,
    limit: usize,
) -> Result<usize, StepError> {
    let name = processor.clone();
    let found = look(connection, move |mut tables| {
        Box::pin(async move { StoredProcessor::find(&mut tables, &name).await })
    });
    for number in found.await?.map_or_else(Vec::new, |found| found.ended) {
        let generation = generation_key(processor, number);
        let mut swept = 0;
        for view in VIEWS {
            swept += sweep_rows(connection, view.collection, &generation, limit).await?;
        }
        if swept > 0 {
            return Ok(swept);
        }
        forget(connection, processor, number).await?;
    }
    Ok(0)
}

async fn sweep_rows(
    connection: &Connection,
    collection: &'static str,
    generation: &str,
    limit: usize,
) -> Result<usize, StepError> {
    let wanted = doc! { "_id": of_generation(generation, None) };
    let ids = look(connection, move |mut tables| {
        let pipeline = [
            doc! { "$match": wanted },
            doc! { "$limit": count(limit.max(1)) },
            doc! { "$project": { "_id": 1 } },
        ];
        Box::pin(async move { tables.aggregate(collection, pipeline).await })
    });
    let ids: Vec<Bson> = ids.await?.iter().filter_map(|found| found.get("_id").cloned()).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let (swept, rows) = (ids.len(), connection.collection::<Document>(collection));
    connection.change(async move { rows.delete_many(doc! { "_id": { "$in": ids } }).await }).await?;
    Ok(swept)
}

async fn forget(
    connection: &Connection,
    processor: &ProcessorName,
    number: Generation,
) -> Result<(), StepError> {
    let [letters, leases, processors] =
        [LETTER, LEASE, PROCESSOR].map(|name| connection.collection::<Document>(name));
    let (generation, wanted) = (generation_key(processor, number), doc! { "_id": processor.as_str() });
    let gone = async move {
        letters.delete_many(doc! { "g": &generation }).await?;
        leases.delete_many(doc! { "g": generation }).await?;
        processors.update_one(wanted, doc! { "$pull": { "ended": number.0.cast_signed() } }).await
    };
    connection.change(gone).await?;
    Ok(())
}
