//! One adapter for each port, as the settings ask.

#[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only files are copied"))]
mod copying;
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mongo")),
    expect(dead_code, reason = "memory is never filled")
)]
mod filling;
mod following;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(not(feature = "kafka"))]
#[path = "ports/without_kafka.rs"]
mod kafka;
mod memory;
#[cfg(feature = "mongo")]
mod mongo;
#[cfg(feature = "postgres")]
mod postgres;
mod publishing;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use adapters::bench::Site;
use adapters::system_clock::{SystemClock, SystemIds};
use application::ports::{
    BestSellerView, BoxError, CatalogueView, Clock, DeadLetters, EventStore, Ids, LoanView, ProcessView,
    ProcessorAdmin, TitleView, TokenPorts, TokenStore,
};
use application::reactions::Exchange;
use async_trait::async_trait;

use crate::failure::RunFailure;
use crate::settings::{Settings, StoreLocation};

pub(crate) use copying::{CopyError, Copying};
pub(crate) use filling::{FillError, Filling, fill};
pub(crate) use following::{refuse_what_is_unsaid, warn_of_a_new_log};
pub(crate) use publishing::{
    ShownTopic, clear_topics, create_topics, fresh_broker, list_topics, look_at_topics, open_all,
};

pub(crate) const MEMORY: &str = "memory";
pub(crate) const SQLITE: &str = "sqlite";
pub(crate) const POSTGRES: &str = "postgres";
pub(crate) const MONGO: &str = "mongo";

pub(crate) const KAFKA: &str = "kafka";

/// What messages may go over in this build.
pub(crate) const PUBLISHERS: &[&str] = &[
    "local",
    MEMORY,
    #[cfg(feature = "kafka")]
    KAFKA,
];

/// Whether brokers can be reached that want TLS or know who asks.
pub(crate) const KAFKA_TLS: bool = cfg!(feature = "kafka-tls");

/// The kinds of stores that a build may leave out.
pub(crate) const FEATURES: [&str; 3] = [SQLITE, POSTGRES, MONGO];

/// The kinds of stores in this build.
pub(crate) const KINDS: &[&str] = &[
    MEMORY,
    #[cfg(feature = "sqlite")]
    SQLITE,
    #[cfg(feature = "postgres")]
    POSTGRES,
    #[cfg(feature = "mongo")]
    MONGO,
];

/// Whether a place can be what it says it is; nothing is opened.
///
/// # Errors
/// What is wrong with it, in words without secrets.
pub(crate) fn check(place: &StoreLocation) -> Result<(), String> {
    match place {
        StoreLocation::Memory | StoreLocation::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        StoreLocation::Postgres(database) => postgres::check(database),
        #[cfg(not(feature = "postgres"))]
        StoreLocation::Postgres(_) => Ok(()),
        #[cfg(feature = "mongo")]
        StoreLocation::Mongo(database) => mongo::check(database),
        #[cfg(not(feature = "mongo"))]
        StoreLocation::Mongo(_) => Ok(()),
    }
}

/// What the application gets from outside.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) views: Views,
    /// What messages go over; none when handlers follow the log.
    pub(crate) exchange: Option<Exchange>,
    /// Whether no other process can use the same token store.
    pub(crate) exclusive: bool,
}

/// The token store, and what is asked of the rows in it.
#[derive(Clone)]
pub(crate) struct Views {
    pub(crate) tokens: TokenPorts,
    pub(crate) catalogue: Arc<dyn CatalogueView>,
    pub(crate) loans: Arc<dyn LoanView>,
    pub(crate) best_sellers: Arc<dyn BestSellerView>,
    pub(crate) processes: Arc<dyn ProcessView>,
    pub(crate) titles: Arc<dyn TitleView>,
}

impl Views {
    /// One adapter behind all of them.
    fn of<T>(store: &Arc<T>) -> Self
    where
        T: TokenStore
            + DeadLetters
            + ProcessorAdmin
            + CatalogueView
            + LoanView
            + BestSellerView
            + ProcessView
            + TitleView
            + 'static,
    {
        Self {
            tokens: TokenPorts::of(store),
            catalogue: Arc::clone(store) as _,
            loans: Arc::clone(store) as _,
            best_sellers: Arc::clone(store) as _,
            processes: Arc::clone(store) as _,
            titles: Arc::clone(store) as _,
        }
    }
}

/// How the stores are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// To serve from them: what is missing is made.
    Serve,
    /// To look, also beside who serves: nothing is made and nothing changed.
    Look,
}

/// A side that was opened.
struct Side<T> {
    ports: T,
    exclusive: bool,
    closing: Option<Box<dyn Close>>,
}

/// Ends what is under way and lets go of files and connections.
#[async_trait]
trait Close: Send + Sync {
    async fn close(&self);
}

/// What has to be closed when everything that uses it has stopped.
pub(crate) struct Open(Vec<Box<dyn Close>>);

