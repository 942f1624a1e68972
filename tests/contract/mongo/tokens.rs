//! The token store in a database.

use std::sync::Arc;
use std::time::Duration;

use adapters::mongo::MongoTokenStore;
use application::ports::token_store::Segment;
use application::ports::{BestSellerView, CatalogueView, LoanView, ProcessView, TitleView};
use async_trait::async_trait;
use jiff::SignedDuration;
use mongodb::bson::{Document, doc};
use tests::laws::token_store::TokenStoreUnderTest;
use tests::stores::{Documents, TokenAdapter};

tests::token_store_laws!(MongoTokens);

pub(super) struct MongoTokens {
    pub(super) store: Arc<MongoTokenStore>,
    /// Goes with its collections when the law has ended.
    pub(super) documents: Documents,
}

impl MongoTokens {
    /// One whose operations take no longer than that.
    pub(super) async fn with_limit(limit: Duration) -> Option<Self> {
        let documents = Documents::fresh()?;
        let mut settings = documents.settings();
        settings.operation_limit = limit;
        Some(Self { store: Arc::new(MongoTokenStore::open(&settings).await.unwrap()), documents })
    }
}

#[async_trait]
impl TokenStoreUnderTest for MongoTokens {
    async fn fresh() -> Option<Self> {
        let documents = Documents::fresh()?;
        let store = Arc::new(documents.open_tokens().await.unwrap());
        Some(Self { store, documents })
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
        let segments = self.documents.database().await.collection::<Document>("segment");
        let gone = doc! { "id": i64::from(segment.id), "mask": i64::from(segment.mask) };
        segments.delete_many(gone).await.unwrap().deleted_count == 1
    }

    /// The server's clock cannot be moved, so stored times move the other way.
    async fn clock_jumps(&self, by: SignedDuration) {
        let database = self.documents.database().await;
        let jump = vec![doc! { "$set": { "until": { "$subtract": ["$until", by.as_millis() as i64] } } }];
        for name in ["node", "lease"] {
            database.collection::<Document>(name).update_many(doc! {}, jump.clone()).await.unwrap();
        }
    }
}
