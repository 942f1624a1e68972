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

/// How often nothing is found until that is said; so long others may be at work.
const IN_VAIN: u32 = 3;

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
    /// How often nothing was found that rests.
    in_vain: u32,
}

/// What a look has found of ours.
struct Found {
    /// How many were ended.
    ended: usize,
    /// Whether others rest, of which the owner may still go on.
    rest: bool,
}

impl Abandoned {
    /// Of those whose connections have this mark and who give up after `rest`.
    pub(super) const fn of(mark: String, rest: Duration) -> Self {
        Self { mark, rest }
    }

    pub(super) fn search(&self) -> Search<'_> {
        Search { of: self, next: Instant::now() + PATIENCE, is_told: false, in_vain: 0 }
    }

    async fn end(&self, client: &Client) -> Result<Found, Error> {
        let admin = client.database("admin");
        let of_ours = doc! { "$currentOp": { "idleSessions": true, "idleConnections": true } };
        // The only read concern with which the server answers that.
        let found = admin.aggregate([of_ours]).read_concern(ReadConcern::local()).max_time(AGAIN).await?;
        let found: Vec<Document> = found.try_collect().await?;
        let is_session = |found: &&Document| found.get_str("type").is_ok_and(|kind| kind == "idleSession");
        let connections = found.iter().filter(|found| !is_session(found)).filter_map(connection).collect();
        let resting =
            found.iter().filter(is_session).filter_map(|session| Some((session, self.rest_of(session)?)));
        let (left, others): (Vec<_>, Vec<_>) =
            resting.partition(|(session, rest)| self.is_left(session, *rest, &connections));
        let left: Vec<_> =
            left.iter().filter_map(|(session, _)| session_id(session)).map(|id| doc! { "id": id }).collect();
        if !left.is_empty() {
            admin.run_command(doc! { "killSessions": left.as_slice() }).await?;
        }
        Ok(Found { ended: left.len(), rest: others.iter().any(|(_, rest)| *rest > REST_WITHOUT_CONNECTION) })
    }

    /// How long its transaction has rested, if it is one of ours.
    fn rest_of(&self, session: &Document) -> Option<Duration> {
        let driver = session.get_document("clientMetadata").and_then(|client| client.get_document("driver"));
        let name = driver.and_then(|driver| driver.get_str("name")).ok()?;
        let micros = number(session.get_document("transaction").ok()?, "timeInactiveMicros")?;
        let is_ours = name.rsplit_once('|').is_some_and(|(_, mark)| mark == self.mark);
        is_ours.then_some(Duration::from_micros(micros.unsigned_abs()))
    }

    fn is_left(&self, session: &Document, rest: Duration, connections: &HashSet<i64>) -> bool {
        let is_connected = connection(session).is_some_and(|id| connections.contains(&id));
        rest > if is_connected { self.rest } else { REST_WITHOUT_CONNECTION }
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
            Ok(Found { ended: 0, rest: true }) => {} // until its owner has given it up
            Ok(Found { ended: 0, rest: false }) => self.found_nothing(),
            Ok(Found { ended: count, .. }) => {
                tracing::warn!(count, "ended transactions that a process had left open and others waited for")
            }
            Err(_) if self.is_told => {} // said already
            Err(error) => {
                self.is_told = true;
                tracing::warn!(
                    error = %ServerError::of(&error),
                    "what a process has left open of transactions cannot be seen or ended; the servers end them \
                     after transactionLifetimeLimitSeconds, 60 by default"
                );
            }
        }
    }

    fn found_nothing(&mut self) {
        self.in_vain += 1;
        if self.in_vain == IN_VAIN {
            tracing::warn!(
                "transactions have been in the way for seconds, and none that this user sees was left open; another user of the \
                 database may have left one open, which the servers end after transactionLifetimeLimitSeconds, \
                 60 by default: let all nodes be one user"
            );
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
            let found = of.rest_of(&session).is_some_and(|rest| of.is_left(&session, rest, &connections));
            assert_eq!(found, is_left, "{session}");
        }
    }
}
