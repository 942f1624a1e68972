//! The log as a service shows it.

use application::archive::{Line, ReadError, ShownLog, Walk};
use application::ports::event_store::{LogId, Position};
use application::queries::EventQuery;
use async_trait::async_trait;
use serde::Deserialize;
use uuid::Uuid;

use super::asking::Piece;
use super::{Client, ClientError};

const PATH: [&str; 1] = ["events"];
const NOT_THERE: &str = "event-not-found";

/// What of a list of events says whose they are.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NamedLog {
    log_id: Uuid,
}

/// A walk along the log, piece by piece.
struct Walking {
    client: Client,
    wanted: Wanted,
    after: u64,
    cursor: Option<String>,
}

/// Which events are asked for, as the query says it.
type Wanted = Vec<(&'static str, String)>;

#[async_trait]
impl ShownLog for Client {
    async fn head(&self) -> Result<Position, ReadError> {
        Ok(Position::new(self.last_position().await?))
    }

    async fn event(&self, position: Position) -> Result<Option<Line>, ReadError> {
        match self.get(&["events", &position.to_string()], &[]).await {
            Ok(line) => Ok(Some(line)),
            Err(error) if error.problem().is_some_and(|problem| problem.slug == NOT_THERE) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn last(&self, count: usize, wanted: &EventQuery) -> Result<Vec<Line>, ReadError> {
        let (wanted, mut found, mut cursor) = (asked(wanted), Vec::new(), None::<String>);
        while found.len() < count {
            let piece: Piece<Line> =
                self.piece(&PATH, &query(&wanted, ("before", "")), cursor.as_deref()).await?;
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

    fn walk(&self, after: Position, wanted: EventQuery) -> Box<dyn Walk> {
        let (client, wanted) = (self.clone(), asked(&wanted));
        Box::new(Walking { client, wanted, after: after.value(), cursor: None })
    }
}

impl Client {
    /// Which log it is.
    pub(super) async fn log_id(&self) -> Result<LogId, ClientError> {
        let shown: NamedLog = self.get(&PATH, &[("before", ""), ("limit", "1")]).await?;
        Ok(LogId::new(shown.log_id))
    }

    /// The log's last position; 0 when it is empty.
    pub(super) async fn last_position(&self) -> Result<u64, ClientError> {
        let last: Piece<Line> = self.piece(&PATH, &[("before", ""), ("limit", "1")], None).await?;
        Ok(last.items.first().map_or(0, |line| line.position))
    }
}

#[async_trait]
impl Walk for Walking {
    async fn next(&mut self) -> Result<Option<Vec<Line>>, ReadError> {
        // Where the log ends before it is read: a walk that finds nothing has come at least that far.
        let filtered = !self.wanted.is_empty();
        let head = if filtered && self.cursor.is_none() { self.client.last_position().await? } else { 0 };
        let after = self.after.to_string();
        let query = query(&self.wanted, ("after", &after));
        let piece: Piece<Line> = self.client.piece(&PATH, &query, self.cursor.as_deref()).await?;
        let going_on = piece.next_cursor.is_some();
        let last = piece.items.last().map_or(0, |line| line.position);
        if going_on && filtered {
            self.cursor = piece.next_cursor;
        } else {
            self.cursor = None;
            self.after = self.after.max(last).max(head);
        }
        Ok((going_on || !piece.items.is_empty()).then_some(piece.items))
    }
}

impl From<ClientError> for ReadError {
    fn from(error: ClientError) -> Self {
        Self::Shown(error.into())
    }
}

fn asked(EventQuery { kind, stream, correlation }: &EventQuery) -> Wanted {
    let kind = kind.as_ref().map(|kind| ("type", kind.to_string()));
    let stream = stream.as_ref().map(|stream| ("stream", stream.to_string()));
    let correlation = correlation.map(|process| ("correlation", process.to_string()));
    kind.into_iter().chain(stream).chain(correlation).collect()
}

fn query<'a>(wanted: &'a Wanted, from: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    wanted.iter().map(|(name, value)| (*name, value.as_str())).chain([from]).collect()
}
