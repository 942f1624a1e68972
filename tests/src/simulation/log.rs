//! A node's event store, behind its plug.

use std::sync::Arc;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventStore, Head, LoadFrom, Loaded, LogPage, Position, Snapshot,
    StoreError, StreamAppend, StreamName, Types,
};
use async_trait::async_trait;
use jiff::Timestamp;
use xxhash_rust::xxh3::Xxh3;

use super::plug::Plug;
use super::port_error::PortError;
use super::sky::Door;

/// The event store as one node reaches it.
pub(super) struct PluggedLog {
    pub(super) inner: Arc<dyn EventStore>,
    pub(super) plug: Arc<Plug>,
}

impl PluggedLog {
    fn is_torn<'a>(&self, streams: impl IntoIterator<Item = &'a StreamName>) -> bool {
        let weather = self.plug.sky().weather();
        streams.into_iter().any(|stream| weather.torn_streams.contains(stream))
    }
}

#[async_trait]
impl EventStore for PluggedLog {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        let doing = "appending events";
        let is_torn = self.is_torn(proposals.iter().map(|proposal| &proposal.stream));
        let asked = (proposals.clone(), digest(&proposals));
        let inner = Arc::clone(&self.inner);
        let work = async move {
            if is_torn { Err(StoreError::corrupt(doing)) } else { inner.append(proposals).await }
        };
        self.plug.change(Door::Append, doing, &asked, work).await
    }

    async fn outcomes_of(&self, commands: &[CommandId]) -> Result<Vec<Option<Done>>, StoreError> {
        let work = self.inner.outcomes_of(commands);
        self.plug.read(Door::ReadLog, "looking up commands", &commands, work).await
    }

    async fn load(&self, stream: &StreamName, from: LoadFrom, limit: usize) -> Result<Loaded, StoreError> {
        let doing = "loading a stream";
        let is_torn = self.is_torn([stream]);
        let work = async {
            if is_torn { Err(StoreError::corrupt(doing)) } else { self.inner.load(stream, from, limit).await }
        };
        self.plug.read(Door::ReadLog, doing, &(stream, from, limit), work).await
    }

    async fn save_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), StoreError> {
        let asked = (stream.clone(), snapshot.clone());
        let (inner, stream) = (Arc::clone(&self.inner), stream.clone());
        let work = async move { inner.save_snapshot(&stream, snapshot).await };
        self.plug.change(Door::ChangeLog, "saving a snapshot", &asked, work).await
    }

    async fn read_log(&self, after: Position, unwanted: &Types, limit: usize) -> Result<LogPage, StoreError> {
        let work = self.inner.read_log(after, unwanted, limit);
        self.plug.read(Door::ReadLog, "reading the log", &(after, limit), work).await
    }

    async fn read_log_backward(&self, before: Position, limit: usize) -> Result<LogPage, StoreError> {
        let work = self.inner.read_log_backward(before, limit);
        self.plug.read(Door::ReadLog, "reading the log backward", &(before, limit), work).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.plug.read(Door::ReadLog, "reading the head", &(), self.inner.head()).await
    }

    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError> {
        let work = self.inner.position_at(time);
        self.plug.read(Door::ReadLog, "looking for a time", &time, work).await
    }

    async fn appended(&self, after: Position) {
        self.plug.hint(self.inner.appended(after)).await;
    }
}

/// Of the bytes that events only show the length of.
fn digest(proposals: &[StreamAppend]) -> u64 {
    let mut hash = Xxh3::new();
    for event in proposals.iter().flat_map(|proposal| &proposal.parts).flat_map(|part| &part.events) {
        hash.update(&event.payload);
        hash.update(&event.metadata);
    }
    hash.digest()
}
