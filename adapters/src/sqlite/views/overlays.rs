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
    let put = sqlx::query(include_str!("../sql/views/put_overlay.sql")).bind(processor.as_str());
    put.bind(event.uuid().as_bytes().to_vec()).bind(payload).execute(tables).await?;
    Ok(())
}

pub(super) async fn overlays(
    tables: &mut SqliteConnection,
    processor: &ProcessorName,
) -> Result<BTreeMap<EventId, Overlay>, Trouble> {
    let found = sqlx::query(include_str!("../sql/views/overlays.sql")).bind(processor.as_str());
    let mut overlays = BTreeMap::new();
    for row in found.fetch_all(tables).await? {
        let payload = Fields(&row).get::<Option<Vec<u8>>>("payload")?;
        let overlay = payload.map_or(Overlay::Skipped, |payload| Overlay::Edited(payload.into()));
        overlays.insert(EventId::new(Fields(&row).id("event")?), overlay);
    }
    Ok(overlays)
}
