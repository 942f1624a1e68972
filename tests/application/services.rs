//! Services that are apart: each with a log of its own, and nothing in common but a broker.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::messages::Topic;
use application::ports::dead_letters::DeadLetterKind;
use application::ports::publisher::OutgoingRecord;
use application::ports::token_store::{ProcessorName, TokenError};
use application::ports::{Publisher, TitleView};
use application::processing::{ReactionKind, SourceKind};
use application::services::ServiceName;
use application::verify::verify;
use async_trait::async_trait;
use bytes::Bytes;
use domain::rental_card::RentalCardEvent;
use domain::rental_card::attempt::Status;
use domain::{BookNo, MemberId, ProcessId, Title};
use jiff::SignedDuration;
use tests::library::parted::{Parted, node};
use tests::library::{Library, book};

/// Two members, two books, and a rent of the first one that completed.
async fn lived_in() -> (Parted, [MemberId; 2], [BookNo; 2]) {
    let mut library = Parted::open().await;
    let members = [library.join("jenny", 50).await, library.join("tom", 0).await];
    let books = [library.book.shelve(1).await, library.book.shelve(2).await];
    library.settle().await;
    library.rental.rent(&members[0], books[0]).await;
    library.settle().await;
    (library, members, books)
}

async fn ends(library: &Parted, process: ProcessId) -> Status {
    library.rental.process(process).await.status
}

/// What each of them shows holds, and what takes more than one of them is left out.
async fn holds(library: &mut Parted) {
    for part in library.each() {
        let report = verify(&*part.stores.log, &part.stores.ports()).await.unwrap();
        assert_eq!((report.violations, report.in_flight), (vec![], vec![]), "{}", part.services);
    }
}

/// The title that a rent records when the client gives this one.
async fn rented_title(library: &Library, id: &MemberId, no: BookNo, given: Option<&str>) -> String {
    let given = given.map(|given| Title::parse(given).unwrap());
    let done = library.desk.rent(id, no, given, None, library.context()).await.unwrap();
    let [RentalCardEvent::ItemRented { asked, .. }] = &done.events[..] else { panic!("{:?}", done.events) };
    asked.what.item.title.as_str().to_owned()
}

#[tokio::test]
async fn a_rent_completes_across_four_logs() {
    let (mut library, [jenny, _], [one, _]) = lived_in().await;

    let held: Vec<_> = library.rental.card(&jenny).await.held().map(|item| item.item.no).collect();
    assert_eq!(held, [one]);
    assert!(library.book.holder(one).await.is_some());
    assert_eq!(library.member.points(&jenny).await, 60);
    let counted = library.best_seller.happened().await;
    assert_eq!(counted, ["best-seller.rental-counted"]);
    holds(&mut library).await;
}

#[tokio::test]
async fn a_rent_that_the_book_refuses_is_undone_where_others_did_their_part() {
    let (mut library, [_, tom], [one, _]) = lived_in().await;

    let process = library.rental.rent(&tom, one).await;
    library.settle().await;

    assert_eq!(ends(&library, process).await, Status::Compensated);
    assert_eq!(library.member.points(&tom).await, 0, "what was awarded is taken back");
    assert_eq!(library.rental.card(&tom).await.held().count(), 0);
    let counts = library.best_seller.happened().await;
    assert_eq!(counts.iter().filter(|kind| *kind == "best-seller.rental-uncounted").count(), 1);
    holds(&mut library).await;
}

#[tokio::test]
async fn a_late_return_costs_a_fee_that_points_pay() {
    let (mut library, [jenny, _], [one, _]) = lived_in().await;
    for part in library.each() {
        part.stores.clock.advance(SignedDuration::from_hours(24 * 16));
    }
    let returned = library.rental.give_back(&jenny, one).await;
    library.settle().await;
    assert_eq!(library.rental.card(&jenny).await.fee.value(), 20);

    let paid = library.rental.pay(&jenny, 20).await;
    library.settle().await;

    for process in [returned, paid] {
        assert_eq!(ends(&library, process).await, Status::Completed);
    }
    assert_eq!(library.rental.card(&jenny).await.fee.value(), 0);
    assert_eq!(library.member.points(&jenny).await, 50 + 10 + 10 - 20);
    assert_eq!(library.book.holder(one).await, None);
    holds(&mut library).await;
}

#[tokio::test]
async fn each_service_has_its_own_processors_and_learns_what_it_asks_of_others() {
    let (mut library, ..) = lived_in().await;
    let mut all = vec![];
    for part in library.each() {
        let status = part.control.processors().await.unwrap();
        let bare = status.iter().map(|status| status.name.as_str().split(':').next().unwrap().to_owned());
        all.push(bare.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" "));
    }
    assert_eq!(
        all,
        [
            "learn-titles loans processes publish record-answers",
            "catalogue lend-books publish",
            "keep-points publish",
            "best-sellers count-rentals publish",
        ]
    );
    let name = ProcessorName::of("learn-titles:book_catalogue:0");
    let learns = library.rental.control.processor(&name).await.unwrap().unwrap();
    assert_eq!((learns.kind, learns.source), (ReactionKind::Projection, SourceKind::Topic));
}

