//! Rows of generations that have ended: nobody sees them, and whoever serves removes them in the background.

use crate::ports::ProcessorAdmin;
use crate::ports::token_store::{ProcessorName, TokenError};

/// How many rows of each view go at once.
const SWEPT_AT_ONCE: usize = 1_000;

/// Removes what the ended generations of all processors have left, also of those that somebody else ended or that were
/// not swept to the end, and says how many rows that were. Each piece is a change of its own, so to stop waiting loses
/// nothing.
///
/// # Errors
/// [`TokenError::Unavailable`] or [`TokenError::Corrupt`]; what was not removed is found the next time.
pub async fn sweep_all(admin: &dyn ProcessorAdmin) -> Result<usize, TokenError> {
    let mut swept = 0;
    for state in admin.processors().await? {
        swept += sweep(admin, &state.name).await?;
    }
    Ok(swept)
}

/// The same for one processor.
pub(super) async fn sweep(
    admin: &dyn ProcessorAdmin,
    processor: &ProcessorName,
) -> Result<usize, TokenError> {
    let mut swept = 0;
    loop {
        match admin.sweep(processor, SWEPT_AT_ONCE).await? {
            0 => return Ok(swept),
            rows => swept += rows,
        }
    }
}
