//! Best-sellers on a replica set beside three services on other stores: their process and their server are killed under
//! load.

use std::collections::BTreeMap;

use adapters::kafka::KafkaBroker;
use application::ports::event_store::Position;
use application::services::ServiceName;
use futures::future::join_all;
use serde_json::{Value, json};
use tests::own_infra::OwnInfra;
use tests::servers;

use super::super::spoilt::WithoutEvent;
use super::super::together;
use super::part::Part;
use super::part_store::PartStore;
use super::visitors::Visitors;
use super::{BETWEEN, Four};
use crate::server::command;
use crate::store::{FaultStore, OnServer, Stores};

const CARDS: usize = ServiceName::Rental as usize;
const COUNTS: usize = ServiceName::BestSeller as usize;

/// Cards on Postgres, books and members on files, best-sellers on a replica set of the test's own.
struct Mixed {
    four: Four,
    /// Goes after the database on it.
    server: OwnInfra,
}

impl Mixed {
    async fn started() -> Option<Self> {
        let cards = PartStore::Postgres(OnServer::fresh().await?);
        servers::mongo()?;
        servers::kafka()?;
        let (server, url) = OwnInfra::started("mongo", "MONGO_URL");
        let (books, members) = (PartStore::fresh().await?, PartStore::fresh().await?);
        let counts = PartStore::Mongo(OnServer::on(&url));
        Some(Self { four: Four::started_on(vec![cards, books, members, counts]).await?, server })
    }

    fn counts(&mut self) -> &mut Part {
        &mut self.four.parts[COUNTS]
    }

    /// What `rental verify` says of all logs, with the topics between them.
    fn verified(&self) -> Value {
        let mut verify = command(&["verify", "--output", "json"]);
        for part in &self.four.parts {
            verify.args(part.store().words()).envs(part.store().variables());
        }
        verify.arg("--publisher").arg(format!("kafka://{}", self.four.topics.brokers));
        let output = verify.env("RENTAL__PUBLISHER__PREFIX", &self.four.topics.prefix).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// How often each book was rented, by the ranking of all time.
    async fn ranking(&self) -> BTreeMap<u64, i64> {
        let desk = self.four.parts[COUNTS].desk().now().unwrap();
        let ranking = desk.get("/v1/best-sellers?limit=100").await.unwrap();
        assert_eq!(ranking.status, 200, "{}", ranking.text);
        let items = ranking.json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| (item["no"].as_u64().unwrap(), item["count"].as_i64().unwrap())).collect()
    }
}

/// How often each book was rented and that was not cancelled, by the log of the cards.
async fn rents(cards: &Stores) -> BTreeMap<u64, i64> {
    let mut rents = BTreeMap::new();
    for event in cards.events(Position::START).await {
        let count = match event.kind.as_str() {
            "rental-card.item-rented" => 1,
            "rental-card.rent-cancelled" => -1,
            _other => continue,
        };
        let said: Value = serde_json::from_slice(&event.payload).unwrap();
        *rents.entry(said["item"]["no"].as_u64().unwrap()).or_default() += count;
    }
    rents
}

/// T10, T34 to T37, T44: nobody waits for best-sellers, so rents go on while they are away. In the end each is counted
/// once, and the four logs say the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn best_sellers_on_mongo_whose_process_and_server_are_killed_count_every_rent_once() {
    let Some(mut mixed) = Mixed::started().await else { return };
    let visitors = Visitors::come(&ServiceName::ALL.map(|service| mixed.four.part(service).desk())).await;
    visitors.accepted(BETWEEN, "with everybody").await;
    mixed.counts().kill();
    visitors.accepted(BETWEEN, "without the process").await;
    mixed.counts().start().await;
    visitors.accepted(BETWEEN, "with the process again").await;
    mixed.server.fault("crash");
    visitors.accepted(BETWEEN, "without its server").await;
    mixed.server.fault("restart");
    visitors.accepted(BETWEEN, "with its server again").await;
    mixed.counts().kill();
    mixed.server.fault("crash");
    visitors.accepted(BETWEEN, "without both").await;
    mixed.server.fault("restart");
    mixed.counts().start().await;
    visitors.accepted(BETWEEN, "with both again").await;
    let accepted = visitors.leave().await;
    mixed.four.at_rest().await;

    let verified = mixed.verified();
    for nothing in ["violations", "notJudged", "inFlight"] {
        assert_eq!(verified[nothing], json!([]), "{verified:#}");
    }
    let ended = verified["attemptsEnded"].as_u64().unwrap();
    assert_eq!(ended as usize + verified["byHand"].as_array().unwrap().len(), accepted.len(), "{verified:#}");
    let stores = mixed.four.stores().await;
    let (ranking, rents) = (mixed.ranking().await, rents(&stores[CARDS]).await);
    assert_eq!(ranking, rents.into_iter().filter(|(_, count)| *count > 0).collect());
    is_judged_with_the_others(&mixed, &stores).await;
    eprintln!("best-sellers on mongo: {} attempts accepted, {ranking:?}", accepted.len());
    join_all(stores.into_iter().map(Stores::let_go)).await;
}

/// What the log of best-sellers has lost is found by what the others say.
async fn is_judged_with_the_others(mixed: &Mixed, stores: &[Stores]) {
    let topics = KafkaBroker::open(mixed.four.topics.clone()).await.unwrap();
    let logs: Vec<_> = stores.iter().map(Stores::evidence).collect();
    let lost = WithoutEvent { evidence: logs[COUNTS], kind: "best-seller.rental-counted" };
    let lost = together::judged_with(&logs, &lost, COUNTS, &topics).await;
    together::is_found(&lost, "count-rentals passed 1 events without effect");
    topics.close().await;
}
