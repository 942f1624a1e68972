//! The attempts from the first event to the last: through the log, the processors and back.

mod deadlines;
mod order;
mod payments;
mod rents;
mod returns;
mod strays;

use domain::{
    Item, MemberId, Outcome, Participant, Person, PersonName, ProcessId, Reason, Rent, Request, RequestKind,
};
use tests::library::Library;

/// The participants' states and the status of an attempt, as one line.
async fn standing(library: &Library, process: ProcessId) -> String {
    let row = library.process(process).await;
    let book = row.book.map_or_else(|| "-".to_owned(), |book| format!("{:?}", book.state));
    format!("{:?}: {book}, {:?}", row.status, row.member.state)
}

/// What a card asked when it started this rent today.
fn asked_for_rent(library: &Library, member: &MemberId, no: i64, process: ProcessId) -> Request {
    let ProcessId::Rent(rental_id) = process else { panic!("{process} is not a rent") };
    let title = domain::Title::parse(&format!("Title {no}")).unwrap();
    let item = Item { no: tests::library::book(no), title };
    let rented_on = application::ports::Clock::today(&*library.stores.clock);
    Request {
        member: Person { id: member.clone(), name: PersonName::parse(member.as_str()).unwrap() },
        points: domain::Amount::parse(10).unwrap(),
        what: RequestKind::Rent(Rent { rental_id, item, rented_on }),
    }
}

/// An answer of the book to a rent, as a message handler would send it.
fn answer(asked: &Request, outcome: Outcome) -> domain::rental_card::RentalCardCommand {
    domain::rental_card::RentalCardCommand::RecordAnswer(domain::rental_card::Answer {
        to: domain::rental_card::Addressee::Process(asked.process()),
        participant: Participant::Book,
        step: domain::Step::Do,
        outcome,
        member_id: asked.member.id.clone(),
        book_no: asked.item().map(|item| item.no),
    })
}

fn refused(reason: &str) -> Outcome {
    Outcome::Refused { reason: Reason::parse(reason).unwrap() }
}
