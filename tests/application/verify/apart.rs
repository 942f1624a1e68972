//! The logs of four services, checked together: what takes more than one of them is judged, and a set of logs that cannot
//! be one library is refused.

use application::ports::Topics;
use application::ports::event_store::Position;
use application::ports::token_store::ProcessorName;
use application::reactions::BEST_SELLERS;
use application::services::{ServiceName, Services};
use application::verify::{CheckedLog, Follower, Invariant, Report, Shown, VerifyError, verify_logs};
use jiff::SignedDuration;
use tests::library::parted::Parted;

use super::evidence::Told;

/// What the four tell, in the order of their names' list, and what is between them.
pub(super) struct Four {
    pub(super) told: Vec<Told>,
    pub(super) library: Parted,
}

/// Rents that complete and one that is undone, a late return, and a fee that is paid, across four services.
pub(super) async fn history() -> Four {
    let mut library = Parted::open().await;
    let (jenny, tom) = (library.join("jenny", 50).await, library.join("tom", 0).await);
    let (one, two) = (library.book.shelve(1).await, library.book.shelve(2).await);
    library.settle().await;
    library.rental.rent(&jenny, one).await;
    library.settle().await;
    library.rental.rent(&tom, one).await;
    library.rental.rent(&tom, two).await;
    library.settle().await;
    for part in library.each() {
        part.stores.clock.advance(SignedDuration::from_hours(24 * 16));
    }
    library.rental.give_back(&jenny, one).await;
    library.settle().await;
    library.rental.pay(&jenny, 20).await;
    library.settle().await;
    let told = told_at_rest(&mut library).await;
    Four { told, library }
}

/// What all of them tell when every token is stored, which is done a moment after the last step.
pub(super) async fn told_at_rest(library: &mut Parted) -> Vec<Told> {
    for part in library.each() {
        part.stores.clock.advance(SignedDuration::from_secs(1));
    }
    library.settle().await;
    let mut told = vec![];
    for part in library.each() {
        told.push(Told::of_one(part).await);
    }
    told
}

impl Four {
    pub(super) fn of(&mut self, service: ServiceName) -> &mut Told {
        &mut self.told[service as usize]
    }

    pub(super) async fn judged(&self) -> Report {
        judged(&self.told, Some(&self.library.broker)).await.unwrap()
    }
}

pub(super) async fn judged(told: &[Told], topics: Option<&dyn Topics>) -> Result<Report, VerifyError> {
    let names: Vec<_> = (1..=told.len()).map(|at| format!("log {at}")).collect();
    let logs = names.iter().zip(told).map(|(name, evidence)| CheckedLog { name, evidence });
    verify_logs(&logs.collect::<Vec<_>>(), topics).await
}

/// Those who follow rents to count them.
fn counting(told: &mut Told) -> impl Iterator<Item = &mut Follower> {
    told.followers.iter_mut().filter(|it| it.name.as_str().starts_with("count-rentals:rental_rent"))
}

/// That one of the violations of an invariant says this.
pub(super) fn is_found(report: &Report, invariant: Invariant, said: &str) {
    let is_one = report
        .violations
        .iter()
        .any(|violation| violation.invariant == invariant && violation.found.contains(said));
    assert!(is_one, "{invariant} with `{said}` is not among {report:#?}");
}

#[tokio::test]
async fn four_logs_at_rest_are_judged_in_full_with_their_topics_and_without() {
    let four = history().await;
    let with = four.judged().await;
    assert_eq!((with.ended, &*with.violations, &*with.unjudged), (5, &[][..], &[][..]), "{with:#?}");
    let published = with.published.unwrap();
    assert!(published.messages > 20, "{published:?}");
    let without = judged(&four.told, None).await.unwrap();
    assert_eq!(Report { published: None, ..with }, without);
}

/// I1 and I6: the answer is recorded, and the book does not know of it.
#[tokio::test]
async fn an_answer_that_one_log_has_lost_is_found_through_another() {
    let mut four = history().await;
    four.of(ServiceName::Book).forget("book.book-lent", 1);
    let report = four.judged().await;
    is_found(&report, Invariant::OneHolder, "tom holds book 2");
    is_found(&report, Invariant::Effects, "lend-books passed 1 events without effect");

    let report = judged(&four.told, None).await.unwrap();
    is_found(&report, Invariant::OneHolder, "tom holds book 2");
    let said = |what: &String| {
        what.contains("lend-books has left no effect") && what.contains("only the topics show")
    };
    assert!(report.unjudged.iter().any(said), "{report:#?}");
}

/// I6.
#[tokio::test]
async fn what_follows_from_an_event_of_another_log_and_is_missing_is_found_for_each_handler() {
    for (service, effect, handler) in [
        (ServiceName::Book, "book.lending-refused", "lend-books"),
        (ServiceName::Member, "member.points-used", "keep-points"),
        (ServiceName::BestSeller, "best-seller.rental-counted", "count-rentals"),
        (ServiceName::Rental, "rental-card.answer-recorded", "record-answers"),
    ] {
        let mut four = history().await;
        four.of(service).forget(effect, 0);
        let report = four.judged().await;
        is_found(&report, Invariant::Effects, &format!("{handler} passed 1 events without effect"));
    }
}

