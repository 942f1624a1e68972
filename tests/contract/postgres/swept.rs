//! A processor that begins anew leaves no row behind, however many there were.

use application::ports::ProcessorAdmin;
use sqlx::Executor;
use tests::laws::token_store::TokenStoreUnderTest;
use tests::laws::token_store::samples::{CATALOGUE, Worker, state_of, token};

use super::tokens::PostgresTokens;

/// More rows than are removed at once, and a generation that nobody came to remove before.
const ROWS: &str = "
    insert into generation (processor, number) values ('catalogue', 77);
    insert into catalogue_row (generation, no, title, status, title_folded)
    select g.id, no, 'a', 'available', 'a' from generation as g, generate_series(1, 12000) as no;
    insert into loan_row (generation, id, member, book, title, rented_on, due_on, overdue, state)
    select g.id, gen_random_uuid(), 'a', no, 'a', 'a', 'a', false, 'rented' from generation as g, generate_series(1, 11000) as no;
";

#[tokio::test]
async fn rows_of_generations_that_ended_are_removed_in_pieces() {
    let Some(subject) = PostgresTokens::fresh().await else { return };
    drop(Worker::on(subject.tokens()).await);
    let mut connection = subject.schema.connect().await;
    connection.execute(ROWS).await.unwrap();

    subject.store.begin_anew(&CATALOGUE, token(0)).await.unwrap();
    while subject.store.sweep(&CATALOGUE, 5_000).await.unwrap() > 0 {}

    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from catalogue_row) + (select count(*) from loan_row) + (select count(*) from generation)",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(left, 1, "the generation that took their place");
    assert_eq!(state_of(&*subject.store, &CATALOGUE).await.segments.len(), 1);
}
