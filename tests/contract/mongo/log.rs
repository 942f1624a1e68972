//! The event log in a database.

use std::sync::Arc;

use adapters::mongo::MongoEventStore;
use application::ports::EventStore;
use application::ports::event_store::{NewEvent, Position, StreamAppend};
use async_trait::async_trait;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, Document, doc};
use mongodb::options::{IndexOptions, WriteConcern};
use mongodb::{ClientSession, Database, IndexModel};
use tests::laws::event_store::samples::PASSED;
use tests::laws::event_store::{Durability, EventStoreUnderTest, OpenWrite};
use tests::stores::Documents;

tests::event_store_laws!(MongoLog);

pub(super) struct MongoLog {
    pub(super) store: Arc<MongoEventStore>,
    /// Goes with its collections when the law has ended.
    pub(super) documents: Documents,
}

impl MongoLog {
    /// A write by somebody who does not move the end of the log.
    pub(super) async fn hold_a_write_open_beside_the_end(
        &self,
        proposal: &StreamAppend,
    ) -> Box<dyn OpenWrite> {
        let database = self.documents.database().await;
        let mut session = begin(&database).await;
        let logs = database.collection::<Document>("log");
        let end = logs.find_one(doc! { "_id": "log" }).session(&mut session).await.unwrap().unwrap();
        let position = end.get_i64("position").unwrap() + 1;
        insert(&database, &mut session, proposal, position).await.unwrap();
        Box::new(HeldOpen(session))
    }
}

#[async_trait]
impl EventStoreUnderTest for MongoLog {
    async fn fresh() -> Option<Self> {
        let documents = Documents::fresh()?;
        let store = Arc::new(documents.open_log().await.unwrap());
        Some(Self { store, documents })
    }

    fn store(&self) -> Arc<dyn EventStore> {
        self.store.clone()
    }

    async fn hold_a_write_open(&self, proposal: StreamAppend) -> Option<Box<dyn OpenWrite>> {
        let database = self.documents.database().await;
        let mut session = begin(&database).await;
        let position = move_end(&database, &mut session).await.unwrap();
        insert(&database, &mut session, &proposal, position).await.unwrap();
        Some(Box::new(HeldOpen(session)))
    }

    /// Takes the event out of its commit, and a commit that has no other one away.
    async fn take_away(&self, position: Position) -> bool {
        let commits = self.documents.database().await.collection::<Document>("commit");
        let at = i64::try_from(position.value()).unwrap();
        let holds = doc! { "pos": { "$lte": at } };
        let commit = commits.find_one(holds).sort(doc! { "pos": -1 }).await.unwrap().unwrap();
        let offset = i32::try_from(at - commit.get_i64("pos").unwrap()).unwrap();
        let it = doc! { "pos": commit.get_i64("pos").unwrap() };
        if commit.get_array("ev").unwrap().len() == 1 {
            return commits.delete_one(it).await.unwrap().deleted_count == 1;
        }
        let taken = commits.update_one(it, doc! { "$pull": { "ev": { "n": offset } } }).await;
        taken.unwrap().modified_count == 1
    }

    async fn take_one_that_passed(&self) -> bool {
        let only = IndexOptions::builder()
            .unique(true)
            .partial_filter_expression(doc! { "ev.t": PASSED.as_str() })
            .build();
        let index = IndexModel::builder().keys(doc! { "ev.t": 1 }).options(only).build();
        let commits = self.documents.database().await.collection::<Document>("commit");
        commits.create_index(index).await.unwrap();
        true
    }

    fn durability(&self) -> Durability {
        Durability::Acknowledged
    }

    /// What a killed process leaves on the server are sessions, and what was under way in them ends.
    async fn reopen_after_kill(&self) -> Option<Arc<dyn EventStore>> {
        Some(Arc::new(self.documents.open_log().await.unwrap()))
    }
}

struct HeldOpen(ClientSession);

#[async_trait]
impl OpenWrite for HeldOpen {
    async fn commit(mut self: Box<Self>) {
        self.0.commit_transaction().await.unwrap();
    }

    async fn roll_back(mut self: Box<Self>) {
        self.0.abort_transaction().await.unwrap();
    }
}

pub(super) async fn begin(database: &Database) -> ClientSession {
    let mut session = database.client().start_session().await.unwrap();
    session.start_transaction().write_concern(WriteConcern::majority()).await.unwrap();
    session
}

/// As every append does first; answers the position that it gets.
pub(super) async fn move_end(
    database: &Database,
    session: &mut ClientSession,
) -> mongodb::error::Result<i64> {
    let logs = database.collection::<Document>("log");
    let moved = logs.find_one_and_update(doc! { "_id": "log" }, doc! { "$inc": { "position": 1_i64 } });
    let before = moved.session(session).await?.unwrap();
    Ok(before.get_i64("position").unwrap() + 1)
}

/// The first event of a proposal alone.
pub(super) async fn insert(
    database: &Database,
    session: &mut ClientSession,
    proposal: &StreamAppend,
    position: i64,
) -> mongodb::error::Result<()> {
    let commits = database.collection::<Document>("commit");
    commits.insert_one(commit(proposal, position)).session(session).await.map(drop)
}

pub(super) fn commit(proposal: &StreamAppend, position: i64) -> Document {
    let binary = |subtype, bytes: &[u8]| Binary { subtype, bytes: bytes.to_vec() };
    let part = &proposal.parts[0];
    let NewEvent { id, kind, payload, metadata, .. } = &part.events[0];
    let place = doc! {
        "s": proposal.stream.as_str(), "v": i64::try_from(proposal.expected.value()).unwrap() + 1,
    };
    let event = doc! {
        "n": 0, "i": binary(BinarySubtype::Uuid, id.uuid().as_bytes()), "t": kind.as_str(), "r": 1,
        "p": binary(BinarySubtype::Generic, payload), "m": binary(BinarySubtype::Generic, metadata), "a": 0_i64,
    };
    let command = binary(BinarySubtype::Uuid, part.command.uuid().as_bytes());
    doc! {
        "_id": &place, "e": &place, "pos": position, "at": DateTime::from_millis(0), "c": [command], "o": [0], "ev": [event],
    }
}
