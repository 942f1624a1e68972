//! Making the tables of the stores, or bringing them up to date.

use super::failure::ToolFailure;
use super::opened::outlast_a_process;
use super::{FoundLog, print};
use crate::ports::{self, Access};
use crate::settings::Settings;

/// Opens the configured stores as a service would, which makes what is missing, and lets go of them.
pub(super) async fn run(settings: &Settings) -> Result<FoundLog, ToolFailure> {
    outlast_a_process(settings)?;
    let (_ports, open) = ports::open(settings, Access::Serve).await?;
    open.close().await;
    print(&format!("up to date: the log in {}, tokens and views in {}\n", settings.store, settings.tokens))?;
    Ok(FoundLog::Nothing)
}
