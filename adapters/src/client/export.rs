//! The whole log as JSON lines.

use std::io::{self, Write};

use application::ports::BoxError;
use thiserror::Error;

use super::log::{Event, Filter};
use super::{Client, ClientError};

/// Why a log could not be written out.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The service did not show it.
    #[error("reading the log failed")]
    Client(#[from] ClientError),
    /// It could not be written.
    #[error("writing the log failed")]
    Write(#[from] io::Error),
    /// An event is not shown as it is stored, and would be lost.
    #[error("an event cannot be exported")]
    Lossy(#[source] BoxError),
    /// What was shown is not the whole log.
    #[error("the log has position {found} where {expected} should stand; check it with `rental verify`")]
    Gap {
        /// What should have come.
        expected: u64,
        /// What came; 0 when nothing did.
        found: u64,
    },
}

/// Writes the log up to where it ends now, in order, an event a line, and says how many there were.
///
/// # Errors
/// [`ExportError`]; what was written until then is of no use.
pub async fn export(client: &Client, to: &mut (dyn Write + Send)) -> Result<u64, ExportError> {
    let head = client.head().await?;
    let mut events = client.events(0, Filter::default());
    let mut written = 0;
    while written < head {
        let page = events.next().await?.unwrap_or_default();
        if page.is_empty() {
            return Err(ExportError::Gap { expected: written + 1, found: 0 });
        }
        for event in page.into_iter().take_while(|event| event.position <= head) {
            write(&event, written + 1, to)?;
            written = event.position;
        }
    }
    to.flush()?;
    Ok(written)
}

fn write(event: &Event, expected: u64, to: &mut (dyn Write + Send)) -> Result<(), ExportError> {
    if event.position != expected {
        return Err(ExportError::Gap { expected, found: event.position });
    }
    event.recorded().map_err(ExportError::Lossy)?;
    let line = serde_json::to_string(event).map_err(io::Error::from)?;
    // A payload may have been stored with line breaks between its parts; inside JSON they mean nothing, but a line is a line.
    let line = if line.contains(['\n', '\r']) { line.replace(['\n', '\r'], " ") } else { line };
    writeln!(to, "{line}")?;
    Ok(())
}
