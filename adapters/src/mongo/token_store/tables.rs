//! The collections as one transaction, or one moment, sees them.

use std::time::Duration;

use futures::TryStreamExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use mongodb::bson::raw::{RawArrayBuf, RawDocumentBuf};
use mongodb::bson::{Bson, Document, doc, rawdoc};
use mongodb::options::UpdateModifications;
use mongodb::{ClientSession, Database};

use super::step_error::{StepError, WorkError};
use super::stored::{Fields, count, unreadable};
use crate::mongo::connection::{Connection, contradiction};

/// How many bytes of changes go to the server at once, unless a single one has more; it takes 16 MiB.
const CHANGES_BYTES: usize = 4 * 1024 * 1024;
/// How many of them, whatever their size; it takes 100,000.
const CHANGES_MAX: usize = 10_000;
/// How many documents come at once.
const PAGE: u32 = 10_000;

/// What a piece of work has in hands.
pub(super) struct Tables<'s> {
    database: Database,
    session: &'s mut ClientSession,
    /// How long a question may take.
    limit: Duration,
}

/// How a piece of work on them ends.
pub(super) type Step<'s, T> = BoxFuture<'s, Result<T, WorkError>>;

/// Does `work` in one transaction; it is done again when others were there at the same time.
pub(super) async fn transact<T: Send + 'static>(
    connection: &Connection,
    work: impl for<'s> Fn(Tables<'s>) -> Step<'s, T> + Send + Sync + 'static,
) -> Result<T, StepError> {
    let (database, limit) = (connection.database().clone(), connection.operation_limit());
    connection.transaction(move |session| work(Tables { database: database.clone(), session, limit })).await
}

/// Asks for what stands there at one moment.
pub(super) async fn look<T: Send + 'static>(
    connection: &Connection,
    work: impl for<'s> FnOnce(Tables<'s>) -> Step<'s, T> + Send + 'static,
) -> Result<T, StepError> {
    let (database, limit) = (connection.database().clone(), connection.operation_limit());
    let looked = connection.ask(async move {
        let mut session = database.client().start_session().snapshot(true).await?;
        Ok(work(Tables { database, session: &mut session, limit }).await)
    });
    looked.await?.map_err(WorkError::ended)
}

impl Tables<'_> {
    /// Documents that fit, in order, at most `limit`.
    pub(super) async fn find(
        &mut self,
        collection: &str,
        wanted: Document,
        order: Document,
        limit: usize,
    ) -> Result<Vec<Document>, WorkError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let pipeline = [doc! { "$match": wanted }, doc! { "$sort": order }, doc! { "$limit": count(limit) }];
        self.aggregate(collection, pipeline).await
    }

    pub(super) async fn aggregate(
        &mut self,
        collection: &str,
        pipeline: impl IntoIterator<Item = Document>,
    ) -> Result<Vec<Document>, WorkError> {
        let collection = self.database.collection::<Document>(collection);
        let asked =
            collection.aggregate(pipeline).batch_size(PAGE).max_time(self.limit).session(&mut *self.session);
        Ok(asked.await?.stream(self.session).try_collect().await?)
    }

    /// Answers how many fitted.
    pub(super) async fn update(
        &mut self,
        collection: &str,
        wanted: Document,
        change: impl Into<UpdateModifications>,
    ) -> Result<u64, WorkError> {
        let collection = self.database.collection::<Document>(collection);
        Ok(collection.update_many(wanted, change).session(&mut *self.session).await?.matched_count)
    }

    /// Changes the document with an id, or makes it.
    pub(super) async fn upsert(
        &mut self,
        collection: &str,
        id: Document,
        change: Vec<Document>,
    ) -> Result<(), WorkError> {
        let collection = self.database.collection::<Document>(collection);
        collection.update_one(id, change).upsert(true).session(&mut *self.session).await?;
        Ok(())
    }

    /// The server's time; any document says it.
    pub(super) async fn now(&mut self, collection: &str, id: Document) -> Result<Timestamp, WorkError> {
        let now = doc! { "$set": { "now": "$$NOW" } };
        let said = self.aggregate(collection, [doc! { "$match": id }, now]).await?;
        let said = said.first().ok_or_else(|| unreadable("now", "the document is gone"))?;
        Ok(Fields::of(said).server_time("now")?)
    }

    /// The first document that fits, after the change; as long as the transaction lasts, nobody else changes it.
    pub(super) async fn locked(
        &mut self,
        collection: &str,
        wanted: Document,
        change: Document,
    ) -> Result<Option<Document>, WorkError> {
        let collection = self.database.collection::<Document>(collection);
        let locked = collection.find_one_and_update(wanted, change);
        let locked = locked.return_document(mongodb::options::ReturnDocument::After);
        Ok(locked.session(&mut *self.session).await?)
    }

    /// Answers how many went.
    pub(super) async fn remove(&mut self, collection: &str, wanted: Document) -> Result<u64, WorkError> {
        let collection = self.database.collection::<Document>(collection);
        Ok(collection.delete_many(wanted).session(&mut *self.session).await?.deleted_count)
    }

    /// Puts documents in place of those with the same ids; none removes what is there.
    pub(super) async fn put(
        &mut self,
        collection: &str,
        documents: Vec<(Bson, Option<Document>)>,
    ) -> Result<(), WorkError> {
        let mut gone = Vec::new();
        let mut changes = Vec::with_capacity(documents.len());
        for (id, document) in documents {
            match document {
                Some(document) => changes.push(doc! { "q": { "_id": id }, "u": document, "upsert": true }),
                None => gone.push(id),
            }
        }
        if !gone.is_empty() {
            self.remove(collection, doc! { "_id": { "$in": gone } }).await?;
        }
        self.change(collection, changes).await
    }

    /// Makes changes as the server's command takes them, many at once.
    pub(super) async fn change(&mut self, collection: &str, changes: Vec<Document>) -> Result<(), WorkError> {
        let (mut piece, mut number, mut bytes) = (RawArrayBuf::new(), 0, 0);
        for change in changes {
            let change = RawDocumentBuf::try_from(&change).map_err(contradiction).map_err(StepError::from)?;
            if number == CHANGES_MAX || (number > 0 && bytes + change.as_bytes().len() > CHANGES_BYTES) {
                self.send(collection, std::mem::take(&mut piece)).await?;
                (number, bytes) = (0, 0);
            }
            (number, bytes) = (number + 1, bytes + change.as_bytes().len());
            piece.push(change);
        }
        if number > 0 { self.send(collection, piece).await } else { Ok(()) }
    }

    async fn send(&mut self, collection: &str, changes: RawArrayBuf) -> Result<(), WorkError> {
        let update = rawdoc! { "update": collection, "updates": changes };
        let made = self.database.run_raw_command(update).session(&mut *self.session).await?;
        // What the server refuses of changes does not make the command fail; the transaction has ended with it.
        let Ok(refused) = made.get_array("writeErrors") else { return Ok(()) };
        let code = refused.first().and_then(Bson::as_document).map(|error| Fields::of(error).integer("code"));
        let code = code.transpose()?.unwrap_or_default();
        Err(StepError::from(contradiction(format!("the server refused a change with code {code}"))).into())
    }
}
