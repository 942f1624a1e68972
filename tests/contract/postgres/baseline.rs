//! Bare rows in the log's table.

use std::sync::Arc;

use adapters::postgres::PostgresRawLimit;
use application::ports::Baseline;
use async_trait::async_trait;
use tests::laws::baseline::BaselineUnderTest;
use tests::laws::event_store::samples::{append, proposal, stream, whole_log};

use super::schema::Schema;

tests::baseline_laws!(PostgresRows);

struct PostgresRows {
    raw: Arc<PostgresRawLimit>,
    _schema: Schema,
}

#[async_trait]
impl BaselineUnderTest for PostgresRows {
    async fn fresh() -> Option<Self> {
        let schema = Schema::fresh()?;
        let raw = Arc::new(PostgresRawLimit::open(&schema.settings()).await.unwrap());
        Some(Self { raw, _schema: schema })
    }

    fn raw(&self) -> Arc<dyn Baseline> {
        self.raw.clone()
    }
}

/// Else the one would be measured beside something that it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_rows_are_the_rows_of_the_log_byte_for_byte() {
    let (Some(one), Some(other)) = (Schema::fresh(), Schema::fresh()) else { return };
    let log = one.open_log().await.unwrap();
    append(&log, proposal(&stream("a"), 0, 3)).await;
    append(&log, proposal(&stream("b"), 0, 2)).await;
    let copy = other.open_log().await.unwrap();
    let raw = PostgresRawLimit::open(&other.settings()).await.unwrap();

    raw.write(whole_log(&log).await).await.unwrap();

    assert_eq!(whole_log(&copy).await, whole_log(&log).await);
}

/// Whoever clears a place by mistake loses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_was_not_made_for_measuring_is_not_dropped() {
    let Some(schema) = Schema::fresh() else { return };
    let log = schema.open_log().await.unwrap();
    append(&log, proposal(&stream("a"), 0, 1)).await;

    PostgresRawLimit::clear(&schema.settings()).await.unwrap();

    assert_eq!(whole_log(&log).await.len(), 1);
}
