//! Stores that are copied while they may be in use.

use std::path::Path;

use application::ports::BoxError;
use thiserror::Error;

use super::{Access, Opening};
use crate::failure::RunFailure;
use crate::settings::{Settings, StoreLocation};

/// Why stores were not copied.
#[derive(Debug, Error)]
pub(crate) enum CopyError {
    #[error(
        "what `{section}` names is in memory, which only its own process can see; take an export from that one with `rental \
         events export --url`"
    )]
    Memory { section: &'static str },
    #[error(
        "what `{section}` names is {place}: use `pg_dump`, in one go for the log and the tokens; where they are in two \
         databases, the tokens first"
    )]
    OnAServer { section: &'static str, place: String },
    #[error(
        "what `{section}` names is {place}: use `mongodump --oplog`, which sees one moment of the whole replica set, or a \
         snapshot of its disks"
    )]
    OnAReplicaSet { section: &'static str, place: String },
    #[error("the stores cannot be opened")]
    Open(#[from] RunFailure),
    #[error("the files could not be copied")]
    Copy(#[source] BoxError),
}

/// Stores in files, which can be copied.
pub(crate) struct Copying<'a> {
    settings: &'a Settings,
    log: &'a Path,
    views: &'a Path,
}

impl<'a> Copying<'a> {
    /// The stores that the settings name.
    ///
    /// # Errors
    /// [`CopyError::Memory`], [`CopyError::OnAServer`] or [`CopyError::OnAReplicaSet`].
    pub(crate) fn of(settings: &'a Settings) -> Result<Self, CopyError> {
        let (log, views) = (files("store", &settings.store)?, files("tokens", &settings.tokens)?);
        Ok(Self { settings, log, views })
    }

    /// Copies tokens and views, and then the log, into a folder that is there: so no token names what the log does not
    /// have. Who uses them goes on.
    ///
    /// # Errors
    /// [`CopyError`]; what the folder holds then is of no use.
    pub(crate) async fn copy_into(self, folder: &Path) -> Result<(), CopyError> {
        Opening::new(self.settings, Access::Look).copy(self.log, self.views, folder).await
    }
}

fn files<'a>(section: &'static str, place: &'a StoreLocation) -> Result<&'a Path, CopyError> {
    match place {
        StoreLocation::Memory => Err(CopyError::Memory { section }),
        StoreLocation::Sqlite(dir) => Ok(dir),
        StoreLocation::Postgres(_) => Err(CopyError::OnAServer { section, place: place.to_string() }),
        StoreLocation::Mongo(_) => Err(CopyError::OnAReplicaSet { section, place: place.to_string() }),
    }
}
