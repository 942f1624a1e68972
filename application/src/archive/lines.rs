//! The lines of an export, each read on its own and held against what an export looks like.

use std::io::{BufRead, Read};

use super::{Line, LineProblem};
use crate::codec::{Metadata, decode};
use crate::ports::event_store::{CommandId, EVENT_BYTES_MAX, Recorded};

/// More than any line has: the largest event, and what stands around it.
const LINE_BYTES_MAX: usize = EVENT_BYTES_MAX + 64 * 1024;

/// An event of an export, with the command that it is of.
pub(super) struct Exported {
    pub(super) event: Recorded,
    pub(super) command: CommandId,
}

/// The next line, without its end; none at the end of the file. `kept` is where it is put.
pub(super) fn next<'a>(
    from: &mut (dyn BufRead + Send),
    kept: &'a mut Vec<u8>,
) -> Result<Option<&'a [u8]>, LineProblem> {
    kept.clear();
    let mut bounded = from.take(LINE_BYTES_MAX as u64);
    let read = bounded.read_until(b'\n', kept).map_err(LineProblem::Read)?;
    match kept.split_last() {
        None => Ok(None),
        Some((b'\n', line)) => Ok(Some(line)),
        Some(_) if read == LINE_BYTES_MAX => Err(LineProblem::TooLong),
        Some(_) => Err(LineProblem::CutOff),
    }
}

/// The event of a line: one that this version can read, that fits into a store, and that would be exported as it stands
/// here.
pub(super) fn event(line: &[u8]) -> Result<Exported, LineProblem> {
    let event = serde_json::from_slice::<Line>(line)?.recorded()?;
    as_exported(line, &event)?;
    let bytes = event.payload.len() + event.metadata.len();
    if bytes > EVENT_BYTES_MAX {
        return Err(LineProblem::TooLarge { bytes });
    }
    if event.occurred_at.subsec_nanosecond() % 1_000 != 0 {
        return Err(LineProblem::Time);
    }
    decode(&event)?;
    let command = Metadata::decode(&event)?.command;
    if event.command.is_some_and(|own| own != command) {
        return Err(LineProblem::Command);
    }
    Ok(Exported { event, command })
}

fn as_exported(line: &[u8], event: &Recorded) -> Result<(), LineProblem> {
    let exported = Line::of(event).text()?;
    if exported.as_bytes() == line {
        return Ok(());
    }
    let same = exported.bytes().zip(line).take_while(|(one, other)| one == *other).count();
    Err(LineProblem::Rewritten { at: same + 1 })
}
