//! What was said for good about single events.

use std::collections::BTreeMap;

use application::ports::event_store::EventId;
use application::ports::token_store::{Overlay, ProcessorName};
use sqlx::SqliteConnection;

use super::stored::Fields;
use super::trouble::Trouble;

pub(super) async fn put_overlay(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
    event: EventId,
    overlay: Overlay,
) -> Result<(), Trouble> {
    let payload = match overlay {
        Overlay::Edited(payload) => Some(payload.to_vec()),
        Overlay::Skipped => None,
    };
    let event = event.uuid().as_bytes().to_vec();
    let put = sqlx::query(include_str!("../sql/views/put_overlay.sql")).bind(processor.as_str());
    put.bind(event.as_slice()).bind(payload).execute(&mut *tables).await?;
    let touch = sqlx::query(include_str!("../sql/views/touch_letters.sql")).bind(processor.as_str());
    touch.bind(event).execute(tables).await?;
    Ok(())
}

pub(super) async fn overlays(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
) -> Result<BTreeMap<EventId, Overlay>, Trouble> {
    let found = sqlx::query(include_str!("../sql/views/overlays.sql")).bind(processor.as_str());
    let mut overlays = BTreeMap::new();
    for row in found.fetch_all(tables).await? {
        let fields = Fields(&row);
        overlays.insert(EventId::new(fields.id("event")?), overlay(&fields, "payload")?);
    }
    Ok(overlays)
}

/// What the payload of an overlay says.
pub(super) fn overlay(fields: &Fields<'_>, column: &'static str) -> Result<Overlay, Trouble> {
    let payload = fields.get::<Option<Vec<u8>>>(column)?;
    Ok(payload.map_or(Overlay::Skipped, |payload| Overlay::Edited(payload.into())))
}