impl Open {
    /// Closes everything; what is used later fails.
    pub(crate) async fn close(&self) {
        for side in &self.0 {
            side.close().await;
        }
    }
}

/// Opens what the settings ask for, and says in the log what stands behind each port.
///
/// # Errors
/// [`RunFailure::SetUp`] when a store cannot be opened; what was found stays as it is.
pub(crate) async fn open(settings: &Settings, access: Access) -> Result<(Ports, Open), RunFailure> {
    let mut opening = Opening::new(settings, access);
    let log = opening.log(&settings.store).await?;
    let views = opening.views(&settings.tokens).await?;
    let Opening { clock, ids, .. } = opening;
    let (store, exclusive) = (log.ports, views.exclusive);
    let ports = Ports { clock, ids, store, views: views.ports, exchange: None, exclusive };
    Ok((ports, Open([views.closing, log.closing].into_iter().flatten().collect())))
}

/// Stores that were opened to look.
pub(crate) struct Looked {
    pub(crate) store: Arc<dyn EventStore>,
    /// None when no service has made a token store yet, as after an import.
    pub(crate) tokens: Option<TokenPorts>,
    pub(crate) open: Open,
}

/// Opens the log, and the token store if there is one; nothing is made.
///
/// # Errors
/// As [`open`].
pub(crate) async fn look(settings: &Settings) -> Result<Looked, RunFailure> {
    let mut opening = Opening::new(settings, Access::Look);
    let log = opening.log(&settings.store).await?;
    let has_views = opening.has_views(&settings.tokens).await?;
    let views = if has_views { Some(opening.views(&settings.tokens).await?) } else { None };
    let (tokens, closing) = views.map(|views| (views.ports.tokens, views.closing)).unzip();
    let open = Open([closing.flatten(), log.closing].into_iter().flatten().collect());
    Ok(Looked { store: log.ports, tokens, open })
}

/// Opens the log alone.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_log(
    settings: &Settings,
    access: Access,
) -> Result<(Arc<dyn EventStore>, Open), RunFailure> {
    let log = Opening::new(settings, access).log(&settings.store).await?;
    Ok((log.ports, Open(log.closing.into_iter().collect())))
}

/// Opens stores for measuring in a place that is not there yet.
///
/// # Errors
/// Why they cannot be made.
pub(crate) async fn fresh(
    place: &StoreLocation,
    clock: &Arc<dyn Clock>,
    ids: &dyn Ids,
) -> Result<Site, BoxError> {
    match place {
        StoreLocation::Memory => Ok(memory::fresh(clock, ids)),
        #[cfg(feature = "sqlite")]
        StoreLocation::Sqlite(dir) => Ok(sqlite::fresh(dir, clock, ids).await?),
        #[cfg(not(feature = "sqlite"))]
        StoreLocation::Sqlite(_) => Err(left_out(SQLITE).into()),
        #[cfg(feature = "postgres")]
        StoreLocation::Postgres(database) => postgres::fresh(database, ids).await,
        #[cfg(not(feature = "postgres"))]
        StoreLocation::Postgres(_) => Err(left_out(POSTGRES).into()),
        #[cfg(feature = "mongo")]
        StoreLocation::Mongo(database) => mongo::fresh(database, ids).await,
        #[cfg(not(feature = "mongo"))]
        StoreLocation::Mongo(_) => Err(left_out(MONGO).into()),
    }
}

/// Removes what was made for measuring on a server; what is in files goes with its folder.
///
/// # Errors
/// Why it cannot be removed.
pub(crate) async fn clear(place: &StoreLocation) -> Result<(), BoxError> {
    match place {
        StoreLocation::Memory | StoreLocation::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        StoreLocation::Postgres(database) => postgres::clear(database).await,
        #[cfg(not(feature = "postgres"))]
        StoreLocation::Postgres(_) => Err(left_out(POSTGRES).into()),
        #[cfg(feature = "mongo")]
        StoreLocation::Mongo(database) => mongo::clear(database).await,
        #[cfg(not(feature = "mongo"))]
        StoreLocation::Mongo(_) => Err(left_out(MONGO).into()),
    }
}

/// What opening a side needs.
#[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only files are in folders"))]
struct Opening {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    access: Access,
    /// Where the token store is.
    tokens: StoreLocation,
    folders: Folders,
}

#[cfg(feature = "sqlite")]
type Folders = sqlite::Folders;
#[cfg(not(feature = "sqlite"))]
type Folders = ();

