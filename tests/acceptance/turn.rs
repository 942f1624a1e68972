//! A service that is a member of a group which has given its partitions to others, or to nobody yet.

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::http::HttpSettings;
use adapters::memory::MemoryBroker;
use application::messages::Topic;
use application::ports::MessageSource;
use application::ports::event_store::Types;
use application::ports::message_source::{SourceError, SourcePage, StartingPoint, Token};
use application::services::ServiceName;
use async_trait::async_trait;
use serde_json::json;
use tests::clock::StoppedClock;
use tests::library::{Library, Node, Stores};
use tests::stores::Memory;
use tokio::time::{Duration, Instant, interval};
use uuid::Uuid;

use crate::server::{LIMIT, Server};

/// A partition that is never this node's.
struct NotOurs(Arc<dyn MessageSource>);

#[async_trait]
impl MessageSource for NotOurs {
    fn turn(&self) -> Result<(), SourceError> {
        Err(SourceError::NotOurTurn { group: "book".to_owned(), why: "another has it".to_owned() })
    }

    async fn read(&self, token: &Token, unwanted: &Types, limit: usize) -> Result<SourcePage, SourceError> {
        self.0.read(token, unwanted, limit).await
    }

    async fn token_at(&self, place: StartingPoint) -> Result<Token, SourceError> {
        self.0.token_at(place).await
    }

    async fn knows(&self, token: &Token) -> Result<(), SourceError> {
        self.0.knows(token).await
    }

    async fn arrived(&self, token: &Token) {
        self.0.arrived(token).await;
    }
}

/// The only partition of rents is not given to the books of this node.
async fn server() -> Server<Memory> {
    let stores = Stores::empty();
    let clock = Arc::<StoppedClock>::clone(&stores.clock);
    let broker = MemoryBroker::with_all_topics(Uuid::from_u128(1), clock, NonZeroU32::MIN);
    let mut exchange = broker.exchange();
    for partition in exchange.partitions.iter_mut().filter(|one| one.topic == Topic::RentalRent) {
        partition.shared.insert(ServiceName::Book, Arc::new(NotOurs(Arc::clone(&partition.source))));
    }
    let node = Node { exchange: Some(exchange), ..Node::default() };
    Server::over(Library::over(stores, node), HttpSettings::default()).await
}

#[tokio::test]
async fn a_service_whose_group_gives_it_nothing_is_ready_and_says_how_far_behind_that_is() {
    let server = server().await;
    server.post("/v1/books", json!({ "no": 1, "title": "Title", "available": true })).await.is(201);
    server.post("/v1/members", json!({ "id": "jenny", "name": "Jenny" })).await.is(201);
    server.post("/v1/rental-cards", json!({ "memberId": "jenny" })).await.is(201);
    server.post("/v1/rental-cards/jenny/rent", json!({ "bookNo": 1 })).await.is(202);
    let said = ", 1 are not this node's, 1 messages behind: lend-books:rental_rent:0: waiting for the group `book`: \
                another has it";
    let (mut again, begun) = (interval(Duration::from_millis(10)), Instant::now());
    loop {
        again.tick().await;
        let ready = server.get("/readyz").await.is(200).text;
        if ready.contains(said) {
            return;
        }
        assert!(begun.elapsed() < LIMIT, "`{said}` is not said: {ready}");
    }
}
