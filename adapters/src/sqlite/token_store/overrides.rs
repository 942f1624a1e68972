//! What was said for good about single events.

use std::collections::BTreeMap;

use application::ports::dead_letters::EventOverride;
use application::ports::event_store::EventId;
use application::ports::token_store::ProcessorName;
use sqlx::SqliteConnection;

use super::step_error::StepError;
use super::stored::Fields;
use crate::stores::letters::event_override;

pub(super) async fn put_override(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    event: EventId,
    event_override: EventOverride,
) -> Result<(), StepError> {
    let payload = match event_override {
        EventOverride::Edited(payload) => Some(payload.to_vec()),
        EventOverride::Skipped => None,
    };
    let event = event.uuid().as_bytes().to_vec();
    let put = sqlx::query(include_str!("../sql/token_store/put_override.sql")).bind(processor.as_str());
    put.bind(event.as_slice()).bind(payload).execute(&mut *tables).await?;
    let touch = sqlx::query(include_str!("../sql/token_store/touch_letters.sql")).bind(processor.as_str());
    touch.bind(event).execute(tables).await?;
    Ok(())
}

pub(super) async fn overrides(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
) -> Result<BTreeMap<EventId, EventOverride>, StepError> {
    let found = sqlx::query(include_str!("../sql/token_store/overrides.sql")).bind(processor.as_str());
    let mut overrides = BTreeMap::new();
    for row in found.fetch_all(tables).await? {
        let fields = Fields::of(&row);
        overrides.insert(EventId::new(fields.id("event")?), event_override(&fields, "payload")?);
    }
    Ok(overrides)
}
