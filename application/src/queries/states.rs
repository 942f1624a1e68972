//! Time travel: how a stream stood at one of its versions, and what its last events changed.

use domain::Decider;
use domain::best_seller::BestSeller;
use domain::book::Book;
use domain::member::Member;
use domain::rental_card::RentalCard;
use jiff::Timestamp;
use serde_json::Value;

use super::{Queries, QueryError};
use crate::codec::Aggregate;
use crate::ports::event_store::{LoadFrom, Position, Recorded, StreamName, TypeName, Version};

/// How many events are read at once.
const PIECE: usize = 500;

/// How far a stream is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateAt {
    /// To its end.
    Now,
    /// To this version.
    Version(Version),
    /// To what had happened by this time.
    Time(Timestamp),
}

/// How a stream stood.
#[derive(Debug, Clone, PartialEq)]
pub struct PastState {
    /// The version that it had; 0 when nothing had happened.
    pub version: Version,
    /// The version that it has now.
    pub head: Version,
    /// When the last event of it had happened; none at version 0.
    pub at: Option<Timestamp>,
    /// The state, in the form of its snapshots.
    pub state: Value,
    /// What its last events changed, oldest first.
    pub changes: Vec<StateChange>,
}

/// What one event changed.
#[derive(Debug, Clone, PartialEq)]
pub struct StateChange {
    /// Its version.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// Its type.
    pub kind: TypeName,
    /// When it happened.
    pub at: Timestamp,
    /// The fields of the state that it changed: where each stands, as it was and as it was then.
    pub changed: Vec<ChangedField>,
}

/// A field that an event changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedField {
    /// Where it stands, as a JSON pointer; empty for the whole state.
    pub path: String,
    /// As it was; null where it was not there.
    pub before: Value,
    /// As it was then; null where it is gone.
    pub after: Value,
}

impl Queries {
    /// How a stream stood, with what the last `changes` events before that changed; none for a stream that does not
    /// exist or is of no aggregate. Reads the stream up to there in pieces.
    ///
    /// # Errors
    /// [`QueryError::Store`] or [`QueryError::Unreadable`].
    pub async fn state_at(
        &self,
        stream: &StreamName,
        at: StateAt,
        changes: usize,
    ) -> Result<Option<PastState>, QueryError> {
        let of =
            |category: &str| stream.as_str().strip_prefix(category).is_some_and(|rest| rest.starts_with('-'));
        // The longer name first: none of these begins with another one.
        if of(RentalCard::CATEGORY) {
            self.folded::<RentalCard>(stream, at, changes).await
        } else if of(BestSeller::CATEGORY) {
            self.folded::<BestSeller>(stream, at, changes).await
        } else if of(Member::CATEGORY) {
            self.folded::<Member>(stream, at, changes).await
        } else if of(Book::CATEGORY) {
            self.folded::<Book>(stream, at, changes).await
        } else {
            Ok(None)
        }
    }

    async fn folded<A: Aggregate>(
        &self,
        stream: &StreamName,
        at: StateAt,
        changes: usize,
    ) -> Result<Option<PastState>, QueryError> {
        let head = self.ports.store.load(stream, LoadFrom::Version(Version::START), 1).await?.head;
        if head == Version::START {
            return Ok(None);
        }
        let last = self.last_version(stream, at, head).await?;
        let mut folded = Fold::<A>::default();
        let shown_from = last.value().saturating_sub(changes as u64);
        let mut after = Version::START;
        while after < last {
            let wanted = usize::try_from(last.value() - after.value()).unwrap_or(PIECE).min(PIECE);
            let piece = self.ports.store.load(stream, LoadFrom::Version(after), wanted).await?;
            let Some(read) = piece.events.last().map(|event| event.version) else { break };
            for recorded in &piece.events {
                folded.see(recorded, recorded.version.value() > shown_from)?;
            }
            after = read;
        }
        Ok(Some(folded.shown(head)))
    }

    /// The last version that had happened by then. Times within a stream may go back, as clocks do: what counts is the
    /// last event that is not later.
    async fn last_version(
        &self,
        stream: &StreamName,
        at: StateAt,
        head: Version,
    ) -> Result<Version, QueryError> {
        let time = match at {
            StateAt::Now => return Ok(head),
            StateAt::Version(version) => return Ok(version.min(head)),
            StateAt::Time(time) => time,
        };
        let (mut last, mut after) = (Version::START, Version::START);
        loop {
            let piece = self.ports.store.load(stream, LoadFrom::Version(after), PIECE).await?;
            let Some(read) = piece.events.last().map(|event| event.version) else { return Ok(last) };
            let happened = piece.events.iter().rev().find(|event| event.occurred_at <= time);
            last = happened.map_or(last, |event| event.version);
            after = read;
        }
    }
}

/// A state with what its events changed.
struct Fold<A> {
    state: A,
    version: Version,
    at: Option<Timestamp>,
    changes: Vec<StateChange>,
}

impl<A: Decider> Default for Fold<A> {
    fn default() -> Self {
        Self { state: A::default(), version: Version::START, at: None, changes: Vec::new() }
    }
}

impl<A: Aggregate> Fold<A> {
    fn see(&mut self, recorded: &Recorded, is_shown: bool) -> Result<(), QueryError> {
        let event = A::decode(recorded)?;
        let before = is_shown.then(|| self.frozen());
        self.state = std::mem::take(&mut self.state).evolve(&event);
        (self.version, self.at) = (recorded.version, Some(recorded.occurred_at));
        if let Some(before) = before {
            let mut changed = Vec::new();
            compare("", &before, &self.frozen(), &mut changed);
            self.changes.push(StateChange {
                version: recorded.version,
                position: recorded.position,
                kind: recorded.kind.clone(),
                at: recorded.occurred_at,
                changed,
            });
        }
        Ok(())
    }

    /// What is frozen is JSON; the arm without is never met.
    fn frozen(&self) -> Value {
        serde_json::from_slice(&self.state.freeze()).unwrap_or_default()
    }

    fn shown(self, head: Version) -> PastState {
        let state = self.frozen();
        PastState { version: self.version, head, at: self.at, state, changes: self.changes }
    }
}

/// Every field that differs, at the outermost place where it does. Lists are compared as a whole.
fn compare(path: &str, before: &Value, after: &Value, changed: &mut Vec<ChangedField>) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        let (before, after) = (before.clone(), after.clone());
        return changed.push(ChangedField { path: path.to_owned(), before, after });
    };
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    for name in names {
        let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
        let of = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
        compare(&path, &of(old), &of(new), changed);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_said_at_its_outermost_place() {
        let mut changed = Vec::new();
        let (before, after) =
            (json!({"a": 1, "b": {"c": [1], "d": 2}}), json!({"b": {"c": [1, 2], "d": 2}, "e/f": true}));
        compare("", &before, &after, &mut changed);
        let said: Vec<_> =
            changed.iter().map(|field| (field.path.as_str(), &field.before, &field.after)).collect();
        let (null, one, list, longer, yes) = (json!(null), json!(1), json!([1]), json!([1, 2]), json!(true));
        assert_eq!(said, [("/a", &one, &null), ("/b/c", &list, &longer), ("/e~1f", &null, &yes)]);
    }
}
