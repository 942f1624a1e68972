//! The place a bench works in: a new folder inside the one that is configured, new schemas of the configured database, or
//! new databases of the configured replica set, so that it works on the same disk and touches nothing of what is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use adapters::bench::{BrokerSite, Fixture, Site};
use adapters::system_clock::SystemIds;
use application::ports::{BoxError, Clock, Ids};
use async_trait::async_trait;
use tempfile::TempDir;

use super::failure::BenchFailure;
use crate::ports;
use crate::settings::{self, DatabaseLocation, KafkaLocation, MongoLocation, PublisherKind, Settings};

/// What the names of such folders begin with.
const FOLDER_PREFIX: &str = "bench-";
/// What the names of such schemas and databases begin with; others are never dropped.
const SCHEMA_PREFIX: &str = "bench_";

/// A place that was made.
pub(super) struct BenchStore {
    kind: BenchStoreKind,
    broker: BenchBroker,
    /// What was made in it and is not in the folder.
    made: Arc<Mutex<Vec<settings::StoreLocation>>>,
}

/// The broker of the settings, with a prefix for topics that are made.
#[derive(Clone)]
struct BenchBroker {
    kind: PublisherKind,
    place: KafkaLocation,
    is_made: Arc<AtomicBool>,
}

enum BenchStoreKind {
    Memory,
    Folder(Folder),
    /// Schemas whose names begin with this.
    Schemas(DatabaseLocation, String),
    /// Databases whose names begin with this.
    Databases(MongoLocation, String),
}

struct Folder {
    own: TempDir,
    /// Folders around it that were missing, from the inside out.
    made: Vec<PathBuf>,
}

impl BenchStore {
    /// Makes the place; nothing on disk for stores that need no disk.
    pub(super) fn make(settings: &Settings) -> Result<Self, BenchFailure> {
        let name = new_prefix();
        let prefix = format!("{}{name}.", settings.kafka.prefix);
        let place = KafkaLocation { prefix, ..settings.kafka.clone() };
        let broker = BenchBroker { kind: settings.publisher, place, is_made: Arc::default() };
        let kind = match &settings.store {
            settings::StoreLocation::Memory => BenchStoreKind::Memory,
            settings::StoreLocation::Sqlite(dir) => BenchStoreKind::Folder(Folder::inside(dir)?),
            settings::StoreLocation::Postgres(database) => BenchStoreKind::Schemas(database.clone(), name),
            settings::StoreLocation::Mongo(database) => BenchStoreKind::Databases(database.clone(), name),
        };
        Ok(Self { kind, broker, made: Arc::default() })
    }

    /// The folder, when there is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.kind {
            BenchStoreKind::Folder(folder) => Some(folder.own.path()),
            BenchStoreKind::Memory | BenchStoreKind::Schemas(..) | BenchStoreKind::Databases(..) => None,
        }
    }

    /// What makes stores in it.
    pub(super) fn ground(&self, clock: Arc<dyn Clock>) -> Fresh {
        let kind = match &self.kind {
            BenchStoreKind::Memory => settings::StoreLocation::Memory,
            BenchStoreKind::Folder(folder) => settings::StoreLocation::Sqlite(folder.own.path().to_owned()),
            BenchStoreKind::Schemas(database, prefix) => {
                settings::StoreLocation::Postgres(DatabaseLocation {
                    schema: prefix.clone(),
                    ..database.clone()
                })
            }
            BenchStoreKind::Databases(database, prefix) => settings::StoreLocation::Mongo(MongoLocation {
                database: Some(prefix.clone()),
                ..database.clone()
            }),
        };
        Fresh { kind, broker: self.broker.clone(), made: Arc::clone(&self.made), clock }
    }

    /// Removes all that was made.
    pub(super) async fn remove(self) -> Result<(), BenchFailure> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        for place in &made {
            ports::clear(place).await.map_err(BenchFailure::NotCleared)?;
        }
        if self.broker.is_made.load(Ordering::Acquire) {
            let removed = ports::clear_topics(self.broker.kind, &self.broker.place).await;
            removed.map_err(|source| BenchFailure::TopicsLeft {
                prefix: self.broker.place.prefix.clone(),
                source,
            })?;
        }
        match self.kind {
            BenchStoreKind::Folder(folder) => folder.remove(),
            BenchStoreKind::Memory | BenchStoreKind::Schemas(..) | BenchStoreKind::Databases(..) => Ok(()),
        }
    }
}

fn new_prefix() -> String {
    // The end of an id of version 7 is random.
    let id = SystemIds.next().simple().to_string();
    format!("{SCHEMA_PREFIX}{}", &id[20..])
}

impl Folder {
    fn inside(dir: &Path) -> Result<Self, BenchFailure> {
        let refused = |source| BenchFailure::Folder { path: dir.to_owned(), source };
        let made = missing(dir);
        fs::create_dir_all(dir).map_err(refused)?;
        let own = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir_in(dir).map_err(refused)?;
        Ok(Self { own, made })
    }

    fn remove(self) -> Result<(), BenchFailure> {
        let path = self.own.path().to_owned();
        self.own.close().map_err(|source| BenchFailure::Left { path, source })?;
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
    kind: settings::StoreLocation,
    broker: BenchBroker,
    made: Arc<Mutex<Vec<settings::StoreLocation>>>,
    clock: Arc<dyn Clock>,
}

impl Fresh {
    fn named(&self, name: &str) -> settings::StoreLocation {
        match &self.kind {
            settings::StoreLocation::Memory => settings::StoreLocation::Memory,
            settings::StoreLocation::Sqlite(folder) => settings::StoreLocation::Sqlite(folder.join(name)),
            settings::StoreLocation::Postgres(database) => {
                settings::StoreLocation::Postgres(DatabaseLocation {
                    schema: format!("{}_{}", database.schema, name.replace('-', "_")),
                    ..database.clone()
                })
            }
            settings::StoreLocation::Mongo(database) => {
                let prefix = database.database.as_deref().unwrap_or(SCHEMA_PREFIX);
                settings::StoreLocation::Mongo(MongoLocation {
                    database: Some(format!("{prefix}_{}", name.replace('-', "_"))),
                    ..database.clone()
                })
            }
        }
    }
}

#[async_trait]
impl Fixture for Fresh {
    async fn fresh(&self, name: &str) -> Result<Site, BoxError> {
        let place = self.named(name);
        // Before it is there: it may be interrupted while it comes about.
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(place.clone());
        ports::fresh(&place, &self.clock, &SystemIds).await
    }

    async fn broker(&self) -> Result<BrokerSite, BoxError> {
        let BenchBroker { kind, place, is_made } = &self.broker;
        is_made.store(true, Ordering::Release);
        ports::fresh_broker(*kind, place, &self.clock, &SystemIds).await
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
