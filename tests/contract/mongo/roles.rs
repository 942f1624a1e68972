//! The service as a user who may do what it needs, and nothing more.

use adapters::mongo::{MongoEventStore, MongoOpenError};
use adapters::system_clock::SystemIds;
use application::ports::Ids;
use application::ports::event_store::LogId;
use mongodb::Database;
use mongodb::bson::{Document, doc};
use tests::laws::event_store::samples::{append, proposal, stream};
use tests::stores::Documents;

const ROLE: &str = include_str!("../../../adapters/src/mongo/role.json");

/// A role that lacks an action, if one is named, and a user that has it.
async fn make_user(database: &Database, without: Option<&str>) {
    let role = ROLE.replace("\"rental\"", &format!("\"{}\"", database.name()));
    let role = role.replace(&format!("\"{}\"", without.unwrap_or("nothing")), "\"listIndexes\"");
    let role: serde_json::Value = serde_json::from_str(&role).unwrap();
    let role: Document = mongodb::bson::serialize_to_document(&role).unwrap();
    database.run_command(role).await.unwrap();
    let user = doc! { "createUser": "app", "pwd": "secret", "roles": ["rental_app"] };
    database.run_command(user).await.unwrap();
}

async fn remove_user(database: &Database) {
    for command in ["dropAllUsersFromDatabase", "dropAllRolesFromDatabase"] {
        database.run_command(doc! { command: 1 }).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_role_is_enough_and_what_it_lacks_is_named() {
    let Some(documents) = Documents::fresh() else { return };
    MongoEventStore::migrate(&documents.settings()).await.unwrap();
    let database = documents.database().await;
    let url = documents.url().replace("://", "://app:secret@");
    let url = format!("{url}{}authSource={}", if url.contains('?') { "&" } else { "?" }, documents.name());
    let as_user =
        || async { MongoEventStore::open(&documents.settings_by(&url), LogId::new(SystemIds.next())).await };

    make_user(&database, Some("insert")).await;
    let forbidden = as_user().await.err().unwrap();
    remove_user(&database).await;
    make_user(&database, None).await;
    let log = as_user().await;
    remove_user(&database).await;

    let told = forbidden.to_string();
    assert!(matches!(forbidden, MongoOpenError::Forbidden { .. }), "{told}");
    assert!(
        told.contains("`app` may not `insert` in collection `commit`") && !told.contains("secret"),
        "{told}"
    );
    append(&log.unwrap(), proposal(&stream("a"), 0, 2)).await;
}
