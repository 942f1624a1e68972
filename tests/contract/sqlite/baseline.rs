//! Bare rows in the log's file.

use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, SqliteRawLimit};
use application::ports::Baseline;
use async_trait::async_trait;
use tempfile::TempDir;
use tests::laws::baseline::BaselineUnderTest;
use tests::laws::event_store::samples::{append, proposal, stream, whole_log};

use super::files::{folder, open_in};

tests::baseline_laws!(SqliteRows);

struct SqliteRows {
    raw: Arc<SqliteRawLimit>,
    _folder: TempDir,
}

#[async_trait]
impl BaselineUnderTest for SqliteRows {
    async fn fresh() -> Option<Self> {
        let folder = folder();
        let held = Folder::hold(folder.path()).unwrap();
        let raw = Arc::new(SqliteRawLimit::open(held, Bounds::default()).await.unwrap());
        Some(Self { raw, _folder: folder })
    }

    fn raw(&self) -> Arc<dyn Baseline> {
        self.raw.clone()
    }
}

/// Else the one would be measured beside something that it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_rows_are_the_rows_of_the_log_byte_for_byte() {
    let (one, other) = (folder(), folder());
    let log = open_in(Folder::hold(one.path()).unwrap(), Bounds::default()).await.unwrap();
    append(&log, proposal(&stream("a"), 0, 3)).await;
    append(&log, proposal(&stream("b"), 0, 2)).await;
    let held = Folder::hold(other.path()).unwrap();
    let copy = open_in(Arc::clone(&held), Bounds::default()).await.unwrap();
    let raw = SqliteRawLimit::open(held, Bounds::default()).await.unwrap();

    raw.write(whole_log(&log).await).await.unwrap();

    assert_eq!(whole_log(&copy).await, whole_log(&log).await);
    let durability = raw.terms().await.unwrap().durability;
    assert!(durability.contains(&("journal_mode", "wal".to_owned())), "{durability:?}");
    assert!(durability.contains(&("synchronous", "FULL".to_owned())), "{durability:?}");
}
