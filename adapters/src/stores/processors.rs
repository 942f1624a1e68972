//! What is stored of processors and their segments, and back.

use application::ports::event_store::{EventId, LogId, Position};
use application::ports::message_source::Token;
use application::ports::processor_admin::Desired;
use application::ports::token_store::Generation;

use super::fields::{Fields, Read, StoredRow};
use super::generations::Generations;

/// Which generations a processor has.
pub(crate) fn generations<R: StoredRow>(fields: &Fields<'_, R>) -> Read<Generations, R> {
    let rebuilding = fields.integer_or_none("rebuilding")?;
    Ok(Generations {
        desired: desired(fields)?,
        live: Generation(fields.number("live")?),
        rebuilding: rebuilding.map(|number| Generation(number.cast_unsigned())),
        newest: Generation(fields.number("newest")?),
    })
}

/// Whether a processor shall run: nobody has paused one that shall.
pub(crate) fn desired<R: StoredRow>(fields: &Fields<'_, R>) -> Read<Desired, R> {
    Ok(match fields.text_or_none("paused_by")? {
        Some(by) => Desired::Paused { by: by.to_owned(), reason: fields.text("paused_reason")?.to_owned() },
        None => Desired::Running,
    })
}

/// How far a segment has come.
pub(crate) fn token<R: StoredRow>(fields: &Fields<'_, R>) -> Read<Token, R> {
    Ok(Token {
        log: LogId::new(fields.id("token_log")?),
        position: Position::new(fields.number("token_position")?),
        event: fields.id_or_none("token_event")?.map(EventId::new),
    })
}