#[tokio::test]
async fn the_title_of_a_book_is_learned_from_the_service_that_has_it() {
    let (mut library, [_, tom], [_, two]) = lived_in().await;
    let title = rented_title(&library.rental, &tom, two, Some("As the client says")).await;
    assert_eq!(title, "Title 2");
    library.settle().await;

    // Nobody has said anything of it yet.
    let three = library.book.shelve(3).await;
    let title = rented_title(&library.rental, &tom, three, Some("As the client says")).await;
    assert_eq!(title, "As the client says");
    assert_eq!(rented_title(&library.rental, &tom, book(4), None).await, "Book 4");
    library.settle().await;
    let ann = library.join("ann", 0).await;
    assert_eq!(rented_title(&library.rental, &ann, three, None).await, "Title 3");
}

/// Titles that cannot be read.
struct Unreachable;

#[async_trait]
impl TitleView for Unreachable {
    async fn title(&self, _no: BookNo) -> Result<Option<Title>, TokenError> {
        Err(TokenError::Unavailable { doing: "looking for a title", source: "it is away".into() })
    }
}

#[tokio::test]
async fn a_rent_goes_on_without_a_title_that_cannot_be_read() {
    let (mut library, [_, tom], [_, two]) = lived_in().await;
    let desk = library.rental.desk.clone();
    library.rental.desk = desk.among(library.rental.services, Arc::new(Unreachable));
    let title = rented_title(&library.rental, &tom, two, Some("As the client says")).await;
    assert_eq!(title, "As the client says");
}

/// T48.
#[tokio::test]
async fn what_cannot_be_read_on_the_catalogues_topic_is_kept_and_the_next_title_learned() {
    let (mut library, ..) = lived_in().await;
    let poison = OutgoingRecord {
        topic: Topic::BookCatalogue.name().to_owned(),
        key: "3".to_owned(),
        headers: vec![],
        body: Bytes::from_static(b"{\"no\": 3}"),
    };
    library.broker.publish(&[poison]).await.unwrap();
    let three = library.book.shelve(3).await;
    library.settle().await;

    let mut letters = vec![];
    for partition in 0..4 {
        let name = ProcessorName::stored(format!("learn-titles:book_catalogue:{partition}"));
        letters.extend(library.rental.letters(&name).await);
    }
    assert_eq!(letters.iter().map(|letter| letter.kind).collect::<Vec<_>>(), [DeadLetterKind::Rejected]);
    let ann = library.join("ann", 0).await;
    assert_eq!(rented_title(&library.rental, &ann, three, None).await, "Title 3");
}

#[tokio::test]
async fn a_service_that_is_started_again_goes_on_and_does_nothing_twice() {
    let (mut library, [jenny, tom], [one, two]) = lived_in().await;
    for (service, seed) in ServiceName::ALL.into_iter().zip(7..) {
        // It is away while others go on.
        let away = match service {
            ServiceName::Rental => &mut library.rental,
            ServiceName::Book => &mut library.book,
            ServiceName::Member => &mut library.member,
            ServiceName::BestSeller => &mut library.best_seller,
        };
        for processor in &mut away.processors {
            processor.close().await;
        }
        let next = Library::over(away.stores.clone(), node(service, &library.broker, seed));
        let before = std::mem::replace(away, next);
        drop(before);
        let rented = library.rental.rent(&tom, two).await;
        library.settle().await;
        assert_eq!(ends(&library, rented).await, Status::Completed, "{service}");
        let returned = library.rental.give_back(&tom, two).await;
        library.settle().await;
        assert_eq!(ends(&library, returned).await, Status::Completed, "{service}");
    }
    assert_eq!(library.member.points(&tom).await, 4 * 20);
    assert_eq!(library.rental.card(&jenny).await.held().map(|item| item.item.no).collect::<Vec<_>>(), [one]);
    holds(&mut library).await;
}

#[tokio::test]
async fn a_service_says_what_its_own_aggregates_say_and_nothing_for_others() {
    let mut whole = Library::open();
    whole.lived_in().await;
    let library = Parted::open().await;
    let mut member = Library::over(whole.stores.clone(), node(ServiceName::Member, &library.broker, 5));
    for processor in &mut whole.processors {
        processor.close().await;
    }
    member.settle().await;

    let records: Vec<_> = Topic::ALL.iter().flat_map(|topic| library.broker.records(topic.name())).collect();
    let source = |headers: &[(String, Bytes)]| {
        headers.iter().find(|(name, _)| name == "ce_source").map(|(_, value)| value.clone())
    };
    let sources: BTreeSet<_> = records.iter().map(|record| source(&record.headers)).collect();
    assert_eq!(sources, BTreeSet::from([Some(Bytes::from_static(b"/member"))]));
}

#[tokio::test]
async fn a_check_says_what_the_log_of_one_service_cannot_show() {
    let (mut library, ..) = lived_in().await;
    let mut unjudged = vec![];
    for part in library.each() {
        let report = verify(&*part.stores.log, &part.stores.ports()).await.unwrap();
        let about = |line: &&String| line.starts_with('I');
        let names: Vec<_> = report.unjudged.iter().filter(about).map(|line| line[..2].to_owned()).collect();
        unjudged.push(names.join(" "));
    }
    assert_eq!(unjudged, ["I1 I2 I4", "I1 I2 I3 I4 I5", "I1 I2 I3 I4 I5", "I1 I2 I3 I4 I5"]);
    let report = verify(&*library.rental.stores.log, &library.rental.stores.ports()).await.unwrap();
    assert!(
        report
            .unjudged
            .contains(&"I1: it is about rental and book, and this is the log of rental".to_owned()),
        "{report:#?}"
    );
}
