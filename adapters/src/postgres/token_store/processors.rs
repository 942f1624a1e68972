//! Processors, and how far they are.

use std::collections::BTreeMap;

use application::ports::event_store::Position;
use application::ports::processor_admin::{Desired, ProcessorState, SegmentState};
use application::ports::token_store::{Generation, NodeId, ProcessorName, Segment};

use super::step_error::StepError;
use super::stored::Fields;
use crate::postgres::connection::Database;
use crate::stores::poller::Progress;
use crate::stores::processors::{desired, token};
use crate::stores::segments::unknown;

pub(super) async fn shown(database: &Database) -> Result<Vec<ProcessorState>, StepError> {
    let mut states: Vec<ProcessorState> = Vec::new();
    for row in database.fetch(sqlx::query(include_str!("../sql/token_store/processors.sql"))).await? {
        let fields = Fields::of(&row);
        let name: &str = fields.get("name")?;
        if states.last().is_none_or(|state| state.name.as_str() != name) {
            states.push(state(&fields)?);
        }
        let has_segment = fields.get::<Option<i64>>("number")?.is_some();
        if let Some(state) = states.last_mut().filter(|_| has_segment) {
            state.segments.push(segment(&fields)?);
        }
    }
    Ok(states)
}

pub(super) async fn set_desired(
    database: &Database,
    processor: &ProcessorName,
    desired: Desired,
) -> Result<(), StepError> {
    let (by, reason) = match desired {
        Desired::Running => (None, None),
        Desired::Paused { by, reason } => (Some(by), Some(reason)),
    };
    let set = sqlx::query(include_str!("../sql/token_store/set_desired.sql"));
    let set = database.change(set.bind(processor.as_str()).bind(by).bind(reason)).await?;
    set.first().map(|_| ()).ok_or_else(|| unknown(processor, "the name").into())
}

/// How far all of them are.
pub(super) async fn progress(database: &Database) -> Result<Progress, StepError> {
    let rows = database.fetch(sqlx::query(include_str!("../sql/token_store/progress.sql"))).await?;
    let reached = rows.iter().map(|row| {
        let name = ProcessorName::stored(Fields::of(row).get("processor")?);
        Ok((name, Position::new(Fields::of(row).number("reached")?)))
    });
    Ok(reached.collect::<Result<BTreeMap<_, _>, StepError>>()?.into())
}

/// The position all live segments of one have reached.
pub(super) async fn progress_of(
    database: &Database,
    processor: &ProcessorName,
) -> Result<Option<Position>, StepError> {
    let slowest =
        sqlx::query(include_str!("../sql/token_store/progress_of_one.sql")).bind(processor.as_str());
    let rows = database.fetch(slowest).await?;
    let reached =
        rows.first().map(|row| Fields::of(row).get::<Option<i64>>("reached")).transpose()?.flatten();
    Ok(reached.map(|position| Position::new(position.cast_unsigned())))
}

fn state(fields: &Fields<'_>) -> Result<ProcessorState, StepError> {
    let rebuilding = fields.get::<Option<i64>>("rebuilding")?;
    Ok(ProcessorState {
        name: ProcessorName::stored(fields.get("name")?),
        desired: desired(fields)?,
        live: Generation(fields.number("live")?),
        rebuilding: rebuilding.map(|number| Generation(number.cast_unsigned())),
        segments: Vec::new(),
        parked: fields.small_number("parked")? as usize,
        abandoned: fields.small_number("abandoned")? as usize,
        rejected: fields.small_number("rejected")? as usize,
        rejected_dropped: fields.number("rejected_dropped")?,
    })
}

fn segment(fields: &Fields<'_>) -> Result<SegmentState, StepError> {
    let owner = fields.get::<Option<_>>("owner")?.map(NodeId::new);
    Ok(SegmentState {
        generation: Generation(fields.number("number")?),
        segment: Segment { id: fields.small_number("id")?, mask: fields.small_number("mask")? },
        epoch: fields.number("epoch")?,
        owner: owner.map(|owner| Ok::<_, StepError>((owner, fields.moment("until_us")?))).transpose()?,
        token: token(fields)?,
    })
}
