//! Bare documents in the log's collection.

use std::sync::Arc;

use adapters::mongo::MongoRawLimit;
use adapters::system_clock::SystemIds;
use application::ports::event_store::LogId;
use application::ports::{Baseline, Ids};
use async_trait::async_trait;
use tests::laws::baseline::BaselineUnderTest;
use tests::laws::event_store::samples::{append, proposal, stream, whole_log};
use tests::stores::Documents;

tests::baseline_laws!(MongoRows);

struct MongoRows {
    raw: Arc<MongoRawLimit>,
    _documents: Documents,
}

async fn raw_limit(documents: &Documents) -> MongoRawLimit {
    MongoRawLimit::open(&documents.settings(), LogId::new(SystemIds.next())).await.unwrap()
}

#[async_trait]
impl BaselineUnderTest for MongoRows {
    async fn fresh() -> Option<Self> {
        let documents = Documents::fresh()?;
        Some(Self { raw: Arc::new(raw_limit(&documents).await), _documents: documents })
    }

    fn raw(&self) -> Arc<dyn Baseline> {
        self.raw.clone()
    }
}

/// Else the one would be measured beside something that it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_rows_are_the_rows_of_the_log_byte_for_byte() {
    let (Some(one), Some(other)) = (Documents::fresh(), Documents::fresh()) else { return };
    let log = one.open_log().await.unwrap();
    append(&log, proposal(&stream("a"), 0, 3)).await;
    append(&log, proposal(&stream("b"), 0, 2)).await;
    let copy = other.open_log().await.unwrap();

    raw_limit(&other).await.write(whole_log(&log).await).await.unwrap();

    assert_eq!(whole_log(&copy).await, whole_log(&log).await);
    append(&copy, proposal(&stream("a"), 3, 1)).await;
}

/// Whoever clears a place by mistake loses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_not_made_for_measuring_is_not_dropped() {
    let Some(documents) = Documents::fresh() else { return };
    let log = documents.open_log().await.unwrap();
    append(&log, proposal(&stream("a"), 0, 1)).await;

    MongoRawLimit::clear(&documents.settings()).await.unwrap();

    assert_eq!(whole_log(&log).await.len(), 1);
}
