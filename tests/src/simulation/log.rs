//! A node's event store, behind its plug.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventStore, Head, LoadFrom, Loaded, LogPage, Position, Snapshot,
    StoreError, StreamAppend, StreamName, Types, Version,
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
        streams.into_iter().any(|stream| weather.damage.torn_streams.contains(stream))
    }

    /// Appends, but not to streams at which others are always quicker. Who repeats a command that is done learns that all
    /// the same.
    async fn append_where_free(
        inner: Arc<dyn EventStore>,
        proposals: Vec<StreamAppend>,
        busy: BTreeSet<StreamName>,
    ) -> Result<Vec<AppendOutcome>, StoreError> {
        let (mut overtaken, mut free) = (Vec::with_capacity(proposals.len()), Vec::new());
        for proposal in proposals {
            let commands: Vec<CommandId> = proposal.parts.iter().map(|part| part.command).collect();
            let is_overtaken = busy.contains(&proposal.stream)
                && inner.outcomes_of(&commands).await?.iter().all(Option::is_none);
            overtaken.push(is_overtaken.then(|| proposal.expected.plus(1)));
            if !is_overtaken {
                free.push(proposal);
            }
        }
        let mut outcomes = inner.append(free).await?.into_iter();
        let of = |overtaken: Option<Version>| match overtaken {
            Some(actual) => Some(AppendOutcome::Conflict { actual }),
            None => outcomes.next(),
        };
        Ok(overtaken.into_iter().filter_map(of).collect())
    }
}

#[async_trait]
impl EventStore for PluggedLog {
    async fn append(&self, proposals: Vec<StreamAppend>) -> Result<Vec<AppendOutcome>, StoreError> {
        let doing = "appending events";
        let is_torn = self.is_torn(proposals.iter().map(|proposal| &proposal.stream));
        let asked = (proposals.clone(), digest(&proposals));
        let (inner, busy) = (Arc::clone(&self.inner), self.plug.sky().weather().damage.busy_streams.clone());
        let work = async move {
            if is_torn {
                Err(StoreError::corrupt(doing))
            } else {
                Self::append_where_free(inner, proposals, busy).await
            }
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

    async fn streams_of(
        &self,
        category: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<StreamName>, StoreError> {
        let work = self.inner.streams_of(category, after, limit);
        self.plug.read(Door::ReadLog, "looking for streams", &(category, after, limit), work).await
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
