//! The collections of the log and what stands in them.

use application::ports::event_store::LogId;
use mongodb::bson::raw::RawDocumentBuf;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;
use mongodb::options::{IndexOptions, ReadConcern};
use mongodb::{Collection, Cursor, IndexModel};
use thiserror::Error as ThisError;

use super::fields::{binary, number};
use crate::mongo::connection::{Connection, Failure, code, contradiction, is_duplicate};
use crate::mongo::opening::{CollectionSpec, PartSpec};

/// Documents of [`commit`](super::commit)s.
const COMMITS: &str = "commit";
/// The document that says where the log ends, and those of logs that are being filled.
pub(super) const LOGS: &str = "log";
pub(super) const SNAPSHOTS: &str = "snapshot";
/// Of the document that says where the log ends.
const HEAD: &str = "log";
/// A collection is not there.
const NOT_THERE: i32 = 26;

/// As many documents as an answer can have; what is left is fetched with the next one.
pub(super) const ALL: u32 = 100_000;

/// Nobody can append then.
#[derive(Debug, ThisError)]
#[error("the document that says where the log ends is gone, or an import is just filling the log")]
pub(super) struct NoEnd;

/// The log.
pub(in crate::mongo) const LOG: PartSpec =
    PartSpec { part: "log", holds: "the event log", version: 1, collections };

fn collections() -> Vec<CollectionSpec> {
    let logs = doc! { "$jsonSchema": {
        "required": ["id", "position"],
        "properties": { "id": { "bsonType": "binData" }, "position": { "bsonType": "long", "minimum": 0 } },
    } };
    let of = |name: &str, validator, actions| CollectionSpec {
        name: name.to_owned(),
        validator,
        indexes: Vec::new(),
        actions,
    };
    vec![
        commits(COMMITS),
        of(LOGS, logs, &["find", "insert", "update"]),
        of(SNAPSHOTS, doc! {}, &["find", "insert", "update"]),
    ]
}

/// The collection with the events; a log that is being filled has one of another name.
pub(in crate::mongo) fn commits(name: &str) -> CollectionSpec {
    let place = |field: &str| {
        doc! { "bsonType": "object", "required": ["s", "v"], "properties": {
            "s": { "bsonType": "string" }, "v": { "bsonType": "long", "minimum": 1, "description": field },
        } }
    };
    let validator = doc! { "$jsonSchema": { "required": ["_id", "e", "pos", "at", "ev"], "properties": {
        "_id": place("the version of its first event"),
        "e": place("the version of its last event"),
        "pos": { "bsonType": "long", "minimum": 1 },
        "ev": { "bsonType": "array", "minItems": 1 },
    } } };
    let unique = |keys: Document, sparse: bool| {
        let options = IndexOptions::builder().unique(true).sparse(sparse.then_some(true)).build();
        IndexModel::builder().keys(keys).options(options).build()
    };
    CollectionSpec {
        name: name.to_owned(),
        validator,
        indexes: vec![
            unique(doc! { "pos": 1 }, false),
            unique(doc! { "e": 1 }, false),
            unique(doc! { "c": 1 }, true),
        ],
        actions: &["find", "insert"],
    }
}

/// A log, and the connections to it. Cheap to clone.
#[derive(Clone)]
pub(in crate::mongo) struct LogPlace {
    pub(in crate::mongo) connection: Connection,
    /// The name of the collection with its events.
    pub(super) commits: String,
    /// The document that says where it ends.
    pub(super) head: String,
}

impl LogPlace {
    /// The log of the database.
    pub(super) fn of(connection: Connection) -> Self {
        Self { connection, commits: COMMITS.to_owned(), head: HEAD.to_owned() }
    }

    /// A log of this name that is being filled beside the one of the database.
    pub(in crate::mongo) fn beside(connection: Connection, name: String) -> Self {
        Self { connection, commits: name.clone(), head: name }
    }

