//! The port: each call is one change or one question.

use std::collections::BTreeMap;
use std::time::Duration;

use application::ports::TokenStore;
use application::ports::event_store::{EventId, Position};
use application::ports::message_source::Token;
use application::ports::token_store::{
    Claim, Claimed, Commit, DeadLetter, DeadLetterQuery, Desired, EventOverride, Extended, Generation,
    NodeId, ProcessorName, ProcessorState, Row, RowKey, Segment, TokenError, WaitingLetter,
};
use async_trait::async_trait;

use super::step_error::StepError;
use super::{SqliteTokenStore, claims, commits, dead_letters, overrides, processors, rebuild, reshape, rows};

#[async_trait]
impl TokenStore for SqliteTokenStore {
    async fn heartbeat(&self, node: NodeId, ttl: Duration) -> Result<Vec<NodeId>, TokenError> {
        let beat = self.write("keeping a heartbeat", move |tables, now| {
            Box::pin(claims::heartbeat(tables, now, node, ttl))
        });
        beat.await
    }

    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        self.write("leaving", move |tables, _| Box::pin(claims::leave(tables, node))).await
    }

    async fn register(
        &self,
        processor: &ProcessorName,
        segments: u32,
        first: Token,
    ) -> Result<(), TokenError> {
        let name = processor.clone();
        let register = self.write("registering a processor", move |tables, _| {
            Box::pin(async move { processors::register(tables, &name, segments, first).await })
        });
        register.await
    }

    async fn processors(&self) -> Result<Vec<ProcessorState>, TokenError> {
        let now = self.clock.now();
        self.read_working("listing the processors", move |tables| Box::pin(processors::shown(tables, now)))
            .await
    }

    async fn set_desired(&self, processor: &ProcessorName, desired: Desired) -> Result<(), TokenError> {
        let name = processor.clone();
        let set = self.write("pausing or resuming a processor", move |tables, _| {
            Box::pin(async move { processors::set_desired(tables, &name, desired).await })
        });
        set.await
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
        let claim = self.write("claiming a segment", move |tables, now| {
            Box::pin(claims::claim(tables, now, wanted, ttl))
        });
        claim.await
    }

    async fn extend_all(
        &self,
        all: &[Claim],
        ttl: Duration,
    ) -> Result<Vec<Result<Extended, TokenError>>, TokenError> {
        let all = all.to_vec();
        let extend = self.write("extending claims", move |tables, now| {
            Box::pin(async move { claims::extend_all(tables, now, &all, ttl).await })
        });
        extend.await
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

    async fn commit(&self, claim: &Claim, commit: Commit) -> Result<(), TokenError> {
        let (claim, doing) = (claim.clone(), "committing rows, letters and token");
        if commit.rows.is_empty() && commit.letters.is_empty() && commit.settled.is_empty() {
            let advance = self.writer.write_at_once(doing, move |tables, now| {
                Box::pin(async move { commits::commit(tables, now, &claim, commit).await })
            });
            advance.await?;
        } else {
            let commit = self.write(doing, move |tables, now| {
                Box::pin(async move { commits::commit(tables, now, &claim, commit).await })
            });
            commit.await?;
        }
        self.announce_progress();
        Ok(())
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

    async fn letters(&self, wanted: &DeadLetterQuery, limit: usize) -> Result<Vec<DeadLetter>, TokenError> {
        let wanted = wanted.clone();
        let letters = self.read("reading letters", move |tables| {
            Box::pin(async move { dead_letters::letters(tables, &wanted, limit).await })
        });
        letters.await
    }

    async fn waiting_letters(
        &self,
        claim: &Claim,
        sequence: &str,
        limit: usize,
    ) -> Result<Vec<WaitingLetter>, TokenError> {
        let (claim, sequence) = (claim.clone(), sequence.to_owned());
        let letters = self.read_working("reading what a sequence waits for", move |tables| {
            Box::pin(async move { dead_letters::waiting_letters(tables, &claim, &sequence, limit).await })
        });
        letters.await
    }

    async fn retry_now(
        &self,
        processor: &ProcessorName,
        sequence: Option<&str>,
    ) -> Result<usize, TokenError> {
        let (name, sequence) = (processor.clone(), sequence.map(str::to_owned));
        let retry = self.write("making letters due", move |tables, now| {
            Box::pin(async move { dead_letters::retry_now(tables, now, &name, sequence.as_deref()).await })
        });
        retry.await
    }

    async fn put_override(
        &self,
        processor: &ProcessorName,
        event: EventId,
        event_override: EventOverride,
    ) -> Result<(), TokenError> {
        let name = processor.clone();
        let put = self.write("keeping an overlay", move |tables, _| {
            Box::pin(async move { overrides::put_override(tables, &name, event, event_override).await })
        });
        put.await
    }

    async fn overrides(
        &self,
        processor: &ProcessorName,
    ) -> Result<BTreeMap<EventId, EventOverride>, TokenError> {
        let name = processor.clone();
        let overrides = self.read_working("reading overrides", move |tables| {
            Box::pin(async move { overrides::overrides(tables, &name).await })
        });
        overrides.await
    }

    async fn split(
        &self,
        processor: &ProcessorName,
        segment: Segment,
    ) -> Result<(Segment, Segment), TokenError> {
        let name = processor.clone();
        let split = self.write("splitting a segment", move |tables, _| {
            Box::pin(async move { reshape::split(tables, &name, segment).await })
        });
        split.await
    }

    async fn merge(&self, processor: &ProcessorName, segment: Segment) -> Result<Segment, TokenError> {
        let name = processor.clone();
        let merge = self.write("merging two segments", move |tables, _| {
            Box::pin(async move { reshape::merge(tables, &name, segment).await })
        });
        merge.await
    }

    async fn start_rebuild(&self, processor: &ProcessorName, first: Token) -> Result<Generation, TokenError> {
        let name = processor.clone();
        let start = self.write("starting a rebuild", move |tables, _| {
            Box::pin(async move { rebuild::start_rebuild(tables, &name, first).await })
        });
        start.await
    }

    async fn switch(&self, processor: &ProcessorName, force: bool) -> Result<(), TokenError> {
        let name = processor.clone();
        let switch = self.write("switching to the rebuilt rows", move |tables, _| {
            Box::pin(async move { rebuild::switch(tables, &name, force).await })
        });
        switch.await?;
        self.announce_progress();
        Ok(())
    }

    async fn begin_anew(&self, processor: &ProcessorName, first: Token) -> Result<(), TokenError> {
        let name = processor.clone();
        let begin = self.write("letting a processor begin anew", move |tables, _| {
            Box::pin(async move { rebuild::begin_anew(tables, &name, first).await })
        });
        begin.await?;
        self.announce_progress();
        Ok(())
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        let name = processor.clone();
        let cancel = self.write("cancelling a rebuild", move |tables, _| {
            Box::pin(async move { rebuild::cancel_rebuild(tables, &name).await })
        });
        cancel.await
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