/// I4.
#[tokio::test]
async fn a_count_that_another_log_does_not_bear_out_is_found() {
    let mut four = history().await;
    four.of(ServiceName::BestSeller).forget("best-seller.rental-counted", 0);
    is_found(&four.judged().await, Invariant::Counts, "best-seller-2026-03-1 counts");
}

/// I6.
#[tokio::test]
async fn an_effect_that_stands_there_twice_under_two_commands_is_found() {
    let mut four = history().await;
    four.of(ServiceName::Member).again("member.points-saved", 1);
    let report = four.judged().await;
    is_found(&report, Invariant::Effects, "keep-points did twice what one event asks");
}

/// I6.
#[tokio::test]
async fn a_command_that_stands_in_two_logs_is_found() {
    let mut four = history().await;
    let copied = four.of(ServiceName::Rental).command_of(0);
    let member = four.of(ServiceName::Member);
    let last = member.log.len() - 1;
    let other = member.command_of(last);
    member.change_metadata(last, &other, &copied);
    is_found(&four.judged().await, Invariant::Effects, "was done twice: of rental and of member");
}

/// I7: which of the logs it is.
#[tokio::test]
async fn a_hole_is_found_in_the_log_that_has_it() {
    let mut four = history().await;
    four.of(ServiceName::Member).log.remove(1);
    is_found(&four.judged().await, Invariant::Order, "member: position 3 follows 1");
}

#[tokio::test]
async fn a_message_that_a_handler_has_set_aside_or_not_reached_is_not_judged() {
    let mut four = history().await;
    let best_seller = four.of(ServiceName::BestSeller);
    best_seller.forget("best-seller.rental-counted", 0);
    best_seller.shown.insert(BEST_SELLERS, Shown::Nothing("an event is gone".to_owned()));
    is_found(&four.judged().await, Invariant::Effects, "count-rentals passed 1 events");

    let mut aside = four.told.clone();
    for follower in counting(&mut aside[ServiceName::BestSeller as usize]) {
        follower.set_aside.extend((1..=follower.reached.value()).map(Position::new));
    }
    let report = judged(&aside, Some(&four.library.broker)).await.unwrap();
    assert_eq!(report.violations, [], "{report:#?}");
    assert!(report.unjudged.iter().any(|what| what.contains("has set aside")), "{report:#?}");

    for follower in counting(four.of(ServiceName::BestSeller)) {
        (follower.reached, follower.ahead) = (Position::START, Position::START);
    }
    let report = four.judged().await;
    assert_eq!(report.violations, [], "{report:#?}");
    assert!(report.unjudged.iter().any(|what| what.contains("they are on their way")), "{report:#?}");
}

#[tokio::test]
async fn what_takes_a_log_that_is_missing_is_said() {
    let mut four = history().await;
    four.told.remove(ServiceName::Book as usize);
    let report = four.judged().await;
    assert_eq!(report.violations, [], "{report:#?}");
    let missing = "I1: it is about rental and book, and these are the logs of rental,member,best-seller";
    assert!(report.unjudged.contains(&missing.to_owned()), "{report:#?}");
    let of_others = |what: &String| what.contains("messages of book, whose log is not among these");
    assert!(report.unjudged.iter().any(of_others), "{report:#?}");
}

#[tokio::test]
async fn logs_that_cannot_be_parts_of_one_library_are_refused() {
    let four = history().await;
    let [rental, book, ..] = &four.told[..] else { panic!("four logs") };
    let refused = async |told: &[Told]| judged(told, None).await.unwrap_err().to_string();

    let twice = refused(&[rental.clone(), book.clone(), rental.clone()]).await;
    assert!(twice.contains("log 1 and log 3 are the same log"), "{twice}");
    let other = history().await.told.remove(ServiceName::Book as usize);
    let another_book = Told { id: rental_like(7), ..other };
    let both = refused(&[book.clone(), another_book]).await;
    assert!(both.contains("log 1 and log 2 are both a log of the service `book`"), "{both}");
    let whole = Told { services: Some(Services::ALL), id: rental_like(8), ..rental.clone() };
    let all = refused(&[book.clone(), whole]).await;
    assert!(all.contains("are both a log of the service `book`"), "{all}");
    let unused = Told { services: None, id: rental_like(9), ..rental.clone() };
    let nobody = refused(&[book.clone(), unused]).await;
    assert!(nobody.contains("no service has used log 2 yet"), "{nobody}");
}

fn rental_like(id: u128) -> application::ports::event_store::LogId {
    application::ports::event_store::LogId::new(uuid::Uuid::from_u128(id))
}

/// Else offsets of other topics would be taken for those of these.
#[tokio::test]
async fn topics_that_the_services_do_not_follow_are_refused() {
    let four = history().await;
    let other = Parted::on_cluster(2).await;
    let found = judged(&four.told, Some(&other.broker)).await.unwrap_err();
    assert!(matches!(found, VerifyError::OtherTopics { .. }), "{found}");
    assert!(found.to_string().contains("log 1 follows partition"), "{found}");
}

/// I7: as when a topic was made anew.
#[tokio::test]
async fn a_handler_that_has_passed_more_than_a_partition_holds_is_found() {
    let mut four = history().await;
    let name = ProcessorName::of("keep-points:overdue_clear:0");
    four.of(ServiceName::Member).follower(&name).ahead = Position::new(99);
    is_found(
        &four.judged().await,
        Invariant::Order,
        "keep-points:overdue_clear:0 passed 99, and the partition ends at",
    );
}
