//! How a state is come by: from the cache, else from the latest snapshot and the events after it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::cache::{AllStates, States};
use super::error::ReadError;
use super::snapshotting::Snapshotter;
use super::versioned::Versioned;
use crate::codec::Aggregate;
use crate::ports::EventStore;
use crate::ports::event_store::{LoadFrom, Loaded, Recorded, Snapshot, StreamName, Version};

/// Reads states of one aggregate.
pub(super) struct Loading<A> {
    pub(super) store: Arc<dyn EventStore>,
    pub(super) states: Arc<States<A>>,
    pub(super) all_states: Arc<AllStates>,
    pub(super) snapshotter: Snapshotter,
    /// Most events read in one piece.
    pub(super) page: usize,
}

/// A state to decide on.
pub(super) struct ReadState<A> {
    pub(super) known: Arc<Versioned<A>>,
    /// Whether it was read from the store just now, so that an answer that writes nothing may rest on it.
    pub(super) fresh: bool,
}

impl<A: Aggregate> Loading<A> {
    /// The state to decide on: what the cache has, else what the store has.
    pub(super) async fn base(&self, stream: &StreamName) -> Result<ReadState<A>, ReadError> {
        match self.states.get(stream) {
            Some(known) => Ok(ReadState { known, fresh: false }),
            None => Ok(ReadState { known: self.load(stream).await?, fresh: true }),
        }
    }

    /// The state with everything the store has now: `known` and the events after it. A stream that does not have the
    /// event with which `known` ends belongs to another log, or to one that was restored: then all that is known is
    /// forgotten, of every aggregate, and the stream is read anew.
    pub(super) async fn refreshed(
        &self,
        stream: &StreamName,
        known: Arc<Versioned<A>>,
    ) -> Result<ReadState<A>, ReadError> {
        let tail = self.store.load(stream, LoadFrom::Version(known.version), self.page).await?;
        if tail.at_start != known.event {
            tracing::warn!(
                %stream, known = %known.version, actual = %tail.head,
                "the log does not have the last event that is known of a stream; all cached states are dropped"
            );
            self.all_states.forget();
            return Ok(ReadState { known: self.load(stream).await?, fresh: true });
        }
        let before = known.version;
        let known = self.followed(stream, known, tail).await?;
        if known.version > before {
            self.states.put(stream, &known);
        }
        Ok(ReadState { known, fresh: true })
    }

    async fn load(&self, stream: &StreamName) -> Result<Arc<Versioned<A>>, ReadError> {
        let mut piece = self.store.load(stream, LoadFrom::Snapshot, self.page).await?;
        let mut ignored = piece.unusable.map(str::to_owned);
        let start = match piece.snapshot.take() {
            None => Versioned::empty(),
            Some(snapshot) => match thawed(snapshot) {
                Ok(known) => known,
                Err(why) => {
                    ignored = Some(why);
                    piece = self.store.load(stream, LoadFrom::Version(Version::START), self.page).await?;
                    Versioned::empty()
                }
            },
        };
        let from = start.version;
        let known = self.followed(stream, Arc::new(start), piece).await?;
        self.states.put(stream, &known);
        match ignored {
            None => self.snapshotter.offer(stream, from, &known),
            Some(why) => {
                warn_unusable(stream, &why);
                self.snapshotter.replace(stream, &known);
            }
        }
        Ok(known)
    }

    /// `known` with the events of `piece`, and of the pieces after it until the stream's end. Each piece has to go on
    /// where the one before it ended.
    async fn followed(
        &self,
        stream: &StreamName,
        known: Arc<Versioned<A>>,
        piece: Loaded,
    ) -> Result<Arc<Versioned<A>>, ReadError> {
        if piece.events.is_empty() {
            return Ok(known);
        }
        let mut now = folded(stream, &known, &piece.events)?;
        let mut head = piece.head;
        while now.version < head {
            let next = self.store.load(stream, LoadFrom::Version(now.version), self.page).await?;
            if next.at_start != now.event {
                self.all_states.forget();
                return Err(ReadError::exchanged());
            }
            if next.events.is_empty() {
                break;
            }
            head = next.head;
            now = folded(stream, &now, &next.events)?;
        }
        Ok(Arc::new(now))
    }
}

fn thawed<A: Aggregate>(snapshot: Snapshot) -> Result<Versioned<A>, String> {
    if snapshot.schema != A::SNAPSHOT_SCHEMA {
        return Err("it was written in another form".to_owned());
    }
    let state = A::thaw(&snapshot.state).map_err(|error| error.to_string())?;
    Ok(Versioned {
        state: Arc::new(state),
        version: snapshot.version,
        position: snapshot.position,
        event: Some(snapshot.event),
    })
}

fn folded<A: Aggregate>(
    stream: &StreamName,
    known: &Versioned<A>,
    events: &[Recorded],
) -> Result<Versioned<A>, ReadError> {
    let mut state = A::clone(&known.state);
    for recorded in events {
        let event = A::decode(recorded).map_err(|error| ReadError::unreadable(stream, error))?;
        // Caught, so that a defect is the stream's and not that of the task that reads it.
        let evolved = catch_unwind(AssertUnwindSafe(|| state.evolve(&event)));
        let defect = |_panic| ReadError::Defect { stream: stream.clone(), position: recorded.position };
        state = evolved.map_err(defect)?;
    }
    let last = events.last();
    Ok(Versioned {
        state: Arc::new(state),
        version: last.map_or(known.version, |event| event.version),
        position: last.map_or(known.position, |event| event.position),
        event: last.map_or(known.event, |event| Some(event.id)),
    })
}

fn warn_unusable(stream: &StreamName, why: &str) {
    metrics::counter!("rental_snapshots_ignored_total").increment(1);
    tracing::warn!(%stream, why, "a snapshot cannot be used and is written anew");
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::commands::brittle::{BREAKS, Brittle};
    use crate::ports::event_store::{EventId, Position, TypeName};

    #[test]
    fn an_event_that_panics_in_evolve_is_named_and_stops_no_task() {
        let stream = Brittle::stream(&1);
        let event = |version: u64, told: u8| Recorded {
            position: Position::new(10 + version),
            stream: Brittle::stream(&1),
            version: Version::new(version),
            id: EventId::new(Uuid::nil()),
            command: None,
            kind: TypeName::of("brittle.told"),
            revision: 1,
            payload: Bytes::copy_from_slice(&[told]),
            metadata: Bytes::new(),
            occurred_at: Timestamp::UNIX_EPOCH,
        };

        let whole = folded::<Brittle>(&stream, &Versioned::empty(), &[event(1, 1), event(2, 2)]);
        let broken = folded::<Brittle>(&stream, &Versioned::empty(), &[event(1, 1), event(2, BREAKS)]);

        assert_eq!(whole.unwrap().state.0, [1, 2]);
        let Err(ReadError::Defect { position, .. }) = broken else { panic!("{broken:?}") };
        assert_eq!(position, Position::new(12));
    }
}
