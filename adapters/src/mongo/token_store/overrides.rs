//! What was said for good about single events.

use std::collections::BTreeMap;

use application::ports::dead_letters::EventOverride;
use application::ports::event_store::EventId;
use application::ports::token_store::ProcessorName;
use mongodb::bson::{Bson, doc};

use super::collections::{LETTER, OVERRIDE, PROCESSOR};
use super::step_error::{StepError, WorkError};
use super::stored::{Fields, binary};
use super::tables::{look, transact};
use crate::mongo::connection::Connection;
use crate::stores::letters::event_override;

pub(super) fn key(processor: &str, event: &str) -> String {
    format!("{event}:{processor}")
}

pub(super) async fn put_override(
    connection: &Connection,
    processor: &ProcessorName,
    event: EventId,
    event_override: &EventOverride,
) -> Result<(), StepError> {
    let payload = match event_override {
        EventOverride::Edited(payload) => binary(payload),
        EventOverride::Skipped => Bson::Null,
    };
    let (processor, event) = (processor.as_str().to_owned(), event.uuid().to_string());
    let put = transact(connection, move |mut tables| {
        let (processor, event, payload) = (processor.clone(), event.clone(), payload.clone());
        Box::pin(async move {
            tables.update(PROCESSOR, doc! { "_id": &processor }, doc! { "$inc": { "said": 1_i64 } }).await?;
            let kept = doc! { "processor": &processor, "event": &event, "payload": payload };
            tables.put(OVERRIDE, vec![(key(&processor, &event).into(), Some(kept))]).await?;
            let letters = doc! { "processor": processor, "event": event };
            tables.update(LETTER, letters, doc! { "$inc": { "letter_revision": 1_i64 } }).await?;
            Ok(())
        })
    });
    put.await
}

pub(super) async fn overrides(
    connection: &Connection,
    processor: &ProcessorName,
) -> Result<BTreeMap<EventId, EventOverride>, StepError> {
    let wanted = doc! { "processor": processor.as_str() };
    look(connection, move |mut tables| {
        Box::pin(async move {
            let found = tables.find(OVERRIDE, wanted, doc! { "_id": 1 }, usize::MAX).await?;
            let overrides = found.iter().map(|document| {
                let fields = Fields::of(document);
                Ok::<_, WorkError>((EventId::new(fields.id("event")?), event_override(&fields, "payload")?))
            });
            overrides.collect()
        })
    })
    .await
}
