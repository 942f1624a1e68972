//! The log as a service shows it.

use std::str::FromStr;

use application::ports::BoxError;
use application::ports::event_store::{EventId, Position, Recorded, StreamName, TypeName, Version};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::asking::Piece;
use super::{Client, ClientError};

const PATH: [&str; 1] = ["events"];

/// An event as it is shown; payload and metadata byte for byte.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its place in the log.
    pub position: u64,
    /// Its stream.
    pub stream: String,
    /// Its place in the stream.
    pub version: u64,
    /// Its id.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The revision of its payload's form.
    pub revision: u32,
    /// When it happened.
    pub at: String,
    /// The payload; none when what is stored is not JSON.
    pub data: Option<Box<RawValue>>,
    /// What stands beside it; none when what is stored is not JSON.
    pub metadata: Option<Box<RawValue>>,
}

/// Which events are wanted; what is none does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this type.
    pub kind: Option<String>,
    /// Only of this stream.
    pub stream: Option<String>,
}

/// A walk along the log, piece by piece.
#[derive(Debug, Clone)]
pub struct Events {
    client: Client,
    filter: Filter,
    after: u64,
    cursor: Option<String>,
}

impl Client {
    /// Walks upwards from after a position.
    #[must_use]
    pub fn events(&self, after: u64, filter: Filter) -> Events {
        Events { client: self.clone(), filter, after, cursor: None }
    }

    /// The last events that fit, oldest first, at most `count`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn last_events(&self, count: usize, filter: &Filter) -> Result<Vec<Event>, ClientError> {
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        while found.len() < count {
            let query = [filter.query(), vec![("before", "")]].concat();
            let piece: Piece<Event> = self.piece(&PATH, &query, cursor.as_deref()).await?;
            found.extend(piece.items);
            cursor = piece.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        found.truncate(count);
        found.reverse();
        Ok(found)
    }

    /// The log's last position; 0 when it is empty.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn head(&self) -> Result<u64, ClientError> {
        let last: Piece<Event> = self.piece(&PATH, &[("before", ""), ("limit", "1")], None).await?;
        Ok(last.items.first().map_or(0, |event| event.position))
    }

    /// One event.
    ///
    /// # Errors
    /// [`ClientError`]; a problem `event-not-found` when there is none.
    pub async fn event(&self, position: u64) -> Result<Event, ClientError> {
        self.get(&["events", &position.to_string()], &[]).await
    }
}

impl Events {
    /// The next events that fit: perhaps none, although there are more; none at all at the end, and more perhaps later.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn next(&mut self) -> Result<Option<Vec<Event>>, ClientError> {
        // Where the log ends before it is read: a walk that finds nothing has come at least that far.
        let filtered = self.filter != Filter::default();
        let head = if filtered && self.cursor.is_none() { self.client.head().await? } else { 0 };
        let after = self.after.to_string();
        let query = [self.filter.query(), vec![("after", after.as_str())]].concat();
        let piece: Piece<Event> = self.client.piece(&PATH, &query, self.cursor.as_deref()).await?;
        let going_on = piece.next_cursor.is_some();
        let last = piece.items.last().map_or(0, |event| event.position);
        if going_on && filtered {
            self.cursor = piece.next_cursor;
        } else {
            self.cursor = None;
            self.after = self.after.max(last).max(head);
        }
        Ok((going_on || !piece.items.is_empty()).then_some(piece.items))
    }
}

impl Filter {
    fn query(&self) -> Vec<(&str, &str)> {
        let kind = self.kind.as_deref().map(|kind| ("type", kind));
        let stream = self.stream.as_deref().map(|stream| ("stream", stream));
        kind.into_iter().chain(stream).collect()
    }
}

impl Event {
    /// The event as a store keeps it, but for the command, which stands in its metadata.
    ///
    /// # Errors
    /// What of it cannot be read.
    pub fn recorded(&self) -> Result<Recorded, BoxError> {
        let at = |what: &str, found: &str| format!("event {} has {what} `{found}`", self.position);
        let id = Uuid::from_str(&self.id).map_err(|_| at("an id that is none:", &self.id))?;
        let stream =
            StreamName::parse(&self.stream).ok_or_else(|| at("a stream that is none:", &self.stream))?;
        let occurred_at = Timestamp::from_str(&self.at).map_err(|_| at("a time that is none:", &self.at))?;
        Ok(Recorded {
            position: Position::new(self.position),
            stream,
            version: Version::new(self.version),
            id: EventId::new(id),
            command: None,
            kind: TypeName::stored(self.kind.clone()),
            revision: self.revision,
            payload: self.bytes(self.data.as_deref(), "a payload")?,
            metadata: self.bytes(self.metadata.as_deref(), "metadata")?,
            occurred_at,
        })
    }

    fn bytes(&self, stored: Option<&RawValue>, what: &str) -> Result<Bytes, BoxError> {
        match stored {
            Some(json) => Ok(Bytes::copy_from_slice(json.get().as_bytes())),
            None => {
                Err(format!("event {} has {what} that is not JSON and is not shown", self.position).into())
            }
        }
    }
}
