//! Transactions that are left open at a server that would end none of them within an hour.

use std::sync::Arc;
use std::time::Duration;

use adapters::mongo::MongoEventStore;
use adapters::system_clock::SystemIds;
use application::ports::event_store::{LogId, StoreError};
use application::ports::{EventStore, Ids};
use mongodb::bson::doc;
use mongodb::options::{ClientOptions, DriverInfo};
use mongodb::{Client, ClientSession};
use tests::laws::event_store::samples::{append, proposal, stream};
use tests::own_infra::OwnInfra;
use tests::servers;
use tests::stores::Documents;
use tokio::time::interval;

use super::faults::admin;
use super::log::{begin, move_end};

/// How long an operation of the store may take; what rests for two seconds more has been given up by its owner.
const LIMIT: Duration = Duration::from_secs(1);

/// A log, and the server that is there for it.
struct Left {
    store: Arc<MongoEventStore>,
    documents: Documents,
    _server: OwnInfra,
}

impl Left {
    async fn started() -> Option<Self> {
        servers::mongo()?;
        let (server, url) = OwnInfra::started("mongo", "MONGO_URL");
        let documents = Documents::on(&url);
        let patient = doc! { "setParameter": 1, "transactionLifetimeLimitSeconds": 3_600 };
        admin(&documents).await.run_command(patient).await.unwrap();
        let mut settings = documents.settings();
        settings.operation_limit = LIMIT;
        let store = MongoEventStore::open(&settings, LogId::new(SystemIds.next())).await.unwrap();
        append(&store, proposal(&stream("a"), 0, 1)).await;
        Some(Self { store: Arc::new(store), documents, _server: server })
    }

    /// Somebody whose connections have this name holds the end of the log.
    async fn held_by(&self, name: &str) -> ClientSession {
        let mut options = ClientOptions::parse(self.documents.url()).await.unwrap();
        options.driver_info = Some(DriverInfo::builder().name(name).build());
        let database = Client::with_options(options).unwrap().database(self.documents.name());
        let mut session = begin(&database).await;
        move_end(&database, &mut session).await.unwrap();
        session
    }

    fn ours(&self) -> String {
        format!("rental:{}", self.documents.name())
    }

    /// Whether an event is stored, or the end of the log cannot be moved.
    async fn appends(&self) -> bool {
        match self.store.append(vec![proposal(&stream("b"), 0, 1)]).await {
            Ok(_) => true,
            Err(StoreError::Unavailable { .. }) => false,
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Whoever has a connection may only stand still for a moment. One who wakes later finds it gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rests_for_longer_than_its_owner_would_go_on_is_ended_by_who_waits_for_it() {
    let Some(left) = Left::started().await else { return };
    let mut owner = left.held_by(&left.ours()).await;

    let mut tries = 0;
    while !left.appends().await {
        tries += 1;
        assert!(tries < 5, "nobody ends it");
    }

    assert!(owner.commit_transaction().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_its_owner_may_still_go_on_with_is_not_ended() {
    let Some(left) = Left::started().await else { return };
    let patient = Arc::new(left.documents.open_log().await.unwrap());
    let mut owner = left.held_by(&left.ours()).await;

    let appended = tokio::spawn(async move { append(&*patient, proposal(&stream("b"), 0, 1)).await });
    let mut ticks = interval(3 * LIMIT);
    ticks.tick().await;
    ticks.tick().await;

    owner.commit_transaction().await.unwrap();
    appended.await.unwrap();
}

/// Another library, and another program that does not even know of us.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_others_is_not_ended() {
    let Some(left) = Left::started().await else { return };
    for other in ["rental:another", "mongosh"] {
        let mut owner = left.held_by(other).await;

        assert_eq!([left.appends().await, left.appends().await], [false, false], "{other}");

        owner.abort_transaction().await.unwrap();
    }
    assert!(left.appends().await);
}
