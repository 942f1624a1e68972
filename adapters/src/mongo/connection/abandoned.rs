//! Transactions that a process has left open at the servers, because it was killed, stands still or is cut off: until
//! they end, nobody else can change what they had changed.
//!
//! To end one that has not been committed is what the server does as well, later, and loses nothing: whoever might
//! still be there finds it gone, and does it again. Ours rest only for moments between one operation and the next, so one
//! that rests for long has nobody who goes on with it. A user may look for its own sessions and end them without any
//! right for that.

use std::collections::HashSet;
use std::time::Duration;

use futures::TryStreamExt;
use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::options::ReadConcern;
use tokio::time::Instant;

use super::failure::ServerError;

/// How long others are met before somebody looks why; mostly they have ended long before.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it is looked for.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a transaction may have rested in all whose connection is gone: its owner would have ended it on another one.
const REST_WITHOUT_CONNECTION: Duration = Duration::from_secs(1);

/// Whose transactions are looked for, and how long one may rest.
#[derive(Clone)]
pub(super) struct Abandoned {
    /// Of the connections of all who share our database.
    mark: String,
    /// How long a transaction may have rested in all whose connection is there: its owner does not go on for so long.
    rest: Duration,
}

/// Looks for them while transactions are met.
pub(super) struct Search<'a> {
    of: &'a Abandoned,
    next: Instant,
    /// Whether it was said that nothing can be seen.
    is_told: bool,
}

impl Abandoned {
    /// Of those whose connections have this mark and who give up after `rest`.
    pub(super) const fn of(mark: String, rest: Duration) -> Self {
        Self { mark, rest }
    }

    pub(super) fn search(&self) -> Search<'_> {
        Search { of: self, next: Instant::now() + PATIENCE, is_told: false }
    }

    /// Answers how many there were.
    async fn end(&self, client: &Client) -> Result<usize, Error> {
        let admin = client.database("admin");
        let of_ours = doc! { "$currentOp": { "idleSessions": true, "idleConnections": true } };
        // The only read concern with which the server answers that.
        let found = admin.aggregate([of_ours]).read_concern(ReadConcern::local()).max_time(AGAIN).await?;
        let found: Vec<Document> = found.try_collect().await?;
        let is_session = |found: &&Document| found.get_str("type").is_ok_and(|kind| kind == "idleSession");
        let connections = found.iter().filter(|found| !is_session(found)).filter_map(connection).collect();
        let sessions = found.iter().filter(is_session);
        let sessions = sessions.filter(|session| self.is_left(session, &connections)).filter_map(session_id);
        let sessions: Vec<_> = sessions.map(|id| doc! { "id": id }).collect();
        if !sessions.is_empty() {
            admin.run_command(doc! { "killSessions": sessions.as_slice() }).await?;
        }
        Ok(sessions.len())
    }

    fn is_left(&self, session: &Document, connections: &HashSet<i64>) -> bool {
        let driver = session.get_document("clientMetadata").and_then(|client| client.get_document("driver"));
        let is_ours = driver.and_then(|driver| driver.get_str("name")).is_ok_and(|name| {
            let mark = name.rsplit_once('|').map(|(_, mark)| mark);
            mark == Some(self.mark.as_str())
        });
        let rests = session.get_document("transaction").ok().and_then(|it| number(it, "timeInactiveMicros"));
        let rests = rests.map(|micros| Duration::from_micros(micros.unsigned_abs()));
        let is_connected = connection(session).is_some_and(|id| connections.contains(&id));
        let may_rest = if is_connected { self.rest } else { REST_WITHOUT_CONNECTION };
        is_ours && rests.is_some_and(|rests| rests > may_rest)
    }
}

impl Search<'_> {
    /// Ends what was left open, when it is time to look for it.
    pub(super) async fn when_due(&mut self, client: &Client) {
        if Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + AGAIN;
        match self.of.end(client).await {
            Ok(0) => {}
            Ok(count) => {
                tracing::warn!(count, "ended transactions that a process had left open and others waited for")
            }
            Err(_) if self.is_told => {} // said already
            Err(error) => {
                self.is_told = true;
                tracing::warn!(
                    error = %ServerError::of(&error),
                    "whether a process has left transactions open cannot be seen; the servers end them after \
                     transactionLifetimeLimitSeconds, 60 by default"
                );
            }
        }
    }
}

fn connection(found: &Document) -> Option<i64> {
    number(found, "connectionId")
}

fn session_id(session: &Document) -> Option<Bson> {
    session.get_document("lsid").ok()?.get("id").cloned()
}

/// Small ones come as 32 bits.
fn number(document: &Document, key: &str) -> Option<i64> {
    match document.get(key)? {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(driver: &str, connection: i32, micros: i64) -> Document {
        doc! {
            "type": "idleSession",
            "connectionId": connection,
            "clientMetadata": { "driver": { "name": driver } },
            "transaction": { "timeInactiveMicros": micros },
        }
    }

    #[test]
    fn only_ours_are_left_and_only_when_they_rest_for_longer_than_a_living_owner_lets_them() {
        let of = Abandoned::of("rental:library".to_owned(), Duration::from_secs(12));
        let (ours, seconds, connections) =
            ("mongo-rust-driver|rental:library", 1_000_000, HashSet::from([1]));
        for (session, is_left) in [
            (session(ours, 1, 11 * seconds), false),
            (session(ours, 1, 13 * seconds), true),
            (session(ours, 2, seconds / 2), false),
            (session(ours, 2, 2 * seconds), true),
            (session("mongo-rust-driver|rental:library2", 2, 99 * seconds), false),
            (session("mongo-rust-driver", 2, 99 * seconds), false),
            (doc! { "type": "idleSession", "connectionId": 2 }, false),
        ] {
            assert_eq!(of.is_left(&session, &connections), is_left, "{session}");
        }
    }
}
