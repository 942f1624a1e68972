//! Messages of plain peers, which know nothing of attempts.

use domain::rental_card::{Addressee, RentalCardCommand};
use domain::{Kind, Outcome, Participant, ProcessId, Step};
use serde_json::{Value, json};

use super::read_bare;
use crate::codec::tests::samples;
use crate::messages::{Body, EventResult, Handler, ServiceCommand, Topic, command_of, record_of};

#[test]
fn an_answer_without_ids_is_for_the_only_attempt_of_its_kind() {
    let usual = [
        ("RENT", Kind::Rent, Participant::Book),
        ("RETURN", Kind::Return, Participant::Book),
        ("OVERDUE", Kind::Overdue, Participant::Member),
    ];
    for (name, kind, participant) in usual {
        let result = answer(json!({"eventType": name}));
        assert_eq!((result.to, result.participant), (Addressee::OnlyOne(kind), participant));
        assert_eq!((result.step, result.outcome), (Step::Do, Outcome::Done));
    }
}

#[test]
fn an_answer_without_ids_becomes_a_command_for_the_card() {
    let message = read_bare(Topic::RentalResult, plain(json!({})).to_string()).unwrap();
    let Some(ServiceCommand::RentalCard(card, RentalCardCommand::RecordAnswer(answer))) =
        command_of(Handler::RecordAnswers, &message)
    else {
        panic!("an answer is recorded")
    };
    assert_eq!((card, answer.to), (samples::jenny().id, Addressee::OnlyOne(Kind::Rent)));
    assert_eq!(answer.book_no, Some(samples::bell().no));
}

#[test]
fn an_answer_without_ids_is_published_as_the_same_again() {
    let message = read_bare(Topic::RentalResult, plain(json!({})).to_string()).unwrap();
    let again = read_bare(Topic::RentalResult, record_of(&message).body).unwrap();
    assert_eq!(again, message);
}

#[test]
fn success_may_be_called_by_three_names_that_agree() {
    for name in ["success", "successed", "isSuccessed"] {
        let mut body = plain(json!({name: false, "reason": "no\u{0} such book"}));
        if name != "success" {
            body.as_object_mut().unwrap().remove("success");
        }
        let Outcome::Refused { reason } = result_of(&body).outcome else { panic!("{name} was not read") };
        assert_eq!(reason.as_str(), "no such book");
    }
    let body = plain(json!({"successed": false}));
    assert!(read_bare(Topic::RentalResult, body.to_string()).unwrap_err().contains("contradict"));
}

#[test]
fn a_refusal_without_a_reason_is_still_one() {
    let Outcome::Refused { reason } = answer(json!({"success": false})).outcome else { panic!() };
    assert_eq!(reason.as_str(), "no reason given");
}

#[test]
fn the_attempt_is_found_by_any_id_that_names_it() {
    let rent = ProcessId::Rent(samples::rental_id());
    let giving_back = ProcessId::Return(samples::return_id());
    let named = [
        (json!({"processId": rent.to_string()}), rent),
        (json!({"rentalId": samples::rental_id().to_string()}), rent),
        (json!({"eventType": "RETURN", "returnId": samples::return_id().to_string()}), giving_back),
    ];
    for (ids, process) in named {
        assert_eq!(answer(ids).to, Addressee::Process(process));
    }
}

#[test]
fn ids_that_contradict_each_other_or_the_event_type_are_refused() {
    let rent = ProcessId::Rent(samples::rental_id()).to_string();
    let wrong = [
        json!({"processId": rent, "rentalId": samples::return_id().to_string()}),
        json!({"processId": rent, "eventType": "RETURN"}),
        json!({"eventType": "OVERDUE", "rentalId": samples::rental_id().to_string()}),
        json!({"processId": "rent-1"}),
    ];
    for ids in wrong {
        assert!(read_bare(Topic::RentalResult, plain(ids.clone()).to_string()).is_err(), "{ids}");
    }
}

#[test]
fn a_request_without_ids_cannot_be_handled_and_says_so() {
    let body = r#"{"idName":{"id":"jenny","name":"제니"},"item":{"no":1,"title":"x"},"point":10}"#;
    for topic in Topic::ALL {
        let error = read_bare(topic, body).unwrap_err();
        let missing = match topic {
            Topic::BookCatalogue => "`no` is missing",
            Topic::RentalResult => "`eventType` is missing",
            _ => "`processId` is missing",
        };
        assert!(error.contains(missing), "{topic}: {error}");
    }
}

#[test]
fn a_request_of_another_kind_than_its_topic_is_refused() {
    let rent = super::record_of_each_topic().remove(0).1.body;
    for topic in [Topic::RentalReturn, Topic::ReturnCancel, Topic::OverdueClear] {
        assert!(read_bare(topic, &rent).unwrap_err().contains("another kind"));
    }
}

fn answer(extra: Value) -> EventResult {
    result_of(&plain(extra))
}

fn result_of(body: &Value) -> EventResult {
    match read_bare(Topic::RentalResult, body.to_string()).unwrap().body {
        Body::Result(result) => result,
        other => panic!("{other:?}"),
    }
}

/// An answer as the public example sends it, with these fields over it.
fn plain(extra: Value) -> Value {
    let mut body = json!({
        "eventType": "RENT",
        "idName": {"id": "jenny", "name": "제니"},
        "item": {"no": 1, "title": "누구를 위하여 종을 울리나?"},
        "point": 10,
        "success": true,
    });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}
