//! Nodes that are killed in the middle of a transaction, which their server would keep open for an hour.

use std::collections::HashSet;
use std::time::Duration;

use futures::TryStreamExt;
use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};
use tests::own_infra::OwnInfra;
use tests::servers;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

use super::Store;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::people::Way;
use crate::server::LIMIT;

/// At most so many answers at a node before it is killed.
const ANSWERS_MAX: u64 = 100;
/// Much longer than from one operation of a transaction to the next.
const RESTS_MICROS: i64 = 300_000;
/// How often a node may be killed between two transactions before one is killed within.
const KILLS_MAX: usize = 30;

/// A server that ends no transaction within the time of a test.
struct Patient {
    /// Goes with its server.
    _server: OwnInfra,
    url: String,
    client: Client,
}

impl Patient {
    /// None where tests do without a server.
    async fn started() -> Option<Self> {
        servers::mongo()?;
        let (server, url) = OwnInfra::started("mongo", "MONGO_URL");
        let client = Client::with_uri_str(&url).await.unwrap();
        let patient = doc! { "setParameter": 1, "transactionLifetimeLimitSeconds": 3_600 };
        client.database("admin").run_command(patient).await.unwrap();
        Some(Self { _server: server, url, client })
    }

    /// Transactions that have changed something, and rest, and whose connections are gone.
    async fn resting(&self) -> HashSet<String> {
        let all = doc! { "$currentOp": { "allUsers": true, "idleSessions": true, "idleConnections": true } };
        let all = self.client.database("admin").aggregate([all]).await.unwrap();
        let all: Vec<Document> = all.try_collect().await.unwrap();
        let connection = |found: &Document| found.get("connectionId").map(Bson::to_string);
        let (sessions, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|found| found.get_str("type").is_ok_and(|kind| kind == "idleSession"));
        let connections: HashSet<_> = others.iter().map(connection).collect();
        let rests = |session: &&Document| {
            let transaction = session.get_document("transaction").ok()?;
            let changes = session.get_document("locks").ok()?.get_str("Global").ok()? == "w";
            Some(changes && transaction.get_i64("timeInactiveMicros").ok()? > RESTS_MICROS)
        };
        let resting = sessions.iter().filter(|session| rests(session) == Some(true));
        let resting = resting.filter(|session| !connections.contains(&connection(session)));
        resting.map(|session| session.get("lsid").unwrap().to_string()).collect()
    }

    /// The same when there are some soon.
    async fn left_open(&self) -> Option<HashSet<String>> {
        let mut again = interval(Duration::from_millis(20));
        for _ in 0..40 {
            again.tick().await;
            let left = self.resting().await;
            if !left.is_empty() {
                return Some(left);
            }
        }
        None
    }

    /// Waits until one of these is not open any more.
    async fn ended(&self, left: &HashSet<String>) {
        let mut again = interval(Duration::from_millis(20));
        let ended = async {
            while left.is_subset(&self.resting().await) {
                again.tick().await;
            }
        };
        timeout(3 * LIMIT, ended).await.expect("somebody who ends it");
    }
}

/// Of the end of the log, or of the segments of a commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_left_open_that_was_killed_is_ended_by_the_one_that_waits_for_it() {
    let Some(server) = Patient::started().await else { return };
    let mut lives = Lives::furnished(Store::on(&server.url), Dice::of("abandoned")).await;
    let (survivor, other) = lives.next().await;
    let enough = CancellationToken::new();
    let way = Way::Both { desk: other.clone(), other: other.clone(), enough: enough.clone() };
    let people = lives.crowd_at(&way);
    let mut left = None;
    for _ in 0..KILLS_MAX {
        let (node, desk) = lives.started().await;
        let crowd = lives.crowd(&desk, ANSWERS_MAX).await;
        drop(node); // which kills it
        lives.left(crowd).await;
        left = server.left_open().await;
        if left.is_some() {
            break;
        }
    }

    server.ended(&left.expect("a node that was killed within a transaction")).await;

    enough.cancel();
    lives.left(people).await;
    lives.ask_again(&other).await;
    drop(survivor);
    lives.end("abandoned").await;
}
