//! Snapshots: a state as JSON, with a fingerprint of its form.

use bytes::Bytes;
use domain::{Item, Person};

use super::problem::CodecProblem;
use super::stored_event::json;
use super::wire::{In, Out, Stored};
use crate::ports::BoxError;

/// The fingerprint of a snapshot's form: FNV-1a of its name and revision. Raise the revision with every change of form.
pub(super) const fn schema(name: &str, revision: u8) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(PRIME);
        at += 1;
    }
    (hash ^ revision as u64).wrapping_mul(PRIME)
}

/// Writes a state.
pub(super) fn freeze(state: &impl Stored) -> Bytes {
    json(&Out(state))
}

/// Reads a state back.
pub(super) fn thaw<T: Stored>(state: &[u8]) -> Result<T, BoxError> {
    let thawed: Result<In<T>, _> = serde_json::from_slice(state);
    Ok(thawed.map_err(CodecProblem::from)?.0)
}

/// What a person's texts take.
pub(super) fn person_bytes(person: &Person) -> usize {
    person.id.as_str().len() + person.name.as_str().len()
}

/// What an item's texts take.
pub(super) fn item_bytes(item: &Item) -> usize {
    item.title.as_str().len()
}
