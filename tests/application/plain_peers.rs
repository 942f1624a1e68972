//! Our rental service beside a book and a member that are not ours: plain JSON without ids or headers is all they say.

use std::num::NonZeroU32;
use std::sync::Arc;

use adapters::memory::MemoryBroker;
use application::messages::Topic;
use application::ports::Publisher;
use application::ports::publisher::OutgoingRecord;
use application::reactions::{Exchange, PlainPeers, RECORD_ANSWERS};
use application::services::{ServiceName, Services};
use application::verify::verify;
use domain::rental_card::attempt::Status;
use domain::{BookNo, MemberId, ProcessId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::clock::StoppedClock;
use tests::library::{Library, Node, Stores, book};
use uuid::Uuid;

const PLAIN: PlainPeers = PlainPeers { book: true, member: true };

/// Our part, and the broker at which the others listen.
struct Beside {
    rental: Library,
    broker: MemoryBroker,
    jenny: MemberId,
}

impl Beside {
    async fn open(plain: PlainPeers) -> Self {
        let stores = Stores::empty();
        let clock = Arc::<StoppedClock>::clone(&stores.clock);
        let broker = MemoryBroker::with_all_topics(Uuid::from_u128(1), clock, NonZeroU32::new(4).unwrap());
        let services = Services::of([ServiceName::Rental]).unwrap();
        let exchange = Exchange { plain, ..broker.exchange() };
        let rental = Library::over(stores, Node { services, exchange: Some(exchange), ..Node::default() });
        let jenny = MemberId::parse("jenny").unwrap();
        rental.desk.issue_card(&jenny, None, rental.context()).await.unwrap();
        Self { rental, broker, jenny }
    }

    /// Says something as a plain peer does.
    async fn say(&mut self, body: Value) {
        let record = OutgoingRecord {
            topic: Topic::RentalResult.name().to_owned(),
            key: String::new(),
            headers: vec![],
            body: body.to_string().into(),
        };
        self.broker.publish(&[record]).await.unwrap();
        self.rental.settle().await;
    }

    /// What a topic has, as one reads it who knows no headers.
    fn told(&self, topic: Topic) -> Vec<Value> {
        let bodies = self.broker.records(topic.name()).into_iter().filter_map(|record| record.body);
        bodies.map(|body| serde_json::from_slice(&body).unwrap()).collect()
    }

    async fn status(&self, process: ProcessId) -> Status {
        self.rental.process(process).await.status
    }

    async fn rented(&mut self, no: BookNo) -> ProcessId {
        let rent = self.rental.rent(&self.jenny, no).await;
        self.rental.settle().await;
        rent
    }
}

fn answer(of: &str, success: (&str, bool)) -> Value {
    json!({
        "eventType": of,
        "idName": { "id": "jenny", "name": "jenny" },
        "item": { "no": 1, "title": "anything" },
        "point": 10,
        success.0: success.1,
    })
}

#[tokio::test]
async fn a_rent_is_complete_when_the_book_says_so_since_the_member_never_answers() {
    let mut beside = Beside::open(PLAIN).await;
    let rent = beside.rented(book(1)).await;

    let told = beside.told(Topic::RentalRent);
    assert_eq!(
        (told.len(), &told[0]["idName"]["id"], &told[0]["item"]["no"]),
        (1, &json!("jenny"), &json!(1))
    );
    assert_eq!(beside.status(rent).await, Status::Started);

    beside.say(answer("RENT", ("successed", true))).await;

    assert_eq!(beside.status(rent).await, Status::Completed);
    assert_eq!(beside.rental.letters(&RECORD_ANSWERS).await, vec![]);
}

#[tokio::test]
async fn without_the_setting_a_member_who_never_answers_is_waited_for() {
    let mut beside = Beside::open(PlainPeers { book: true, member: false }).await;
    let rent = beside.rented(book(1)).await;
    beside.say(answer("RENT", ("success", true))).await;
    assert_eq!(beside.status(rent).await, Status::Started);
}

#[tokio::test]
async fn a_rent_that_the_book_refuses_is_compensated_once_the_member_was_told() {
    let mut beside = Beside::open(PLAIN).await;
    let rent = beside.rented(book(1)).await;

    beside.say(answer("RENT", ("isSuccessed", false))).await;

    let told = beside.told(Topic::PointUse);
    assert_eq!((told.len(), &told[0]["point"]), (1, &json!(10)));
    assert_eq!(beside.status(rent).await, Status::Compensated);
    assert_eq!(beside.rental.card(&beside.jenny).await.held().count(), 0);
}

#[tokio::test]
async fn while_the_broker_takes_nothing_nothing_is_presumed() {
    let mut beside = Beside::open(PLAIN).await;
    for nth in 0..50 {
        beside.broker.fail(nth, adapters::memory::Fault::Away);
    }
    let rent = beside.rental.rent(&beside.jenny, book(1)).await;
    beside.rental.settle().await;

    assert_eq!(beside.told(Topic::RentalRent), Vec::<Value>::new());
    let happened = beside.rental.happened().await;
    assert!(!happened.contains(&"rental-card.answer-recorded".to_owned()), "{happened:?} {rent}");
}

#[tokio::test]
async fn a_late_return_and_its_fee_are_settled_with_peers_that_know_no_ids() {
    let mut beside = Beside::open(PLAIN).await;
    beside.rented(book(1)).await;
    beside.say(answer("RENT", ("successed", true))).await;
    beside.rental.stores.clock.advance(SignedDuration::from_hours(24 * 16));
    let back = beside.rental.give_back(&beside.jenny, book(1)).await;
    beside.rental.settle().await;
    beside.say(answer("RETURN", ("successed", true))).await;
    assert_eq!(beside.status(back).await, Status::Completed);

    let refused = beside.rental.pay(&beside.jenny, 20).await;
    beside.rental.settle().await;
    assert_eq!(beside.status(refused).await, Status::Started, "a payment is answered");
    beside.say(answer("OVERDUE", ("isSuccessed", false))).await;
    assert_eq!(beside.status(refused).await, Status::Compensated);

    let paid = beside.rental.pay(&beside.jenny, 20).await;
    beside.rental.settle().await;
    beside.say(answer("OVERDUE", ("success", true))).await;
    assert_eq!(beside.status(paid).await, Status::Completed);
    assert_eq!(beside.rental.card(&beside.jenny).await.fee.value(), 0);
    let report = verify(&*beside.rental.stores.log, &beside.rental.stores.ports()).await.unwrap();
    assert_eq!(report.violations, vec![]);
}
