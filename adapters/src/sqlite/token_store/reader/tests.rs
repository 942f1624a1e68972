//! What becomes of a connection whose question did not come to its end.

use std::sync::Arc;

use application::ports::shares::Share;
use application::ports::token_store::TokenError;
use application::processing::cause_of;
use sqlx::Row;
use tempfile::TempDir;

use super::super::SPEC;
use super::super::step_error::StepError;
use super::{Isolation, read};
use crate::sqlite::connection::{Bounds, Database};
use crate::sqlite::folder::Folder;

async fn one_reader(folder: &TempDir) -> Arc<Database> {
    let held = Folder::hold(folder.path()).expect("a free folder");
    let bounds = Bounds { readers: 1, ..Bounds::default() };
    Arc::new(Database::open(held, &SPEC, bounds).await.expect("a file"))
}

async fn is_in_transaction(database: &Database) -> bool {
    let mut reader = database.reader(Share::Questions).await.expect("a reader");
    sqlx::query("BEGIN").execute(&mut *reader).await.is_err()
}

#[tokio::test]
async fn a_question_that_panics_leaves_no_transaction_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = one_reader(&folder).await;

    let asked: Result<(), TokenError> =
        read(&database, (Share::Questions, Isolation::Transaction), "asking", |tables| {
            Box::pin(async move {
                let row = sqlx::query("SELECT count(*) FROM node").fetch_one(tables).await?;
                panic!("the book of jenny, {}", row.get::<i64, _>(0));
            })
        })
        .await;

    let Err(error @ TokenError::Unavailable { .. }) = asked else { panic!("{asked:?}") };
    let told = cause_of(&error);
    assert!(told.contains("because of a defect") && !told.contains("jenny"), "{told}");
    assert!(!is_in_transaction(&database).await);
}

#[tokio::test]
async fn a_question_that_fails_leaves_no_transaction_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = one_reader(&folder).await;
    let asked: Result<(), TokenError> =
        read(&database, (Share::Questions, Isolation::Transaction), "asking", |tables| {
            Box::pin(async move {
                sqlx::query("SELECT * FROM nothing_at_all")
                    .fetch_one(tables)
                    .await
                    .map(drop)
                    .map_err(StepError::from)
            })
        })
        .await;
    assert!(matches!(asked, Err(TokenError::Unavailable { .. })), "{asked:?}");
    assert!(!is_in_transaction(&database).await);
}
