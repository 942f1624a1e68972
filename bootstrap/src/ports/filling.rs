//! A log that is filled from elsewhere: nobody sees it before it is complete, and what was there must be empty.

use std::sync::Arc;

use application::ports::event_store::LogId;
use application::ports::{BoxError, EventStore};
use async_trait::async_trait;
use thiserror::Error;

use super::following::followed;
use super::{Access, Opening};
use crate::failure::RunFailure;
use crate::settings::{Settings, StoreLocation};

/// An empty log that has not come to its place yet. Dropped before it is complete, it leaves nothing there.
pub(crate) struct Filling {
    /// Where events are appended.
    pub(crate) store: Arc<dyn EventStore>,
    pub(super) completing: Box<dyn Complete>,
}

impl Filling {
    /// Brings the log to its place, whole and on the disk.
    ///
    /// # Errors
    /// [`RunFailure::SetUp`]; the place is as empty as it was then.
    pub(crate) async fn complete(self) -> Result<(), RunFailure> {
        let Self { store, completing } = self;
        drop(store);
        completing.complete().await.map_err(|source| RunFailure::SetUp { what: "the imported log", source })
    }

    /// Leaves nothing of it.
    pub(crate) async fn abandon(self) {
        drop(self.store);
        self.completing.abandon().await;
    }
}

/// Brings what was filled to its place, or leaves nothing of it.
#[async_trait]
pub(super) trait Complete: Send {
    async fn complete(self: Box<Self>) -> Result<(), BoxError>;

    async fn abandon(self: Box<Self>);
}

/// Why nothing can be filled.
#[derive(Debug, Error)]
pub(crate) enum FillError {
    /// There is something there already.
    #[error("{found}, and a log is read into an empty place only; {remedy}")]
    Occupied { found: String, remedy: &'static str },
    #[error("what is in memory is gone with this process")]
    Memory,
    #[error("the store cannot be opened")]
    Open(#[from] RunFailure),
}

/// Makes an empty log beside the place that the settings name, which this process holds meanwhile.
///
/// # Errors
/// [`FillError`]; what was found stays as it is.
pub(crate) async fn fill(settings: &Settings) -> Result<Filling, FillError> {
    Opening::new(settings, Access::Serve).filling(&settings.store).await
}

/// Sees that no token follows another log than this one: it would stop every processor, and views would show what is
/// not in this one.
pub(super) async fn follow_nothing(opening: &Opening, log: LogId) -> Result<(), FillError> {
    let tokens = &opening.tokens;
    if *tokens == StoreLocation::Memory || !opening.has_views(tokens).await? {
        return Ok(());
    }
    let views = opening.looking().views(tokens).await?;
    let followed = followed(&*views.ports.tokens.admin, log).await;
    if let Some(closing) = views.closing {
        closing.close().await;
    }
    let what = "the token store";
    match followed.map_err(|source| RunFailure::SetUp { what, source: source.into() })? {
        None => Ok(()),
        Some(token) => {
            let found =
                format!("the token store in {tokens} follows log {} at {}", token.log, token.position);
            let remedy = "move it away, and views are built anew";
            Err(FillError::Occupied { found, remedy })
        }
    }
}
