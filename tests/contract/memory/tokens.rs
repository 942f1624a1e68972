//! The token store in memory.

use std::sync::Arc;

use adapters::memory::MemoryTokenStore;
use application::ports::token_store::Segment;
use application::ports::{BestSellerView, CatalogueView, LoanView, ProcessView, TitleView};
use async_trait::async_trait;
use domain::Date;
use jiff::SignedDuration;
use tests::clock::StoppedClock;
use tests::laws::token_store::TokenStoreUnderTest;
use tests::stores::TokenAdapter;

tests::token_store_laws!(MemoryTokens);

struct MemoryTokens {
    clock: Arc<StoppedClock>,
    store: Arc<MemoryTokenStore>,
}

#[async_trait]
impl TokenStoreUnderTest for MemoryTokens {
    async fn fresh() -> Option<Self> {
        let clock = Arc::new(StoppedClock::at_noon_of(Date::constant(2026, 1, 1)));
        let store = Arc::new(MemoryTokenStore::new(clock.clone()));
        Some(Self { clock, store })
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

    async fn take_segment_away(&self, _segment: Segment) -> bool {
        false
    }

    async fn clock_jumps(&self, by: SignedDuration) {
        self.clock.advance(by);
    }
}
