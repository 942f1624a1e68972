//! Changes that are joined with one whose failure ended the transaction, as the database does when the disk fails.

use application::ports::shares::Share;
use application::processing::cause_of;
use domain::Date;
use futures::future::join_all;
use tempfile::TempDir;

use super::super::SPEC;
use super::*;
use crate::sqlite::connection::Bounds;
use crate::sqlite::folder::Folder;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn today(&self) -> Date {
        Date::constant(1970, 1, 1)
    }
}

async fn open(folder: &TempDir) -> (Arc<Database>, Writer) {
    let held = Folder::hold(folder.path()).expect("a free folder");
    let database = Arc::new(Database::open(held, &SPEC, Bounds::default()).await.expect("a file"));
    let writer = Writer::start(Arc::clone(&database), Arc::new(Noon));
    (database, writer)
}

/// A change of its own: one more node.
async fn add(tables: &mut SqliteConnection, number: u8) -> Result<(), StepError> {
    let add = sqlx::query("INSERT INTO node (id, until, ttl_ns) VALUES (?, '', 0)");
    add.bind(vec![number]).execute(tables).await?;
    Ok(())
}

/// Writes, and then loses the transaction with a failure.
async fn fail(tables: &mut SqliteConnection) -> Result<(), StepError> {
    add(tables, 100).await?;
    sqlx::query("ROLLBACK").execute(tables).await?;
    Err(StepError::Failed(Failure::Unavailable("the disk is full".into())))
}

async fn kept(database: &Database) -> Vec<u8> {
    let mut reader = database.reader(Share::Questions).await.expect("a reader");
    let ids = sqlx::query_scalar("SELECT id FROM node ORDER BY id").fetch_all(&mut *reader).await;
    ids.expect("nodes").into_iter().map(|id: Vec<u8>| id[0]).collect()
}

#[tokio::test]
async fn nothing_is_made_by_itself_after_the_transaction_was_lost() {
    for fails_at_once in [false, true] {
        for others_at_once in [false, true] {
            let folder = tempfile::tempdir().expect("a folder");
            let (database, writer) = open(&folder).await;
            let change = |number: u8| {
                let writer = &writer;
                async move {
                    match (number, fails_at_once, others_at_once) {
                        (3, true, _) => writer.write_at_once("failing", |it, _| Box::pin(fail(it))).await,
                        (3, false, _) => writer.write("failing", |it, _| Box::pin(fail(it))).await,
                        (_, _, true) => {
                            writer.write_at_once("adding", move |it, _| Box::pin(add(it, number))).await
                        }
                        (_, _, false) => writer.write("adding", move |it, _| Box::pin(add(it, number))).await,
                    }
                }
            };

            let outcomes = join_all((1..=6).map(change)).await;

            for outcome in &outcomes {
                let Err(error @ TokenError::Unavailable { .. }) = outcome else { panic!("{outcomes:?}") };
                assert!(cause_of(error).contains("the disk is full"), "{}", cause_of(error));
            }
            assert_eq!(kept(&database).await, [0; 0], "{fails_at_once} {others_at_once}");
            change(1).await.expect("the next one finds a clean connection");
            assert_eq!(kept(&database).await, [1]);
        }
    }
}

/// What is wrong with one of them is no reason for the others.
#[tokio::test]
async fn a_failure_that_leaves_the_transaction_fails_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (database, writer) = open(&folder).await;
    let writer = &writer;
    let change = |number: u8| async move {
        let twice = number == 3;
        let work = writer.write("adding", move |it, _| {
            Box::pin(async move {
                add(it, number).await?;
                if twice { add(it, number).await } else { Ok(()) }
            })
        });
        work.await
    };

    let outcomes = join_all((1..=5).map(change)).await;

    let made: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(made, [true, true, false, true, true], "{outcomes:?}");
    assert_eq!(kept(&database).await, [1, 2, 4, 5]);
}
