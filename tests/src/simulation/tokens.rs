//! A node's token store and the views beside it, behind its plug.

mod admin;
mod letters;
mod views;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use application::ports::TokenStore;
use application::ports::event_store::Position;
use application::ports::token_store::{
    Beat, Claim, Claimed, Commit, Generation, NodeId, ProcessorName, Row, RowKey, Segment, TokenError,
};
use async_trait::async_trait;

use super::plug::Plug;
use super::port_error::PortError;
use super::sky::Door;
use crate::stores::TokenSide;

/// The token store as one node reaches it.
pub(super) struct PluggedTokens {
    pub(super) inner: Arc<dyn TokenSide>,
    pub(super) plug: Arc<Plug>,
}

impl PluggedTokens {
    fn is_torn(&self, claim: &Claim, commit: &Commit) -> bool {
        let weather = self.plug.sky().weather();
        let is_full = !commit.rows.is_empty() && weather.damage.full_views.contains(&claim.processor);
        is_full || commit.rows.iter().any(|(key, _)| weather.damage.unstorable.contains(key))
    }

    async fn change<T, F>(
        &self,
        doing: &'static str,
        asked: &(dyn Debug + Sync),
        work: impl FnOnce(Arc<dyn TokenSide>) -> F + Send,
    ) -> Result<T, TokenError>
    where
        T: Debug + Send + 'static,
        F: Future<Output = Result<T, TokenError>> + Send + 'static,
    {
        let work = work(Arc::clone(&self.inner));
        self.plug.change(Door::ChangeTokens, doing, asked, work).await
    }

    async fn read<T: Debug>(
        &self,
        doing: &'static str,
        asked: &(dyn Debug + Sync),
        work: impl Future<Output = Result<T, TokenError>>,
    ) -> Result<T, TokenError> {
        self.plug.read(Door::ReadTokens, doing, asked, work).await
    }
}

#[async_trait]
impl TokenStore for PluggedTokens {
    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        self.change("leaving", &node, |inner| async move { inner.leave(node).await }).await
    }

    async fn claim(
        &self,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
        node: NodeId,
        ttl: Duration,
    ) -> Result<Claimed, TokenError> {
        let name = processor.clone();
        self.change("claiming", &(processor, generation, segment, node), |inner| async move {
            inner.claim(&name, generation, segment, node, ttl).await
        })
        .await
    }

    async fn beat(&self, node: NodeId, claims: &[Claim], ttl: Duration) -> Result<Beat, TokenError> {
        let (inner, all) = (Arc::clone(&self.inner), claims.to_vec());
        let work = async move { inner.beat(node, &all, ttl).await };
        self.plug.change(Door::Extend, "extending", &claims, work).await
    }

    async fn release(&self, claim: &Claim) -> Result<(), TokenError> {
        let held = claim.clone();
        self.change("releasing", claim, |inner| async move { inner.release(&held).await }).await
    }

    async fn rows(&self, claim: &Claim, keys: &[RowKey]) -> Result<Vec<Option<Row>>, TokenError> {
        let doing = "reading rows";
        let is_torn = {
            let weather = self.plug.sky().weather();
            keys.iter().any(|key| weather.damage.unreadable.contains(key))
        };
        let work = async {
            if is_torn { Err(TokenError::corrupt(doing)) } else { self.inner.rows(claim, keys).await }
        };
        self.read(doing, &(claim, keys), work).await
    }

    async fn live_rows(
        &self,
        processor: &ProcessorName,
        after: Option<RowKey>,
        limit: usize,
    ) -> Result<Vec<Row>, TokenError> {
        let work = self.inner.live_rows(processor, after, limit);
        self.read("reading live rows", &(processor, after), work).await
    }

    /// What befalls the call befalls all of them; a row that cannot be stored, those that bring it.
    async fn commit_all(&self, commits: Vec<(Claim, Commit)>) -> Vec<Result<(), TokenError>> {
        let doing = "committing";
        let (count, asked, inner) = (commits.len(), commits.clone(), Arc::clone(&self.inner));
        let torn: Vec<bool> = commits.iter().map(|(claim, commit)| self.is_torn(claim, commit)).collect();
        let work = async move {
            let mut made = Vec::with_capacity(count);
            for ((claim, commit), is_torn) in commits.into_iter().zip(torn) {
                let torn = || Err(TokenError::corrupt(doing));
                made.push(if is_torn { torn() } else { inner.commit(&claim, commit).await });
            }
            Ok(made)
        };
        match self.plug.change(Door::Commit, doing, &asked, work).await {
            Ok(made) => made,
            Err(error) => (0..count).map(|_| Err(again(&error, doing))).collect(),
        }
    }

    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError> {
        self.read("asking for progress", processor, self.inner.progress(processor)).await
    }

    async fn progressed(&self, processor: &ProcessorName, beyond: Position) {
        self.plug.hint(self.inner.progressed(processor, beyond)).await;
    }
}

/// What befell a call, for one more of those who were in it.
fn again(error: &TokenError, doing: &'static str) -> TokenError {
    match error {
        TokenError::Unavailable { .. } => TokenError::away(doing),
        TokenError::Corrupt { .. } => TokenError::corrupt(doing),
        _ => TokenError::lost(doing),
    }
}
