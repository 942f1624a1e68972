//! The whole log as JSON lines.

use std::io::{self, Write};

use thiserror::Error;

use super::{Line, LineError, ReadError, ShownLog};
use crate::ports::event_store::Position;
use crate::queries::EventQuery;

/// Why a log could not be written out.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The log was not shown.
    #[error("reading the log failed")]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error("writing the log failed")]
    Write(#[from] io::Error),
    /// An event cannot stand in a line as it is stored, and would be lost.
    #[error("an event cannot be exported")]
    Lossy(#[from] LineError),
    /// What was shown is not the whole log.
    #[error("the log has position {found} where {expected} should stand; check it with `rental verify`")]
    Gap {
        /// What should have come.
        expected: u64,
        /// What came; 0 when nothing did.
        found: u64,
    },
}

/// Writes the log up to where it ends now, in order, an event a line, and says how many there were. `seen` is told now
/// and then how many were written, and of how many.
///
/// # Errors
/// [`ExportError`]; what was written until then is of no use.
pub async fn export(
    log: &dyn ShownLog,
    to: &mut (dyn Write + Send),
    seen: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<u64, ExportError> {
    let head = log.head().await?.value();
    let mut walk = log.walk(Position::START, EventQuery::default());
    let mut written = 0;
    while written < head {
        let page = walk.next().await?.unwrap_or_default();
        if page.is_empty() {
            return Err(ExportError::Gap { expected: written + 1, found: 0 });
        }
        for line in page.into_iter().take_while(|line| line.position <= head) {
            write(&line, written + 1, to)?;
            written = line.position;
        }
        seen(written, head);
    }
    to.flush()?;
    Ok(written)
}

fn write(line: &Line, expected: u64, to: &mut (dyn Write + Send)) -> Result<(), ExportError> {
    if line.position != expected {
        return Err(ExportError::Gap { expected, found: line.position });
    }
    writeln!(to, "{}", line.text()?)?;
    Ok(())
}
