//! The place a bench works in: a new folder inside the one that is configured, or new schemas of the configured database, so
//! that it works on the same disk and touches nothing of what is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use adapters::bench::{Ground, Site};
use adapters::system_clock::SystemIds;
use application::ports::{BoxError, Clock, Ids};
use async_trait::async_trait;
use tempfile::TempDir;

use super::failure::Failure;
use crate::ports;
use crate::settings::{self, Database};

/// What the names of such folders begin with.
const FOLDER_PREFIX: &str = "bench-";
/// What the names of such schemas begin with; others are never dropped.
const SCHEMA_PREFIX: &str = "bench_";

/// A place that was made.
pub(super) struct Place {
    kind: Kind,
    /// What was made in it and is not in the folder.
    made: Arc<Mutex<Vec<settings::Place>>>,
}

enum Kind {
    Memory,
    Folder(Folder),
    /// Schemas whose names begin with this.
    Schemas(Database, String),
}

struct Folder {
    own: TempDir,
    /// Folders around it that were missing, from the inside out.
    made: Vec<PathBuf>,
}

impl Place {
    /// Makes the place; nothing on disk for stores that need no disk.
    pub(super) fn make(store: &settings::Place) -> Result<Self, Failure> {
        let kind = match store {
            settings::Place::Memory => Kind::Memory,
            settings::Place::Sqlite(dir) => Kind::Folder(Folder::inside(dir)?),
            settings::Place::Postgres(database) => {
                // The end of an id of version 7 is random.
                let id = SystemIds.next().simple().to_string();
                Kind::Schemas(database.clone(), format!("{SCHEMA_PREFIX}{}", &id[20..]))
            }
        };
        Ok(Self { kind, made: Arc::default() })
    }

    /// The folder, when there is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Folder(folder) => Some(folder.own.path()),
            Kind::Memory | Kind::Schemas(..) => None,
        }
    }

    /// What makes stores in it.
    pub(super) fn ground(&self, clock: Arc<dyn Clock>) -> Fresh {
        let kind = match &self.kind {
            Kind::Memory => settings::Place::Memory,
            Kind::Folder(folder) => settings::Place::Sqlite(folder.own.path().to_owned()),
            Kind::Schemas(database, prefix) => {
                settings::Place::Postgres(Database { schema: prefix.clone(), ..database.clone() })
            }
        };
        Fresh { kind, made: Arc::clone(&self.made), clock }
    }

    /// Removes all that was made.
    pub(super) async fn remove(self) -> Result<(), Failure> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        for place in &made {
            ports::clear(place).await.map_err(Failure::NotCleared)?;
        }
        match self.kind {
            Kind::Folder(folder) => folder.remove(),
            Kind::Memory | Kind::Schemas(..) => Ok(()),
        }
    }
}

impl Folder {
    fn inside(dir: &Path) -> Result<Self, Failure> {
        let refused = |source| Failure::Folder { path: dir.to_owned(), source };
        let made = missing(dir);
        fs::create_dir_all(dir).map_err(refused)?;
        let own = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir_in(dir).map_err(refused)?;
        Ok(Self { own, made })
    }

    fn remove(self) -> Result<(), Failure> {
        let path = self.own.path().to_owned();
        self.own.close().map_err(|source| Failure::Left { path, source })?;
        for folder in &self.made {
            // Somebody may have put something there meanwhile; then it stays.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

/// Which of a folder and those around it are not there.
fn missing(dir: &Path) -> Vec<PathBuf> {
    let around = dir.ancestors().filter(|folder| !folder.as_os_str().is_empty());
    around.take_while(|folder| !folder.exists()).map(Path::to_owned).collect()
}

/// Makes stores in the place.
pub(super) struct Fresh {
    kind: settings::Place,
    made: Arc<Mutex<Vec<settings::Place>>>,
    clock: Arc<dyn Clock>,
}

impl Fresh {
    fn named(&self, name: &str) -> settings::Place {
        match &self.kind {
            settings::Place::Memory => settings::Place::Memory,
            settings::Place::Sqlite(folder) => settings::Place::Sqlite(folder.join(name)),
            settings::Place::Postgres(database) => settings::Place::Postgres(Database {
                schema: format!("{}_{}", database.schema, name.replace('-', "_")),
                ..database.clone()
            }),
        }
    }
}

#[async_trait]
impl Ground for Fresh {
    async fn fresh(&self, name: &str) -> Result<Site, BoxError> {
        let place = self.named(name);
        // Before it is there: it may be interrupted while it comes about.
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(place.clone());
        ports::fresh(&place, &self.clock, &SystemIds).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_stays_and_what_was_made_goes() {
        let around = tempfile::tempdir().unwrap();
        let dir = around.path().join("a/b");
        let folder = Folder::inside(&dir).unwrap();
        fs::write(folder.own.path().join("rental.db"), "x").unwrap();
        folder.remove().unwrap();
        assert_eq!(fs::read_dir(around.path()).unwrap().count(), 0);

        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("rental.db"), "x").unwrap();
        Folder::inside(&dir).unwrap().remove().unwrap();
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
    }
}
