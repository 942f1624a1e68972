//! A log of one kind beside a token store of another.

use std::sync::Arc;

use application::ports::Clock;
use async_trait::async_trait;

use super::{Opened, StoreKind};

/// The log of the first place, and the token store of the second.
pub struct Apart<L, T>(L, T);

#[async_trait]
impl<L: StoreKind, T: StoreKind> StoreKind for Apart<L, T> {
    async fn fresh() -> Option<Self> {
        Some(Self(L::fresh().await?, T::fresh().await?))
    }

    async fn open(&self, clock: Arc<dyn Clock>) -> Opened {
        let log = self.0.open(Arc::clone(&clock)).await.log;
        Opened { log, views: self.1.open(clock).await.views }
    }

    async fn killed(&self) -> Option<Self> {
        Some(Self(self.0.killed().await?, self.1.killed().await?))
    }
}
