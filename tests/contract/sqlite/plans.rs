//! How the database means to run the statements that grow with the log: none may walk through all of it.

use sqlx::{Row, SqliteConnection};

use super::files::{connect, folder, open_log};

macro_rules! plans {
    ($($name:literal),+ $(,)?) => {
        [$(($name, concat!("explain query plan ", include_str!(concat!("../../../adapters/src/sqlite/sql/log/", $name)))),)+]
    };
}

#[tokio::test]
async fn no_statement_of_the_hot_path_walks_through_the_log() {
    let folder = folder();
    let store = open_log(folder.path()).await.unwrap();
    store.close().await;
    let mut connection = connect(&folder.path().join("rental.db")).await;

    let hot = plans![
        "known_commands.sql",
        "stream_heads.sql",
        "stream_head.sql",
        "stream_start.sql",
        "stream_events.sql",
        "keep_snapshot.sql",
        "page.sql",
        "page_backward.sql",
        "page_ends.sql",
        "page_backward_ends.sql",
        "last_position.sql",
    ];
    for (name, sql) in hot {
        let plan = plan(&mut connection, sql).await;
        let walks = plan.iter().any(|step| {
            let reads_all = step.starts_with("SCAN event") || step.starts_with("SCAN snapshot");
            reads_all || step.contains("TEMP B-TREE FOR ORDER BY")
        });
        assert!(!walks, "{name}: {plan:#?}");
    }
}

async fn plan(connection: &mut SqliteConnection, sql: &'static str) -> Vec<String> {
    let steps = sqlx::query(sql).fetch_all(connection).await.unwrap();
    steps.iter().map(|step| step.get("detail")).collect()
}
