//! Stores in files of a folder.

mod filling;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapters::bench::Site;
use adapters::sqlite::{Bounds, Folder, OpenError, SqliteEventStore, SqliteRawLimit, SqliteTokenStore};
use application::ports::event_store::LogId;
use application::ports::{BoxError, Clock, EventStore, Ids, TokenPorts};
use async_trait::async_trait;

use super::{Access, Close, CopyError, Opening, Side, Views};
use crate::failure::RunFailure;

pub(super) use filling::fill;

/// The file with the log.
const LOG: &str = "rental.db";
/// The file with tokens and views.
const VIEWS: &str = "views.db";

/// Folders that were opened: each is held once, whatever is kept there.
#[derive(Default)]
pub(super) struct Folders(Vec<(PathBuf, Arc<Folder>)>);

impl Folders {
    fn folder(&mut self, dir: &Path, access: Access) -> Result<Arc<Folder>, OpenError> {
        if let Some((_, folder)) = self.0.iter().find(|(path, _)| path == dir) {
            return Ok(Arc::clone(folder));
        }
        let folder = match access {
            Access::Serve => Folder::hold(dir)?,
            Access::Look => Folder::look_into(dir)?,
        };
        self.0.push((dir.to_owned(), Arc::clone(&folder)));
        Ok(folder)
    }
}

pub(super) async fn log(opening: &mut Opening, dir: &Path) -> Result<Side<Arc<dyn EventStore>>, RunFailure> {
    let new_id = LogId::new(opening.ids.next());
    let opened = async {
        let folder = opening.folders.folder(dir, opening.access)?;
        SqliteEventStore::open(folder, Bounds::default(), new_id).await
    };
    let store = Arc::new(opened.await.map_err(|source| refused("the event store", source))?);
    tracing::info!(port = "event store", behind = "sqlite", file = ?dir.join(LOG), "port is ready");
    Ok(Side { ports: Arc::clone(&store) as _, exclusive: true, closing: Some(Box::new(store)) })
}

pub(super) async fn views(opening: &mut Opening, dir: &Path) -> Result<Side<Views>, RunFailure> {
    let clock = Arc::clone(&opening.clock);
    let opened = async {
        let folder = opening.folders.folder(dir, opening.access)?;
        SqliteTokenStore::open(folder, Bounds::default(), clock).await
    };
    let store = Arc::new(opened.await.map_err(|source| refused("the token store", source))?);
    let file = dir.join(VIEWS);
    tracing::info!(port = "token store and views", behind = "sqlite", ?file, "port is ready");
    Ok(Side { ports: Views::of(&store), exclusive: true, closing: Some(Box::new(store)) })
}

/// Copies the files of both sides into a folder, as they are while others may write them.
pub(super) async fn copy(
    opening: &mut Opening,
    log: &Path,
    views: &Path,
    into: &Path,
) -> Result<(), CopyError> {
    let bounds = Bounds::default();
    let opened = async {
        let (log, views) =
            (opening.folders.folder(log, Access::Look)?, opening.folders.folder(views, Access::Look)?);
        let nobody = LogId::new(opening.ids.next());
        let log = SqliteEventStore::open(log, bounds, nobody).await?;
        Ok((log, SqliteTokenStore::open(views, bounds, Arc::clone(&opening.clock)).await?))
    };
    let (log, views) = opened.await.map_err(|source| refused("what is to be copied", source))?;
    let copied = async {
        views.copy_to(&into.join(VIEWS)).await?;
        log.copy_to(&into.join(LOG)).await?;
        Ok(())
    };
    let copied: Result<(), BoxError> = copied.await;
    views.close().await;
    log.close().await;
    copied.map_err(CopyError::Copy)
}

/// Whether there is a file of the token store.
pub(super) fn has_views(dir: &Path) -> Result<bool, RunFailure> {
    let there = dir.join(VIEWS).try_exists();
    there.map_err(|source| refused("the token store", OpenError::Folder { path: dir.to_owned(), source }))
}

/// All in a folder that is not there yet.
pub(super) async fn fresh(dir: &Path, clock: &Arc<dyn Clock>, ids: &dyn Ids) -> Result<Site, OpenError> {
    let (folder, bounds, new_id) = (Folder::hold(dir)?, Bounds::default(), LogId::new(ids.next()));
    Ok(Site {
        store: Arc::new(SqliteEventStore::open(Arc::clone(&folder), bounds, new_id).await?),
        raw: Arc::new(SqliteRawLimit::open(Arc::clone(&folder), bounds).await?),
        tokens: TokenPorts::of(&Arc::new(SqliteTokenStore::open(folder, bounds, Arc::clone(clock)).await?)),
    })
}

fn refused(what: &'static str, source: OpenError) -> RunFailure {
    RunFailure::SetUp { what, source: source.into() }
}

#[async_trait]
impl Close for Arc<SqliteEventStore> {
    async fn close(&self) {
        SqliteEventStore::close(self).await;
    }
}

#[async_trait]
impl Close for Arc<SqliteTokenStore> {
    async fn close(&self) {
        SqliteTokenStore::close(self).await;
    }
}
