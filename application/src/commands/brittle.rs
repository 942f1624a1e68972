//! An aggregate for tests whose events may panic when they are taken into its state.

use bytes::Bytes;
use domain::{Decider, ProcessId};
use thiserror::Error;

use crate::codec::{Aggregate, AnyEvent, DecodeError, Encoded, SequenceKeys};
use crate::ports::BoxError;
use crate::ports::event_store::{Recorded, TypeName};

/// The numbers it was told, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Brittle(pub(super) Vec<u8>);

/// The number that it cannot take.
pub(super) const BREAKS: u8 = 0;

#[derive(Debug, Clone, Error)]
#[error("it refuses nothing")]
pub(super) struct Never;

impl Decider for Brittle {
    type Command = u8;
    type Event = u8;
    type Refusal = Never;

    fn decide(&self, command: &u8) -> Result<Vec<u8>, Never> {
        Ok(vec![*command])
    }

    fn evolve(mut self, event: &u8) -> Self {
        assert_ne!(*event, BREAKS, "told to panic");
        self.0.push(*event);
        self
    }
}

impl Aggregate for Brittle {
    type Id = u8;

    const CATEGORY: &'static str = "brittle";
    const SNAPSHOT_SCHEMA: u64 = 1;

    fn encode(event: &u8) -> Encoded {
        Encoded {
            kind: TypeName::of("brittle.told"),
            revision: 1,
            payload: Bytes::copy_from_slice(&[*event]),
        }
    }

    fn decode(recorded: &Recorded) -> Result<u8, DecodeError> {
        Ok(recorded.payload[0])
    }

    fn any(_event: u8) -> AnyEvent {
        unreachable!("nobody translates it")
    }

    fn keys(_id: &u8, _event: &u8) -> SequenceKeys {
        SequenceKeys::default()
    }

    fn correlation(_event: &u8) -> Option<ProcessId> {
        None
    }

    fn freeze(&self) -> Bytes {
        self.0.clone().into()
    }

    fn thaw(state: &[u8]) -> Result<Self, BoxError> {
        Ok(Self(state.to_vec()))
    }

    fn bytes(&self) -> usize {
        self.0.len()
    }
}
