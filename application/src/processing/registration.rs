//! Making processors known before they start, and finding out which segments each one has.

use std::collections::BTreeMap;

use thiserror::Error;

use super::context::ProcessorContext;
use crate::ports::message_source::{SourceError, StartingPoint};
use crate::ports::processor_admin::ProcessorState;
use crate::ports::token_store::{ProcessorName, Segment, TokenError};

/// Why it could not be found out which segments processors have.
#[derive(Debug, Error)]
pub enum RegistrationError {
    /// The token store could not be asked.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// The source does not say where it begins.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// How a processor begins that is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProcessor {
    /// Its name.
    pub name: ProcessorName,
    /// How many segments it gets; a power of two.
    pub segments: u32,
    /// Where it begins.
    pub start: StartingPoint,
}

impl NewProcessor {
    /// One that begins at the beginning.
    #[must_use]
    pub const fn at_the_beginning(name: ProcessorName, segments: u32) -> Self {
        Self { name, segments, start: StartingPoint::Beginning }
    }
}

/// Registers those processors that are new with as many segments as wanted, starting where they shall, and answers the
/// segments that each has. One that is known keeps what it has, whatever is wanted now: its tokens belong to them.
///
/// # Errors
/// [`RegistrationError`] when the token store or the source cannot be asked.
pub async fn register(
    within: &ProcessorContext,
    wanted: &[NewProcessor],
) -> Result<BTreeMap<ProcessorName, Vec<Segment>>, RegistrationError> {
    let before = within.tokens.admin.processors().await?;
    for NewProcessor { name, segments, start } in
        wanted.iter().filter(|new| find(&before, &new.name).is_none())
    {
        let first = within.source.token_at(*start).await?;
        if *start != StartingPoint::Beginning {
            tracing::info!(processor = %name, after = %first.position, "a new processor leaves out what was before");
        }
        within.tokens.admin.register(name, &Segment::all_at(*segments, first)).await?;
    }
    let states = within.tokens.admin.processors().await?;
    Ok(wanted.iter().map(|new| (new.name.clone(), of(&states, &new.name, new.segments))).collect())
}

fn of(states: &[ProcessorState], name: &ProcessorName, wanted: u32) -> Vec<Segment> {
    let known = find(states, name).into_iter().flat_map(|state| {
        let live = state.segments.iter().filter(|segment| segment.generation == state.live);
        live.map(|segment| segment.segment)
    });
    let known: Vec<_> = known.collect();
    if !Segment::cover_everything(known.iter().copied()) {
        // They find out that some are missing, and say so.
        return Segment::all(wanted).collect();
    }
    if known.len() != wanted as usize {
        tracing::warn!(
            processor = %name,
            segments = known.len(),
            wanted,
            "a processor keeps the segments it was first started with; the setting counts for new ones only"
        );
    }
    known
}

fn find<'a>(states: &'a [ProcessorState], name: &ProcessorName) -> Option<&'a ProcessorState> {
    states.iter().find(|state| state.name == *name)
}
