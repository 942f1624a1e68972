//! The port of those who administer processors.

use application::ports::ProcessorAdmin;
use application::ports::message_source::Token;
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::{Generation, ProcessorName, Segment, TokenError};
use async_trait::async_trait;

use super::{SqliteTokenStore, processors, rebuild, reshape};

#[async_trait]
impl ProcessorAdmin for SqliteTokenStore {
    async fn register(
        &self,
        processor: &ProcessorName,
        segments: &[(Segment, Token)],
    ) -> Result<(), TokenError> {
        let (name, wanted) = (processor.clone(), segments.to_vec());
        let register = self.write("registering a processor", move |tables, _| {
            Box::pin(async move { processors::register(tables, &name, &wanted).await })
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

    async fn reset(&self, processor: &ProcessorName, to: Token) -> Result<usize, TokenError> {
        let name = processor.clone();
        let reset = self.write("resetting a processor", move |tables, _| {
            Box::pin(async move { rebuild::reset(tables, &name, to).await })
        });
        let gone = reset.await?;
        self.announce_progress();
        Ok(gone)
    }

    async fn cancel_rebuild(&self, processor: &ProcessorName) -> Result<(), TokenError> {
        let name = processor.clone();
        let cancel = self.write("cancelling a rebuild", move |tables, _| {
            Box::pin(async move { rebuild::cancel_rebuild(tables, &name).await })
        });
        cancel.await
    }

    async fn sweep(&self, processor: &ProcessorName, limit: usize) -> Result<usize, TokenError> {
        let name = processor.clone();
        let sweep = self.write("removing rows of generations that have ended", move |tables, _| {
            Box::pin(async move { rebuild::sweep(tables, &name, limit).await })
        });
        sweep.await
    }
}
