//! What was said for good about single events.

use std::collections::BTreeMap;

use application::ports::dead_letters::EventOverride;
use application::ports::event_store::EventId;
use application::ports::token_store::ProcessorName;

use super::step_error::StepError;
use super::stored::Fields;
use crate::postgres::connection::Database;
use crate::stores::letters::event_override;

pub(super) async fn put_override(
    database: &Database,
    processor: &ProcessorName,
    event: EventId,
    event_override: &EventOverride,
) -> Result<(), StepError> {
    let payload = match event_override {
        EventOverride::Edited(payload) => Some(payload.as_ref()),
        EventOverride::Skipped => None,
    };
    let put = sqlx::query(include_str!("../sql/token_store/put_override.sql"));
    database.change(put.bind(processor.as_str()).bind(event.uuid()).bind(payload)).await?;
    Ok(())
}

pub(super) async fn overrides(
    database: &Database,
    processor: &ProcessorName,
) -> Result<BTreeMap<EventId, EventOverride>, StepError> {
    let found = sqlx::query(include_str!("../sql/token_store/overrides.sql")).bind(processor.as_str());
    let mut overrides = BTreeMap::new();
    for row in database.fetch(found).await? {
        let fields = Fields::of(&row);
        overrides.insert(EventId::new(fields.get("event")?), event_override(&fields, "payload")?);
    }
    Ok(overrides)
}
