//! The port: each call is one change or one question.

use std::time::Duration;

use application::ports::TokenStore;
use application::ports::event_store::Position;
use application::ports::token_store::{
    Beat, Claim, Claimed, Commit, Generation, NodeId, ProcessorName, Row, RowKey, Segment, TokenError,
};
use async_trait::async_trait;
use futures::future::join_all;

use super::step_error::StepError;
use super::{SqliteTokenStore, claims, commits, processors, rows};

#[async_trait]
impl TokenStore for SqliteTokenStore {
    async fn beat(&self, node: NodeId, claims: &[Claim], ttl: Duration) -> Result<Beat, TokenError> {
        let (all, said) = (claims.to_vec(), self.said());
        let beat = self.write("keeping a heartbeat and claims", move |tables, now| {
            Box::pin(async move {
                let extended = claims::extend_all(tables, now, &all, ttl, said).await?;
                Ok(Beat { alive: claims::heartbeat(tables, now, node, ttl).await?, extended })
            })
        });
        beat.await
    }

    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        self.write("leaving", move |tables, _| Box::pin(claims::leave(tables, node))).await
    }

    async fn claim(
        &self,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
        node: NodeId,
        ttl: Duration,
    ) -> Result<Claimed, TokenError> {
        let wanted = Claim { processor: processor.clone(), generation, segment, node, epoch: 0 };
        let said = self.said();
        let claim = self.write("claiming a segment", move |tables, now| {
            Box::pin(claims::claim(tables, now, wanted, ttl))
        });
        Ok(Claimed { said, ..claim.await? })
    }

    async fn release(&self, claim: &Claim) -> Result<(), TokenError> {
        let claim = claim.clone();
        let release = self.write("releasing a claim", move |tables, now| {
            Box::pin(async move { claims::release(tables, now, &claim).await })
        });
        release.await
    }

    async fn rows(&self, claim: &Claim, keys: &[RowKey]) -> Result<Vec<Option<Row>>, TokenError> {
        let (claim, keys, now) = (claim.clone(), keys.to_vec(), self.clock.now());
        let rows = self.read_working("reading rows under a claim", move |tables| {
            Box::pin(async move { commits::rows_under_claim(tables, now, &claim, &keys).await })
        });
        rows.await
    }

    async fn live_rows(
        &self,
        processor: &ProcessorName,
        after: Option<RowKey>,
        limit: usize,
    ) -> Result<Vec<Row>, TokenError> {
        let name = processor.clone();
        let rows = self.read("reading the rows of a processor", move |tables| {
            Box::pin(async move {
                let live = processors::live_generation_id(tables, &name).await?;
                let Some(live) = live else { return Ok(Vec::new()) };
                rows::after(tables, live, after, limit).await
            })
        });
        rows.await
    }

    /// All of them wait for the writer at once, which makes them in one transaction.
    async fn commit_all(&self, commits: Vec<(Claim, Commit)>) -> Vec<Result<(), TokenError>> {
        let made = join_all(commits.into_iter().map(|(claim, commit)| self.make(claim, commit))).await;
        self.announce_progress();
        made
    }

    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError> {
        let name = processor.clone();
        let progress = self.read("reading how far a processor is", move |tables| {
            Box::pin(async move { processors::progress(tables, &name).await })
        });
        progress.await
    }

    /// Resolves, too, when the file cannot be read: whoever asks then for the position learns why.
    async fn progressed(&self, processor: &ProcessorName, beyond: Position) {
        let mut moved = self.moved.subscribe();
        while let Ok(reached) = self.progress(processor).await {
            let is_beyond = reached.is_some_and(|reached| reached > beyond);
            if is_beyond || moved.changed().await.is_err() {
                return;
            }
        }
    }

    async fn check_storage(&self) -> Result<(), TokenError> {
        let checked = self.database.check().map_err(StepError::from);
        checked.map_err(|trouble| trouble.while_doing("looking for its files"))
    }

    async fn check_writing(&self) -> Result<(), TokenError> {
        let checked = self.database.check_writing().await.map_err(StepError::from);
        checked.map_err(|trouble| trouble.while_doing("trying to write again"))
    }
}

impl SqliteTokenStore {
    async fn make(&self, claim: Claim, commit: Commit) -> Result<(), TokenError> {
        let doing = "committing rows, letters and token";
        let only_moves = commit.rows.is_empty() && commit.letters.is_empty() && commit.settled.is_empty();
        if only_moves {
            let advance = self.writer.write_at_once(doing, move |tables, now| {
                Box::pin(async move { commits::commit(tables, now, &claim, commit).await })
            });
            return advance.await;
        }
        let commit = self.write(doing, move |tables, now| {
            Box::pin(async move { commits::commit(tables, now, &claim, commit).await })
        });
        commit.await
    }
}
