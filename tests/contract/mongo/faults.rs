//! Fail points of the server, for the connections of one test alone.

use std::sync::OnceLock;

use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};
use tests::stores::Documents;
use tokio::sync::{Mutex, MutexGuard};

/// A server has one fail point of a kind, so only one test at a time makes faults.
pub(super) async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: OnceLock<Mutex<()>> = OnceLock::new();
    ALONE.get_or_init(Mutex::default).lock().await
}

/// Has commands fail as `how` says, as often as `mode` says.
pub(super) async fn fail(documents: &Documents, mode: impl Into<Bson>, how: Document) {
    let mut data = how;
    data.insert("appName", documents.name());
    let point = doc! { "configureFailPoint": "failCommand", "mode": mode.into(), "data": data };
    admin(documents).await.run_command(point).await.unwrap();
}

/// Ends it, and answers how often commands failed.
pub(super) async fn fail_no_more(documents: &Documents) -> i64 {
    let off = doc! { "configureFailPoint": "failCommand", "mode": "off" };
    let answer = admin(documents).await.run_command(off).await.unwrap();
    answer.get("count").and_then(|count| count.as_i64().or(count.as_i32().map(Into::into))).unwrap_or(0)
}

pub(super) async fn admin(documents: &Documents) -> Database {
    documents.database().await.client().database("admin")
}
