//! From an event to a message to a command.

use std::collections::BTreeSet;

use domain::best_seller::BestSellerCommand;
use domain::book::BookCommand;
use domain::member::MemberCommand;
use domain::rental_card::{Addressee, RentalCardCommand};
use domain::{Outcome, Participant, ProcessId, Step};
use uuid::Uuid;

use super::{message_of, messages};
use crate::codec::tests::samples::{self, events, metadata};
use crate::codec::tests::{encode, recorded};
use crate::codec::{AnyEvent, known_types};
use crate::messages::{Body, Handler, Message, ServiceCommand, Topic, command_of, messages_of};
use crate::ports::event_store::TypeName;

#[test]
fn each_event_goes_to_its_topic() {
    let mut found = BTreeSet::new();
    for event in events() {
        let kind = encode(&event).kind.to_string();
        let topic = message_of(&event).map_or("-", |message| message.topic.name());
        found.insert(format!("{kind} {topic}"));
    }
    let silent = [
        "best-seller.rental-counted",
        "best-seller.rental-ignored",
        "best-seller.rental-uncounted",
        "member.member-registered",
        // An operator's, beside those of attempts below.
        "member.points-saved",
        "member.points-used",
        "operator.action-ended",
        "operator.action-taken",
        "rental-card.answer-recorded",
        "rental-card.attempt-compensated",
        "rental-card.card-issued",
        "rental-card.clearing-refused",
        "rental-card.fee-cleared",
        "rental-card.item-overdue",
        "rental-card.rent-confirmed",
        "rental-card.return-cancelled",
        "rental-card.return-confirmed",
        "rental-card.review-requested",
        "rental-card.review-resolved",
    ];
    let said = [
        "book.book-entered book_catalogue",
        "book.book-lent rental_result",
        "book.book-made-available book_catalogue",
        "book.book-taken-back rental_result",
        "book.book-withdrawn book_catalogue",
        "book.lending-refused rental_result",
        "book.lending-undone rental_result",
        "book.taking-back-refused rental_result",
        "book.taking-back-undone rental_result",
        "book.undo-refused rental_result",
        "member.points-refused rental_result",
        "member.points-saved rental_result",
        "member.points-taken-back rental_result",
        "member.points-used rental_result",
        "rental-card.clearing-requested overdue_clear",
        "rental-card.item-rented rental_rent",
        "rental-card.item-returned rental_return",
        "rental-card.rent-cancelled rental_uncount",
        "rental-card.undo-requested point_use",
        "rental-card.undo-requested rent_cancel",
        "rental-card.undo-requested return_cancel",
    ];
    let silent = silent.map(|kind| format!("{kind} -"));
    assert_eq!(found, silent.into_iter().chain(said.map(str::to_owned)).collect());
}

#[test]
fn the_key_is_the_member_or_for_the_catalogue_the_book() {
    for (_, message) in messages() {
        let expected = if message.topic == Topic::BookCatalogue { "1" } else { "jenny" };
        assert_eq!(message.key, expected);
    }
}

#[test]
fn the_id_is_made_of_event_and_topic_and_the_rest_tells_where_it_came_from() {
    let event = AnyEvent::RentalCard(samples::card_starts().remove(1));
    let stored = recorded(encode(&event));
    let message = messages_of(&stored, &metadata()[0], &event).remove(0);
    assert_eq!(message.envelope.id, Uuid::new_v5(&stored.id.uuid(), b"rental_rent"));
    assert_eq!(message.envelope.source, "/rental");
    assert_eq!(message.envelope.causation, stored.id);
    assert_eq!(message.envelope.position, stored.position);
    assert_eq!(message.envelope.time, metadata()[0].occurred_at);
    assert_eq!(message.envelope.traceparent, metadata()[0].traceparent);
}

#[test]
fn a_handler_wants_exactly_the_types_its_commands_follow_from() {
    for handler in Handler::ALL {
        let followed: BTreeSet<_> = messages()
            .iter()
            .filter(|(_, message)| command_of(handler, message).is_some())
            .map(|(event, _)| encode(event).kind)
            .collect();
        let wanted: BTreeSet<_> =
            known_types().map(|known| TypeName::of(known.kind)).filter(|kind| handler.wants(kind)).collect();
        assert_eq!(followed, wanted, "{}", handler.name());
    }
}

