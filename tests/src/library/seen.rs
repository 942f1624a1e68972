//! What can be seen of the library: aggregates, views, letters, and the log.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set its scene has failed")]

use application::ports::dead_letters::{DeadLetter, DeadLetterQuery};
use application::ports::event_store::{EventStore, Position, Recorded, Types};
use application::ports::loan_view::LoanRow;
use application::ports::process_view::ProcessRow;
use application::ports::token_store::ProcessorName;
use domain::book::Book;
use domain::member::Member;
use domain::rental_card::{IssuedCard, RentalCard};
use domain::{BookNo, Date, MemberId, ProcessId, RentalId};

use super::Library;

impl Library {
    /// The card of a member as it is now.
    pub async fn card(&self, member: &MemberId) -> IssuedCard {
        let current = self.commands.current::<RentalCard>(member).await.expect("a card that can be read");
        match &*current.state {
            RentalCard::Issued(card) => card.clone(),
            RentalCard::NotIssued => panic!("no card was issued to {member}"),
        }
    }

    /// The balance of a member as it is now.
    pub async fn points(&self, member: &MemberId) -> i64 {
        let current = self.commands.current::<Member>(member).await.expect("a member that can be read");
        match &*current.state {
            Member::Registered { points, .. } => points.value(),
            Member::Unknown => panic!("{member} is not registered"),
        }
    }

    /// Which rental holds a book now.
    pub async fn holder(&self, no: BookNo) -> Option<RentalId> {
        let current = self.commands.current::<Book>(&no).await.expect("a book that can be read");
        match &*current.state {
            Book::Entered { standing, .. } => standing.holder(),
            Book::Unknown => panic!("book {no} was not entered"),
        }
    }

    /// The row of an attempt.
    pub async fn process(&self, id: ProcessId) -> ProcessRow {
        self.stores.views.process(id).await.expect("a view").expect("an attempt that the view knows")
    }

    /// What is out and not marked, whenever it is due.
    pub async fn loans_due(&self) -> Vec<LoanRow> {
        let far = Date::constant(2999, 1, 1);
        self.stores.views.overdue(far, None, 10_000).await.expect("a view")
    }

    /// All letters of a processor.
    pub async fn letters(&self, processor: &ProcessorName) -> Vec<DeadLetter> {
        let wanted = DeadLetterQuery { processor: Some(processor.clone()), ..DeadLetterQuery::default() };
        self.control.dead_letters(&wanted, 10_000).await.expect("letters")
    }

    /// Why a processor waits.
    pub async fn waiting(&self, processor: &ProcessorName) -> String {
        self.control.processor(processor).await.expect("a status").expect("a known processor").waiting
    }

    /// The whole log.
    pub async fn events(&self) -> Vec<Recorded> {
        self.stores.log.read_log(Position::START, &Types::new(), 1_000_000).await.expect("the log").events
    }

    /// The payload of the first event of a type that contains a text.
    pub async fn payload_of(&self, kind: &str, containing: &str) -> String {
        let events = self.events().await;
        let payloads = events.iter().filter(|event| event.kind.as_str() == kind);
        let mut texts = payloads.map(|event| String::from_utf8_lossy(&event.payload).into_owned());
        texts.find(|text| text.contains(containing)).expect("such an event")
    }

    /// The types of the whole log, in order.
    pub async fn happened(&self) -> Vec<String> {
        self.events().await.iter().map(|event| event.kind.to_string()).collect()
    }
}