    pub(in crate::mongo) fn commits_name(&self) -> &str {
        &self.commits
    }

    /// Which document says where it ends.
    pub(in crate::mongo) fn end(&self) -> Document {
        doc! { "_id": &self.head }
    }

    /// The same, for processors.
    pub(super) fn for_processors(&self) -> Self {
        Self { connection: self.connection.for_processors(), ..self.clone() }
    }

    pub(super) fn commits(&self) -> Collection<RawDocumentBuf> {
        self.connection.collection(&self.commits)
    }

    pub(in crate::mongo) fn logs(&self) -> Collection<Document> {
        self.connection.collection(LOGS)
    }

    pub(super) fn snapshots(&self) -> Collection<RawDocumentBuf> {
        self.connection.collection(SNAPSHOTS)
    }

    /// The answer to a question whose first stage finds the document that says where the log ends, which stands there
    /// first. All of it is of one state of the collections.
    pub(super) async fn ask(
        &self,
        stages: impl IntoIterator<Item = Document>,
    ) -> Result<Cursor<Document>, Failure> {
        let end = doc! { "$match": self.end() };
        let logs = self.logs();
        let found = logs.aggregate(std::iter::once(end).chain(stages)).batch_size(ALL);
        let found = found.read_concern(ReadConcern::snapshot()).max_time(self.connection.operation_limit());
        let mut found = found.await?;
        if found.advance().await? { Ok(found) } else { Err(contradiction(NoEnd)) }
    }

    /// Gives the log the id `new_id`, unless it has one. Answers only when the majority does.
    pub(in crate::mongo) async fn name(&self, new_id: LogId) -> Result<(), Error> {
        let first = doc! { "$setOnInsert": { "id": binary(new_id.uuid()), "position": number(0) } };
        let named = self.logs().update_one(doc! { "_id": &self.head }, first).upsert(true).await;
        match named {
            Err(error) if is_duplicate(&error) => Ok(()), // another node named it at the same time
            named => named.map(drop),
        }
    }

    /// Has the log take the place of the one of the database, which is empty: from then on nobody appends to that one,
    /// until the events are there. Answers whether it was empty.
    pub(in crate::mongo) async fn take_over(&self) -> Result<bool, Error> {
        let Some(end) = self.logs().find_one(self.end()).await? else { return Ok(false) };
        let filling = doc! { "name": &self.commits, "position": end.get("position").cloned() };
        let empty = doc! { "_id": HEAD, "position": number(0), "filling": null };
        let marked = self.logs().update_one(empty, doc! { "$set": { "filling": filling } }).await?;
        if marked.matched_count == 0 {
            return Ok(false);
        }
        Self::of(self.connection.clone()).finish_filling().await.map(|()| true)
    }

    /// Brings the events of an import to their place, if one stopped just before that. May be done by many, and again.
    pub(super) async fn finish_filling(&self) -> Result<(), Error> {
        let Some(head) = self.logs().find_one(doc! { "_id": HEAD, "filling": { "$ne": null } }).await? else {
            return Ok(());
        };
        let filling = head.get_document("filling").cloned().unwrap_or_default();
        let (name, database) =
            (filling.get_str("name").unwrap_or_default(), self.connection.database().name());
        let rename = doc! {
            "renameCollection": format!("{database}.{name}"),
            "to": format!("{database}.{COMMITS}"),
            "dropTarget": true,
            "writeConcern": { "w": "majority", "j": true },
        };
        let renamed = self.connection.database().client().database("admin").run_command(rename).await;
        if let Err(error) = renamed
            && code(&error) != Some(NOT_THERE)
        {
            return Err(error);
        }
        let there = doc! {
            "$set": { "position": filling.get("position").cloned() },
            "$unset": { "filling": "" },
        };
        self.logs().update_one(doc! { "_id": HEAD, "filling.name": name }, there).await.map(drop)
    }
}
