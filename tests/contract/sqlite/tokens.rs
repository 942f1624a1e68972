//! The token store in a file.

use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, SqliteTokenStore};
use application::ports::token_store::Segment;
use application::ports::{BestSellerView, CatalogueView, LoanView, ProcessView, TitleView};
use async_trait::async_trait;
use domain::Date;
use jiff::SignedDuration;
use tempfile::TempDir;
use tests::clock::StoppedClock;
use tests::laws::token_store::TokenStoreUnderTest;
use tests::stores::TokenAdapter;

tests::token_store_laws!(SqliteTokens);

struct SqliteTokens {
    clock: Arc<StoppedClock>,
    store: Arc<SqliteTokenStore>,
    /// Goes with its files when the law has ended.
    folder: TempDir,
}

#[async_trait]
impl TokenStoreUnderTest for SqliteTokens {
    async fn fresh() -> Option<Self> {
        let clock = Arc::new(StoppedClock::at_noon_of(Date::constant(2026, 1, 1)));
        let folder = tempfile::tempdir().unwrap();
        let held = Folder::hold(folder.path()).unwrap();
        let store = SqliteTokenStore::open(held, Bounds::default(), clock.clone()).await;
        let store = Arc::new(store.unwrap());
        Some(Self { clock, store, folder })
    }

    fn tokens(&self) -> Arc<dyn TokenAdapter> {
        self.store.clone()
    }

    fn catalogue(&self) -> Arc<dyn CatalogueView> {
        self.store.clone()
    }

    fn loans(&self) -> Arc<dyn LoanView> {
        self.store.clone()
    }

    fn best_sellers(&self) -> Arc<dyn BestSellerView> {
        self.store.clone()
    }

    fn processes(&self) -> Arc<dyn ProcessView> {
        self.store.clone()
    }

    fn titles(&self) -> Arc<dyn TitleView> {
        self.store.clone()
    }

    async fn take_segment_away(&self, segment: Segment) -> bool {
        let mut file = super::files::connect(&self.folder.path().join("views.db")).await;
        let taken = sqlx::query("delete from segment where id = ?1 and mask = ?2");
        let taken = taken.bind(i64::from(segment.id)).bind(i64::from(segment.mask));
        taken.execute(&mut file).await.unwrap().rows_affected() == 1
    }

    async fn clock_jumps(&self, by: SignedDuration) {
        self.clock.advance(by);
    }
}
