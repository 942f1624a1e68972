//! What becomes of a connection whose work did not come to its end.

use std::io::Write;

use sqlx::Row;
use tokio_util::sync::CancellationToken;

use super::*;

/// The server that everybody's tests use; none, and a line that says so, when there is none.
#[expect(clippy::disallowed_methods, reason = "the address of a test's server comes from the environment")]
fn server(connections: u32) -> Option<Database> {
    let read = |name: &str| std::env::var(name).unwrap_or_default();
    let url = read("DATABASE_URL");
    if url.is_empty() {
        assert!(
            !read("REQUIRE_SERVERS").contains("postgres"),
            "REQUIRE_SERVERS names postgres, and there is none"
        );
        // Past the harness, which would keep the line to itself; whoever closed the output does not want to know.
        let _ =
            writeln!(std::io::stderr().lock(), "a test of connections did not run: DATABASE_URL is not set");
        return None;
    }
    let mut settings = PostgresSettings::parse(&url).expect("a URL");
    settings.connections = connections;
    settings.connect_limit = Duration::from_millis(500);
    Some(Database::of(&settings))
}

async fn backend(database: &Database) -> i32 {
    let rows = database.fetch(sqlx::query("select pg_backend_pid()")).await.expect("an answer");
    rows[0].get(0)
}

async fn is_in_transaction(database: &Database) -> bool {
    // Without a transaction there is nothing to be saved within.
    database.fetch(sqlx::query("savepoint probe")).await.is_ok()
}

#[tokio::test]
async fn a_connection_is_lent_again_after_work_that_was_done_or_refused() {
    let Some(database) = server(1) else { return };
    let first = backend(&database).await;
    database.fetch(sqlx::query("select 1/0")).await.expect_err("it cannot be divided");
    let refused = database.transact(|_| Box::pin(async { Err::<(), _>(Failure::contradiction("no")) })).await;
    assert!(matches!(refused, Err(Failure::Corrupt(_))), "{refused:?}");
    assert!(!is_in_transaction(&database).await);
    assert_eq!(backend(&database).await, first);
}

#[tokio::test]
async fn a_panic_in_a_transaction_gives_no_connection_back_with_the_transaction_open() {
    let Some(database) = server(1) else { return };
    let first = backend(&database).await;

    let panicked = database
        .transact(move |connection| {
            Box::pin(async move {
                sqlx::raw_sql("create temporary table half_done (x integer)").execute(connection).await?;
                if first > 0 {
                    panic!("in the middle");
                }
                Ok::<(), Failure>(())
            })
        })
        .await;

    let Err(Failure::UnknownOutcome(source)) = panicked else { panic!("{panicked:?}") };
    assert!(source.to_string().contains("because of a defect") && !source.to_string().contains("middle"));
    assert!(!is_in_transaction(&database).await);
    assert_ne!(backend(&database).await, first, "it was thrown away");
    let left =
        database.fetch(sqlx::query("select to_regclass('half_done') is null")).await.expect("an answer");
    assert!(left[0].get::<bool, _>(0));
}

#[tokio::test]
async fn a_question_that_panics_gives_no_connection_back_either() {
    let Some(database) = server(1) else { return };
    let first = backend(&database).await;
    let asked: Result<(), Failure> = database.look(|_| Box::pin(async { panic!("while reading") })).await;
    assert!(matches!(asked, Err(Failure::Unavailable(_))), "{asked:?}");
    assert!(!is_in_transaction(&database).await);
    assert_ne!(backend(&database).await, first);
}

/// Questions that go on, processors beside them, and one question too many.
#[tokio::test]
async fn connections_that_are_all_in_use_are_not_taken_for_a_server_that_is_away() {
    let Some(database) = server(4) else { return };
    let done = CancellationToken::new();
    let long: Vec<_> = (0..3).map(|_| tokio::spawn(ask_until(database.clone(), done.clone()))).collect();
    while database.pool.free(Share::Questions) > 0 {
        tokio::task::yield_now().await;
    }

    let refused = database.fetch(sqlx::query("select 1")).await;

    let Err(Failure::Unavailable(source)) = refused else { panic!("{refused:?}") };
    assert!(source.to_string().starts_with("all 4 connections are in use"), "{source}");
    backend(&database.for_processors()).await;
    done.cancel();
    for question in long {
        question.await.expect("no panic").expect("an answer");
    }
    backend(&database).await;
}

async fn ask_until(database: Database, done: CancellationToken) -> Result<(), Failure> {
    let question = database.look(move |_| {
        Box::pin(async move {
            done.cancelled().await;
            Ok(())
        })
    });
    question.await
}
