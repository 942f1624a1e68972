//! Four processes of the binary, each a service with files of its own, over a broker of the test's own: every one of them
//! and the broker are killed under load.

#[path = "services/best_seller.rs"]
mod best_seller;
#[path = "services/part.rs"]
mod part;
#[path = "services/part_store.rs"]
mod part_store;
#[path = "services/visitors.rs"]
mod visitors;

use std::collections::BTreeSet;
use std::time::Duration;

use adapters::kafka::{KafkaBroker, KafkaSettings};
use application::messages::Topic;
use application::ports::event_store::{Position, Recorded};
use application::processing::DecodedEvent;
use application::services::ServiceName;
use futures::future::join_all;
use tests::topics::TestTopics;
use tokio::time::{Instant, interval};

use super::own_broker::OwnBroker;
use super::spoilt::{WithoutEvent, judged_without_one};
use super::together;
use crate::store::{FaultStore, Stores};
use part::Part;
use part_store::PartStore;
use visitors::Visitors;

/// How long it may take until everything has ended: an attempt may first be in review, and a client of a broker that was
/// killed waits a while before it asks again.
const END_LIMIT: Duration = Duration::from_secs(120);
/// What is accepted between one kill and the next.
const BETWEEN: usize = 40;
/// How many answers are given while somebody is away. Nothing completes meanwhile, so cards may be full and refuse.
const MEANWHILE: usize = 100;

/// The services, and the broker between them.
struct Four {
    parts: Vec<Part>,
    broker: OwnBroker,
    topics: KafkaSettings,
}

impl Four {
    /// Each on files.
    async fn started() -> Option<Self> {
        let mut stores = Vec::new();
        for _ in ServiceName::ALL {
            stores.push(PartStore::fresh().await?);
        }
        Self::started_on(stores).await
    }

    /// Each on its own of these.
    async fn started_on(stores: Vec<PartStore>) -> Option<Self> {
        let broker = OwnBroker::started()?;
        let topics = TestTopics::on(&broker.address).settings();
        // The first one makes the topics, which the others find.
        let mut parts = Vec::new();
        for (service, store) in ServiceName::ALL.into_iter().zip(stores) {
            let mut part = Part::on(store, service, &topics);
            part.start().await;
            parts.push(part);
        }
        Some(Self { parts, broker, topics })
    }

    fn part(&self, service: ServiceName) -> &Part {
        &self.parts[service as usize]
    }

    /// Waits until every attempt has ended or is in review, and nobody has anything left to do.
    async fn at_rest(&self) {
        let (mut again, begun, mut before) = (interval(Duration::from_millis(100)), Instant::now(), vec![]);
        loop {
            again.tick().await;
            let heads = join_all(self.parts.iter().map(Part::head_at_rest)).await;
            let is_open = self.part(ServiceName::Rental).has_open_attempts().await;
            if !is_open && heads.iter().all(Option::is_some) && heads == before {
                return;
            }
            before = heads;
            assert!(begun.elapsed() < END_LIMIT, "still not at rest: {before:?}, open attempts: {is_open}");
        }
    }

    /// What all of them keep, to be looked at.
    async fn stores(&self) -> Vec<Stores> {
        join_all(self.parts.iter().map(Part::stores)).await
    }
}

/// Every attempt that was started in a log, as often as it was.
fn attempts(events: Vec<Recorded>) -> Vec<String> {
    const STARTS: [&str; 3] =
        ["rental-card.item-rented", "rental-card.item-returned", "rental-card.clearing-requested"];
    let starts = events.into_iter().filter(|event| STARTS.contains(&event.kind.as_str()));
    let processes = starts.map(|event| DecodedEvent::read(event).unwrap().metadata.keys.process);
    processes.map(|process| process.unwrap().to_string()).collect()
}

/// T34 to T37, with a log for each service. What was accepted is there once, each attempt has ended or is in
/// review, and what follows from an event of one log stands once in the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_services_that_are_killed_in_turn_with_their_broker_lose_and_double_nothing() {
    let Some(mut four) = Four::started().await else { return };
    let desks = ServiceName::ALL.map(|service| four.part(service).desk());
    let visitors = Visitors::come(&desks).await;
    for at in 0..four.parts.len() {
        let service = four.parts[at].service;
        visitors.accepted(BETWEEN, &format!("before {service} is killed")).await;
        four.parts[at].kill();
        // Where it is not the cards that are away, everybody goes on meanwhile.
        if service != ServiceName::Rental {
            visitors.answered(MEANWHILE, &format!("without {service}")).await;
        }
        four.parts[at].start().await;
    }
    visitors.accepted(BETWEEN, "with everybody").await;
    four.broker.fault("crash");
    visitors.answered(MEANWHILE, "without the broker").await;
    four.broker.fault("restart");
    visitors.accepted(BETWEEN, "with the broker again").await;
    let accepted = visitors.leave().await;
    four.at_rest().await;

    let stores = four.stores().await;
    let started = attempts(stores[ServiceName::Rental as usize].events(Position::START).await);
    let once: BTreeSet<_> = started.iter().cloned().collect();
    assert_eq!(once.len(), started.len(), "an attempt was started twice");
    assert_eq!(once, accepted, "what was accepted is what is there");

    let topics = KafkaBroker::open(four.topics.clone()).await.unwrap();
    let logs: Vec<_> = stores.iter().map(Stores::evidence).collect();
    let report = together::judged_at_rest(&logs, &topics).await;
    assert_eq!(report.in_flight, vec![], "{report:#?}");
    // What somebody has lost is found.
    let lost = WithoutEvent { evidence: logs[ServiceName::Book as usize], kind: "book.book-lent" };
    let lost = together::judged_with(&logs, &lost, ServiceName::Book as usize, &topics).await;
    together::is_found(&lost, "lend-books passed 1 events without effect");
    let lost = judged_without_one(&logs, &topics, Topic::RentalResult).await;
    together::is_found(&lost, "1 messages that were published are not on rental_result");
    let by_hand = report.by_hand.len();
    eprintln!(
        "four services: {} attempts accepted, {} ended, {} in review, {} events in four logs",
        accepted.len(),
        report.ended,
        by_hand,
        report.events
    );
    assert_eq!(report.ended + by_hand as u64, accepted.len() as u64);
    topics.close().await;
    join_all(stores.into_iter().map(Stores::let_go)).await;
}
