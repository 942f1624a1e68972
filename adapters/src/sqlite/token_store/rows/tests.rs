//! How the database means to find rows, on tables of which it has no statistics.

use sqlx::{Connection, Row as _};

use super::super::SPEC;
use super::*;

async fn tables() -> SqliteConnection {
    let mut tables = SqliteConnection::connect("sqlite::memory:").await.expect("a database");
    for statement in SPEC.migrations.iter().copied().flatten() {
        sqlx::raw_sql(*statement).execute(&mut tables).await.expect("tables");
    }
    tables
}

#[tokio::test]
async fn rows_that_are_named_are_found_by_their_keys() {
    let mut tables = tables().await;
    let views = [catalogue::VIEW, loans::VIEW, best_sellers::VIEW, processes::VIEW];
    let of_views = views.iter().flat_map(|view| [view.get, view.remove]);
    for statement in of_views.chain([include_str!("../../sql/token_store/live_process_row.sql")]) {
        let explain = sqlx::AssertSqlSafe(format!("explain query plan {statement}"));
        let plan = sqlx::query(explain).bind(1).bind("[]").fetch_all(&mut tables).await.expect("a plan");
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        let is_found = |step: &&String| step.starts_with("SEARCH") && step.contains("(generation=? AND");
        assert!(steps.iter().any(|step| is_found(&step)), "{statement}: {steps:?}");
        let scanned = steps.iter().find(|step| step.starts_with("SCAN") && !step.contains("json_each"));
        assert!(scanned.is_none_or(|step| step == "SCAN p"), "{statement}: {steps:?}");
    }
}