impl Opening {
    fn new(settings: &Settings, access: Access) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(settings.zone.clone()));
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let zone = settings.zone.iana_name().unwrap_or("unnamed");
        tracing::info!(port = "clock", behind = "system", zone, "port is ready");
        tracing::info!(port = "ids", behind = "system", "port is ready");
        Self { clock, ids, access, tokens: settings.tokens.clone(), folders: Folders::default() }
    }

    /// The same, only to look.
    fn looking(&self) -> Self {
        let (clock, ids, tokens) = (Arc::clone(&self.clock), Arc::clone(&self.ids), self.tokens.clone());
        Self { clock, ids, access: Access::Look, tokens, folders: Folders::default() }
    }

    async fn log(&mut self, place: &StoreLocation) -> Result<Side<Arc<dyn EventStore>>, RunFailure> {
        match place {
            StoreLocation::Memory => Ok(memory::log(&*self.ids)),
            #[cfg(feature = "sqlite")]
            StoreLocation::Sqlite(dir) => sqlite::log(self, dir).await,
            #[cfg(not(feature = "sqlite"))]
            StoreLocation::Sqlite(_) => Err(left_out(SQLITE)),
            #[cfg(feature = "postgres")]
            StoreLocation::Postgres(database) => postgres::log(self, database).await,
            #[cfg(not(feature = "postgres"))]
            StoreLocation::Postgres(_) => Err(left_out(POSTGRES)),
            #[cfg(feature = "mongo")]
            StoreLocation::Mongo(database) => mongo::log(self, database).await,
            #[cfg(not(feature = "mongo"))]
            StoreLocation::Mongo(_) => Err(left_out(MONGO)),
        }
    }

    async fn views(&mut self, place: &StoreLocation) -> Result<Side<Views>, RunFailure> {
        match place {
            StoreLocation::Memory => Ok(memory::views(&self.clock)),
            #[cfg(feature = "sqlite")]
            StoreLocation::Sqlite(dir) => sqlite::views(self, dir).await,
            #[cfg(not(feature = "sqlite"))]
            StoreLocation::Sqlite(_) => Err(left_out(SQLITE)),
            #[cfg(feature = "postgres")]
            StoreLocation::Postgres(database) => postgres::views(self, database).await,
            #[cfg(not(feature = "postgres"))]
            StoreLocation::Postgres(_) => Err(left_out(POSTGRES)),
            #[cfg(feature = "mongo")]
            StoreLocation::Mongo(database) => mongo::views(self, database).await,
            #[cfg(not(feature = "mongo"))]
            StoreLocation::Mongo(_) => Err(left_out(MONGO)),
        }
    }
}

impl Opening {
    async fn filling(&mut self, place: &StoreLocation) -> Result<Filling, FillError> {
        match place {
            StoreLocation::Memory => Err(FillError::Memory),
            #[cfg(feature = "sqlite")]
            StoreLocation::Sqlite(dir) => sqlite::fill(self, dir).await,
            #[cfg(not(feature = "sqlite"))]
            StoreLocation::Sqlite(_) => Err(left_out(SQLITE).into()),
            #[cfg(feature = "postgres")]
            StoreLocation::Postgres(database) => postgres::fill(self, database).await,
            #[cfg(not(feature = "postgres"))]
            StoreLocation::Postgres(_) => Err(left_out(POSTGRES).into()),
            #[cfg(feature = "mongo")]
            StoreLocation::Mongo(database) => mongo::fill(self, database).await,
            #[cfg(not(feature = "mongo"))]
            StoreLocation::Mongo(_) => Err(left_out(MONGO).into()),
        }
    }

    #[cfg(feature = "sqlite")]
    async fn copy(&mut self, log: &Path, views: &Path, into: &Path) -> Result<(), CopyError> {
        sqlite::copy(self, log, views, into).await
    }

    #[cfg(not(feature = "sqlite"))]
    async fn copy(&mut self, _log: &Path, _views: &Path, _into: &Path) -> Result<(), CopyError> {
        Err(left_out(SQLITE).into())
    }

    /// Whether a token store is there.
    async fn has_views(&self, place: &StoreLocation) -> Result<bool, RunFailure> {
        match place {
            StoreLocation::Memory => Ok(false),
            #[cfg(feature = "sqlite")]
            StoreLocation::Sqlite(dir) => sqlite::has_views(dir),
            #[cfg(not(feature = "sqlite"))]
            StoreLocation::Sqlite(_) => Err(left_out(SQLITE)),
            #[cfg(feature = "postgres")]
            StoreLocation::Postgres(database) => postgres::has_views(self, database).await,
            #[cfg(not(feature = "postgres"))]
            StoreLocation::Postgres(_) => Err(left_out(POSTGRES)),
            #[cfg(feature = "mongo")]
            StoreLocation::Mongo(database) => mongo::has_views(self, database).await,
            #[cfg(not(feature = "mongo"))]
            StoreLocation::Mongo(_) => Err(left_out(MONGO)),
        }
    }
}

/// The settings refuse such a place before; this is for who opens one without asking them.
#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mongo", feature = "kafka")))]
fn left_out(feature: &'static str) -> RunFailure {
    RunFailure::SetUp { what: "a part", source: format!("the feature `{feature}` was left out").into() }
}