#[test]
fn a_handler_listens_to_exactly_the_topics_its_commands_follow_from() {
    for handler in Handler::ALL {
        let all = messages();
        let followed: BTreeSet<_> = all
            .iter()
            .filter(|(_, message)| command_of(handler, message).is_some())
            .map(|(_, message)| message.topic)
            .collect();
        assert_eq!(followed, handler.topics().iter().copied().collect(), "{}", handler.name());
    }
}

#[test]
fn a_rent_is_lent_awarded_and_counted() {
    let message = request(Topic::RentalRent, 1);
    let asked = samples::rent();
    let (book, member) = (samples::bell().no, samples::jenny().id);
    let lend = BookCommand::Lend { asked: asked.clone() };
    assert_eq!(command_of(Handler::LendBooks, &message), Some(ServiceCommand::Book(book, lend)));
    let award = MemberCommand::Award { asked };
    assert_eq!(command_of(Handler::KeepPoints, &message), Some(ServiceCommand::Member(member, award)));
    let Some(ServiceCommand::BestSeller(id, BestSellerCommand::CountRental { rental_id, month, .. })) =
        command_of(Handler::CountRentals, &message)
    else {
        panic!("a rent is counted")
    };
    assert_eq!((id.to_string().as_str(), id.month, rental_id), ("2026-03-1", month, samples::rental_id()));
    assert_eq!(command_of(Handler::RecordAnswers, &message), None);
}

#[test]
fn what_is_undone_is_the_step_that_was_done() {
    let rent = samples::rent();
    let giving_back = samples::giving_back();
    let book = samples::bell().no;
    let member = samples::jenny().id;
    let undone = [
        (5, Handler::LendBooks, ServiceCommand::Book(book, BookCommand::UndoLend { asked: rent.clone() })),
        (
            6,
            Handler::LendBooks,
            ServiceCommand::Book(book, BookCommand::UndoTakeBack { asked: giving_back.clone() }),
        ),
        (
            7,
            Handler::KeepPoints,
            ServiceCommand::Member(member.clone(), MemberCommand::TakeBackAward { asked: rent }),
        ),
        (
            8,
            Handler::KeepPoints,
            ServiceCommand::Member(member, MemberCommand::TakeBackAward { asked: giving_back }),
        ),
    ];
    for (index, handler, command) in undone {
        let message = message_of(&AnyEvent::RentalCard(samples::card_starts().remove(index))).unwrap();
        assert_eq!(command_of(handler, &message), Some(command));
    }
}

#[test]
fn taking_back_an_award_answers_for_what_was_undone() {
    let taken_back = samples::member_events().remove(7);
    let message = message_of(&AnyEvent::Member(taken_back)).unwrap();
    let Some(ServiceCommand::RentalCard(card, RentalCardCommand::RecordAnswer(answer))) =
        command_of(Handler::RecordAnswers, &message)
    else {
        panic!("an answer is recorded")
    };
    assert_eq!(card, samples::jenny().id);
    assert_eq!(answer.to, Addressee::Process(ProcessId::Return(samples::return_id())));
    assert_eq!((answer.participant, answer.step), (Participant::Member, Step::Undo));
    assert_eq!((answer.outcome, answer.book_no), (Outcome::Done, Some(samples::bell().no)));
}

#[test]
fn a_cancelled_rent_is_uncounted_and_frees_no_book() {
    let cancelled = samples::card_ends().remove(3);
    let message = message_of(&AnyEvent::RentalCard(cancelled)).unwrap();
    assert_eq!(message.topic, Topic::RentalUncount);
    assert!(command_of(Handler::LendBooks, &message).is_none());
    let command = command_of(Handler::CountRentals, &message);
    assert!(matches!(command, Some(ServiceCommand::BestSeller(_, BestSellerCommand::UncountRental { .. }))));
}

#[test]
fn every_topic_is_found_by_its_name() {
    for topic in Topic::ALL {
        assert_eq!(Topic::parse(topic.name()), Some(topic));
    }
    assert_eq!(Topic::parse("rental_rents"), None);
}

fn request(topic: Topic, index: usize) -> Message {
    let message = message_of(&AnyEvent::RentalCard(samples::card_starts().remove(index))).unwrap();
    assert!(message.topic == topic && matches!(message.body, Body::Request(_)));
    message
}
