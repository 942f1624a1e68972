//! What was said for good about single events.

use std::collections::BTreeMap;

use application::ports::event_store::EventId;
use application::ports::token_store::{Overlay, ProcessorName};

use super::stored::Fields;
use super::trouble::Trouble;
use crate::postgres::connection::Database;

pub(super) async fn put_overlay(
    database: &Database,
    processor: &ProcessorName,
    event: EventId,
    overlay: &Overlay,
) -> Result<(), Trouble> {
    let payload = match overlay {
        Overlay::Edited(payload) => Some(payload.as_ref()),
        Overlay::Skipped => None,
    };
    let put = sqlx::query(include_str!("../sql/views/put_overlay.sql"));
    database.change(put.bind(processor.as_str()).bind(event.uuid()).bind(payload)).await?;
    Ok(())
}

pub(super) async fn overlays(
    database: &Database,
    processor: &ProcessorName,
) -> Result<BTreeMap<EventId, Overlay>, Trouble> {
    let found = sqlx::query(include_str!("../sql/views/overlays.sql")).bind(processor.as_str());
    let mut overlays = BTreeMap::new();
    for row in database.fetch(found).await? {
        let fields = Fields(&row);
        overlays.insert(EventId::new(fields.get("event")?), overlay(&fields, "payload")?);
    }
    Ok(overlays)
}

/// What the payload of an overlay says.
pub(super) fn overlay(fields: &Fields<'_>, column: &'static str) -> Result<Overlay, Trouble> {
    let payload = fields.get::<Option<Vec<u8>>>(column)?;
    Ok(payload.map_or(Overlay::Skipped, |payload| Overlay::Edited(payload.into())))
}
