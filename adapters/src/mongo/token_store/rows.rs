//! The rows of the views: a collection a kind, where a row's id is its generation and its key, in this order.

mod best_sellers;
mod catalogue;
mod loans;
mod processes;
mod titles;

use std::collections::{BTreeMap, HashMap};

use application::codec::rows::process_key;
use application::ports::token_store::{ProcessorName, Row, RowKey};
use mongodb::IndexModel;
use mongodb::bson::{Bson, Document, doc};

use super::processors::{StoredProcessor, live_keys};
use super::step_error::{StepError, WorkError};
use super::stored::{Fields, binary, count};
use super::tables::{Tables, look};
use crate::mongo::connection::Connection;

pub(super) use best_sellers::ranking;
pub(super) use catalogue::books;
pub(super) use loans::{loans, overdue};
pub(super) use processes::{due, process, processes};
pub(super) use titles::title;

/// How the rows of one view are kept.
pub(super) struct RowCollection {
    pub(super) collection: &'static str,
    /// What stands in a row.
    read: fn(&Fields<'_>) -> Result<Row, StepError>,
    /// By what its questions find rows.
    pub(super) indexes: fn() -> Vec<IndexModel>,
}

/// In the order of their keys.
pub(super) const VIEWS: [RowCollection; 5] =
    [catalogue::VIEW, loans::VIEW, best_sellers::VIEW, processes::VIEW, titles::VIEW];

/// The place of its view among all.
const fn place_of(key: RowKey) -> usize {
    match key {
        RowKey::Catalogue(_) => 0,
        RowKey::Loan(_) => 1,
        RowKey::BestSeller(..) => 2,
        RowKey::Process(_) => 3,
        RowKey::Title(_) => 4,
    }
}

/// Rows with these keys.
pub(super) async fn get(
    tables: &mut Tables<'_>,
    generation: &str,
    keys: &[RowKey],
) -> Result<HashMap<RowKey, Row>, WorkError> {
    let mut found = HashMap::with_capacity(keys.len());
    for (place, view) in VIEWS.iter().enumerate() {
        let own = keys.iter().filter(|key| place_of(**key) == place);
        let ids: Vec<_> = own.map(|key| id(generation, stored_key(*key))).collect();
        if !ids.is_empty() {
            for document in
                tables.aggregate(view.collection, [doc! { "$match": { "_id": { "$in": ids } } }]).await?
            {
                let row = (view.read)(&Fields::of(&document))?;
                found.insert(row.key(), row);
            }
        }
    }
    Ok(found)
}

/// Changes of rows, of several generations.
#[derive(Default)]
pub(super) struct RowChanges(BTreeMap<usize, Vec<(Bson, Option<Document>)>>);

impl RowChanges {
    /// None removes what is there.
    pub(super) fn add(&mut self, generation: &str, key: RowKey, row: Option<&Row>) -> Result<(), StepError> {
        let change = (id(generation, stored_key(key)).into(), row.map(stored).transpose()?);
        self.0.entry(place_of(key)).or_default().push(change);
        Ok(())
    }

    pub(super) async fn put(mut self, tables: &mut Tables<'_>) -> Result<(), WorkError> {
        for (place, view) in VIEWS.iter().enumerate() {
            if let Some(changes) = self.0.remove(&place) {
                tables.put(view.collection, changes).await?;
            }
        }
        Ok(())
    }
}

/// Rows of the live generation by key, of all kinds; none for a name that was never registered.
pub(super) async fn live_after(
    tables: &mut Tables<'_>,
    processor: &ProcessorName,
    after: Option<RowKey>,
    limit: usize,
) -> Result<Vec<Row>, WorkError> {
    let Some(processor) = StoredProcessor::find(tables, processor).await? else { return Ok(Vec::new()) };
    let (generation, reached) = (processor.live_key(), after.map_or(0, place_of));
    let mut after = after.map(stored_key);
    let mut found = Vec::new();
    for view in VIEWS.iter().skip(reached) {
        let wanted = doc! { "_id": of_generation(&generation, after.take()) };
        for document in tables.find(view.collection, wanted, doc! { "_id": 1 }, limit - found.len()).await? {
            found.push((view.read)(&Fields::of(&document))?);
        }
    }
    Ok(found)
}

/// The ids of all rows of a generation, or of those after a key.
pub(super) fn of_generation(generation: &str, after: Option<Bson>) -> Document {
    let start = after.map_or_else(|| doc! { "g": generation }, |key| id(generation, key));
    doc! { "$gt": start, "$lt": id(generation, Bson::MaxKey) }
}

/// The answer to a question about rows of one kind: of the live generations, whose keys `wanted` gets.
async fn ask<T: Send + 'static>(
    connection: &Connection,
    view: &RowCollection,
    wanted: impl FnOnce(&[String]) -> Vec<Document> + Send + 'static,
    limit: usize,
    read: fn(&Fields<'_>) -> Result<T, StepError>,
) -> Result<Vec<T>, StepError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let collection = view.collection;
    let found = look(connection, move |mut tables| {
        Box::pin(async move {
            let mut pipeline = wanted(&live_keys(&mut tables).await?);
            pipeline.push(doc! { "$limit": count(limit) });
            tables.aggregate(collection, pipeline).await
        })
    });
    found.await?.iter().map(|document| read(&Fields::of(document))).collect()
}

fn id(generation: &str, key: Bson) -> Document {
    doc! { "g": generation, "k": key }
}

fn stored_key(key: RowKey) -> Bson {
    match key {
        RowKey::Catalogue(no) | RowKey::Title(no) => no.value().into(),
        RowKey::Loan(id) => id.uuid().to_string().into(),
        RowKey::BestSeller(no, month) => doc! { "no": no.value(), "month": month.to_string() }.into(),
        RowKey::Process(id) => binary(&process_key(id)),
    }
}

fn stored(row: &Row) -> Result<Document, StepError> {
    match row {
        Row::Catalogue(row) => catalogue::stored(row),
        Row::Loan(row) => loans::stored(row),
        Row::BestSeller(row) => best_sellers::stored(row),
        Row::Process(row) => processes::stored(row),
        Row::Title(row) => titles::stored(row),
    }
}
