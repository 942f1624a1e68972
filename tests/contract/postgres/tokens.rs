//! The token store in a schema.

use std::sync::Arc;

use adapters::postgres::PostgresTokenStore;
use application::ports::token_store::Segment;
use application::ports::{BestSellerView, CatalogueView, LoanView, ProcessView, TitleView};
use async_trait::async_trait;
use jiff::SignedDuration;
use tests::laws::token_store::TokenStoreUnderTest;
use tests::stores::TokenAdapter;

use super::schema::Schema;

tests::token_store_laws!(PostgresTokens);

pub(super) struct PostgresTokens {
    pub(super) store: Arc<PostgresTokenStore>,
    /// Goes with its tables when the law has ended.
    pub(super) schema: Schema,
}

#[async_trait]
impl TokenStoreUnderTest for PostgresTokens {
    async fn fresh() -> Option<Self> {
        let schema = Schema::fresh()?;
        let store = Arc::new(schema.open_tokens().await.unwrap());
        Some(Self { store, schema })
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
        let taken = sqlx::query("delete from segment where id = $1 and mask = $2");
        let taken = taken.bind(i64::from(segment.id)).bind(i64::from(segment.mask));
        taken.execute(&mut self.schema.connect().await).await.unwrap().rows_affected() == 1
    }

    /// The server's clock cannot be moved, so stored times move the other way.
    async fn clock_jumps(&self, by: SignedDuration) {
        let mut connection = self.schema.connect().await;
        let jump = sqlx::query(include_str!("clock_jumps.sql")).bind(by.as_micros() as i64);
        jump.execute(&mut connection).await.unwrap();
    }
}
