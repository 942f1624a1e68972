//! Four services that go on while they are checked: whatever is asked of them, they have done something more by then.

use std::collections::BTreeMap;
use std::sync::Arc;

use application::ports::Topics;
use application::ports::event_store::{LogId, Position, Recorded};
use application::ports::token_store::{ProcessorName, Row, RowKey};
use application::services::{ServiceName, Services};
use application::verify::{CheckedLog, Evidence, Follower, Shown, Stores, VerifyError, verify_logs};
use async_trait::async_trait;
use domain::{BookNo, MemberId};
use jiff::SignedDuration;
use tests::library::Library;
use tests::library::parted::Parted;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::apart::{judged, told_at_rest};

/// A library with visitors, and how much they have done.
struct Busy {
    library: Parted,
    members: Vec<MemberId>,
    books: Vec<BookNo>,
    done: usize,
    seed: usize,
}

/// One of its services.
struct BusyPart {
    service: ServiceName,
    busy: Arc<Mutex<Busy>>,
}

impl Busy {
    /// Somebody asks for something, and some of the processors of some services do one step.
    async fn goes_on(&mut self) {
        for _ in 0..5 {
            let choice = self.done * 7 + self.seed * 13;
            let (member, book) = (&self.members[choice % 3], self.books[choice / 3 % 4]);
            let desk = &self.library.rental.desk;
            if choice.is_multiple_of(2) {
                // Whoever has it already, or has five, is refused: that is a visit too.
                drop(desk.rent(member, book, None, None, self.library.rental.context()).await);
            } else {
                drop(desk.return_item(member, book, None, self.library.rental.context()).await);
            }
            for (at, part) in self.library.each().into_iter().enumerate() {
                for (number, processor) in part.processors.iter_mut().enumerate() {
                    if (at + number + self.done) % 3 != self.seed % 3 {
                        processor.step().await;
                    }
                }
            }
            // So that tokens are stored, which is done now and then only.
            for part in self.library.each() {
                part.stores.clock.advance(SignedDuration::from_millis(100));
            }
            self.done += 1;
        }
    }

    fn part(&mut self, service: ServiceName) -> &mut Library {
        let [rental, book, member, best_seller] = self.library.each();
        match service {
            ServiceName::Rental => rental,
            ServiceName::Book => book,
            ServiceName::Member => member,
            ServiceName::BestSeller => best_seller,
        }
    }
}

impl BusyPart {
    /// The stores of the service, after everybody has gone on.
    async fn stores(&self) -> tests::library::Stores {
        let mut busy = self.busy.lock().await;
        busy.goes_on().await;
        busy.part(self.service).stores.clone()
    }
}

#[async_trait]
impl Evidence for BusyPart {
    async fn services(&self) -> Result<Option<Services>, VerifyError> {
        Ok(Services::of([self.service]))
    }

    async fn log_id(&self) -> Result<LogId, VerifyError> {
        // Logs in memory all have the same id.
        Ok(LogId::new(Uuid::from_u128(self.service as u128)))
    }

    async fn followers(&self) -> Result<Vec<Follower>, VerifyError> {
        let stores = self.stores().await;
        Stores { store: &*stores.log, tokens: &stores.ports() }.followers().await
    }

    async fn head(&self) -> Result<Position, VerifyError> {
        let stores = self.stores().await;
        Stores { store: &*stores.log, tokens: &stores.ports() }.head().await
    }

    async fn log(&self, after: Position) -> Result<Vec<Recorded>, VerifyError> {
        let stores = self.stores().await;
        Stores { store: &*stores.log, tokens: &stores.ports() }.log(after).await
    }

    async fn rows(
        &self,
        view: &ProcessorName,
        expected: &BTreeMap<RowKey, Row>,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Shown, VerifyError> {
        let stores = self.stores().await;
        Stores { store: &*stores.log, tokens: &stores.ports() }.rows(view, expected, take).await
    }
}

async fn opened(seed: usize) -> Busy {
    let mut library = Parted::open().await;
    let (mut members, mut books) = (vec![], vec![]);
    for id in ["jenny", "tom", "ann"] {
        members.push(library.join(id, 50).await);
    }
    for no in 1..=4 {
        books.push(library.book.shelve(no).await);
    }
    library.settle().await;
    let mut busy = Busy { library, members, books, done: 0, seed };
    for _ in 0..4 {
        busy.goes_on().await;
    }
    busy
}

#[tokio::test]
async fn beside_services_that_go_on_nothing_is_violated_that_is_only_on_its_way() {
    let mut ended = 0;
    for seed in 0..6 {
        let busy = Arc::new(Mutex::new(Box::pin(opened(seed)).await));
        let broker = busy.lock().await.library.broker.clone();
        // In any order: which of the logs is read first is not for whoever names them to know.
        let mut services = ServiceName::ALL;
        services.rotate_left(seed % 4);
        let parts = services.map(|service| BusyPart { service, busy: Arc::clone(&busy) });
        let names = services.map(ServiceName::name);
        let logs = names.iter().zip(&parts).map(|(name, evidence)| CheckedLog { name, evidence });
        let logs: Vec<_> = logs.collect();
        for topics in [Some(&broker as &dyn Topics), None] {
            let report = verify_logs(&logs, topics).await.unwrap();
            assert_eq!(report.violations, [], "seed {seed}: {report:#?}");
            ended += report.ended;
        }

        // And when they have come to rest, all of it is judged.
        busy.lock().await.library.settle().await;
        let told = told_at_rest(&mut busy.lock().await.library).await;
        let report = judged(&told, Some(&broker)).await.unwrap();
        let left = (report.violations.len(), report.unjudged.len(), report.in_flight.len());
        assert_eq!(left, (0, 0, 0), "seed {seed}: {report:#?}");
    }
    assert!(ended > 50, "too little was judged while they went on: {ended}");
}
