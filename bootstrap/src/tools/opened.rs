//! A library that is looked at: a running service, or stores that were opened for it.

use std::sync::Arc;

use adapters::client::ClientSettings;
use application::archive::{ShownLog, StoredLog};

use super::client;
use super::failure::ToolFailure;
use crate::cli::Library;
use crate::ports::{self, Access, Open};
use crate::settings::{Settings, StoreLocation};

/// A log that can be read.
pub(super) struct OpenedLog {
    pub(super) log: Arc<dyn ShownLog>,
    open: Option<Open>,
}

impl OpenedLog {
    /// The log of a library; a store is opened to be read, also beside a service that uses it.
    pub(super) async fn of(library: &Library) -> Result<Self, ToolFailure> {
        match library {
            Library::Running(address) => {
                let client = client(address, &ClientSettings::default())?;
                Ok(Self { log: Arc::new(client), open: None })
            }
            Library::Stores(settings) => {
                outlasts_a_process("store", &settings.store)?;
                let (store, open) = ports::open_log(settings, Access::Look).await?;
                Ok(Self { log: Arc::new(StoredLog::of(store)), open: Some(open) })
            }
        }
    }

    /// Lets go of it.
    pub(super) async fn close(self) {
        if let Some(open) = self.open {
            open.close().await;
        }
    }
}

/// Refuses stores in memory, which only their own process has.
pub(super) fn outlast_a_process(settings: &Settings) -> Result<(), ToolFailure> {
    outlasts_a_process("store", &settings.store)?;
    outlasts_a_process("tokens", &settings.tokens)
}

/// The same of one side.
pub(super) fn outlasts_a_process(section: &'static str, place: &StoreLocation) -> Result<(), ToolFailure> {
    if *place == StoreLocation::Memory { Err(ToolFailure::Memory { section }) } else { Ok(()) }
}
