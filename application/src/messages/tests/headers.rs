//! Envelopes: binary and structured mode, none at all, and forged ones (T87).

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{read_bare, read_with, received, record_of_each_topic, shown};
use crate::messages::{Handler, Message, Topic, command_of, read};
use crate::ports::event_store::{EventId, Position};

type Headers = Vec<(String, Bytes)>;

#[test]
fn a_message_in_structured_mode_is_the_same_as_in_binary_mode() {
    for (topic, record) in record_of_each_topic() {
        let binary = read_with(topic, &record.headers, &record.body).unwrap();
        let structured =
            read_with(topic, &structured_type(), structured(&record.headers, &record.body).as_bytes());
        assert_eq!(structured.unwrap(), binary);
    }
}

#[test]
fn a_message_in_structured_mode_needs_its_attributes_and_its_data() {
    let (headers, body) = rent();
    let whole: Value = serde_json::from_str(&structured(&headers, &body)).unwrap();
    for missing in ["specversion", "id", "source", "data"] {
        let mut event = whole.clone();
        event.as_object_mut().unwrap().remove(missing);
        let error =
            read_with(Topic::RentalRent, &structured_type(), event.to_string().as_bytes()).unwrap_err();
        assert!(error.contains(&format!("`{missing}` is missing")), "{error}");
    }
    for bad in ["[]", "{", "{\"specversion\":1.0}", "null"] {
        assert!(read_with(Topic::RentalRent, &structured_type(), bad.as_bytes()).is_err());
    }
}

#[test]
fn a_batch_is_refused() {
    let headers = vec![("content-type", "application/cloudevents-batch+json".to_owned())];
    assert!(read_with(Topic::RentalRent, &headers, b"[]").unwrap_err().contains("`content-type`"));
    let error = read_with(Topic::RentalRent, &headers, b"{}").unwrap_err();
    assert!(error.contains("other than one event as JSON"), "{error}");
}

#[test]
fn a_bare_message_is_known_by_its_place() {
    let (_, body) = rent();
    let message = read_bare(Topic::RentalRent, &body).unwrap();
    assert_eq!(message.envelope.source, "/rental_rent");
    assert_eq!(message.envelope.position, Position::new(7));
    assert_eq!(message.envelope.causation, EventId::new(message.envelope.id));
    let again = read_bare(Topic::RentalRent, &body).unwrap();
    let mut next = received(Topic::RentalRent, &[], &body);
    next.offset = 8;
    assert_eq!(again.envelope.id, message.envelope.id);
    assert_ne!(read(&next).unwrap().envelope.id, message.envelope.id);
}

#[test]
fn an_id_that_is_no_uuid_identifies_all_the_same() {
    let with = |id: &str| changed(&[("ce_id", id)]).unwrap().envelope.id;
    let id = Uuid::from_u128(7);
    assert_eq!(with(&id.to_string()), id);
    assert_eq!(with("42"), with("42"));
    assert_ne!(with("42"), with("43"));
    let lower = "0195aaaa-0000-7000-8000-00000000abcd";
    assert_ne!(with(lower), with(&lower.to_uppercase()));
}

#[test]
fn broken_attributes_are_refused() {
    let long = "x".repeat(256);
    let broken = [
        ("ce_specversion", "0.3"),
        ("ce_id", ""),
        ("ce_id", "a\nb"),
        ("ce_source", &long),
        ("ce_time", "yesterday"),
    ];
    for attribute in broken {
        assert!(changed(&[attribute]).is_err(), "{attribute:?}");
    }
    let (mut headers, body) = rent();
    headers.retain(|(name, _)| *name != "ce_specversion");
    assert!(read_with(Topic::RentalRent, &headers, &body).unwrap_err().contains("`specversion` is missing"));
}

#[test]
fn header_bytes_that_are_not_utf_8_are_refused() {
    let (_, body) = rent();
    let headers: [(&str, &[u8]); 1] = [("ce_id", &[0xff])];
    let error = shown(read(&received(Topic::RentalRent, &headers, &body))).unwrap_err();
    assert!(error.contains("header `ce_id` is not UTF-8"), "{error}");
    let headers: [(&str, &[u8]); 1] = [("unknown-to-us", &[0xff])];
    assert!(read(&received(Topic::RentalRent, &headers, &body)).is_ok());
}

#[test]
fn a_header_that_stands_twice_is_refused() {
    let (mut headers, body) = rent();
    headers.push(("ce_id".to_owned(), Uuid::nil().to_string().into()));
    assert!(
        read_with(Topic::RentalRent, &headers, &body).unwrap_err().contains("`ce_id` stands there twice")
    );
}

/// T87: only source and id identify, and only topic and body say what is to be done.
#[test]
fn forged_headers_gain_nothing() {
    let (headers, body) = rent();
    let honest = read_with(Topic::RentalRent, &headers, &body).unwrap();
    let forged = changed(&[
        ("ce_type", "library.overdue-cleared.v1"),
        ("ce_subject", "rental-card-boss"),
        ("ce_partitionkey", "boss"),
        ("ce_correlationid", "clearing-0195aaaa-0000-7000-8000-000000000001"),
        ("ce_causationid", "not an id"),
        ("ce_position", "-5"),
        ("ce_time", "1999-01-01T00:00:00Z"),
        ("traceparent", "00-<script>-x-01"),
    ])
    .unwrap();
    for handler in Handler::ALL {
        assert_eq!(command_of(handler, &forged), command_of(handler, &honest));
    }
    assert_eq!((&forged.key, &forged.body), (&honest.key, &honest.body));
    assert_eq!(identity(&forged), identity(&honest));
    assert_eq!(forged.envelope.kind, honest.envelope.kind);
    assert_eq!(forged.envelope.traceparent, None);
    assert_eq!(forged.envelope.position, Position::new(7));
}

#[test]
fn a_traceparent_is_kept_only_in_its_proper_form() {
    let kept = |text: &str| changed(&[("traceparent", text)]).unwrap().envelope.traceparent.is_some();
    let proper = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert!(kept(proper));
    for wrong in ["", "00", &proper.to_uppercase(), &proper[..54], &format!("{proper}-1"), "제니"] {
        assert!(!kept(wrong), "{wrong}");
    }
}

#[test]
fn a_time_that_is_left_out_is_the_record_s_own() {
    let (mut headers, body) = rent();
    headers.retain(|(name, _)| *name != "ce_time");
    let message = read_with(Topic::RentalRent, &headers, &body).unwrap();
    assert_eq!(message.envelope.time, Timestamp::UNIX_EPOCH);
}

fn identity(message: &Message) -> (&str, Uuid) {
    (&message.envelope.source, message.envelope.id)
}

fn rent() -> (Headers, Vec<u8>) {
    let (_, record) = record_of_each_topic().remove(0);
    (record.headers, record.body.to_vec())
}

/// The rent's message with these headers instead of its own.
fn changed(with: &[(&'static str, &str)]) -> Result<Message, String> {
    let (mut headers, body) = rent();
    for (name, value) in with {
        let header = headers.iter_mut().find(|(found, _)| found == name).unwrap();
        header.1 = (*value).to_owned().into();
    }
    read_with(Topic::RentalRent, &headers, &body)
}

fn structured_type() -> Headers {
    let structured = Bytes::from_static(b"application/cloudevents+json; charset=UTF-8");
    vec![("content-type".to_owned(), structured)]
}

fn structured(headers: &Headers, body: &[u8]) -> String {
    let data: Value = serde_json::from_slice(body).unwrap();
    let mut event = json!({"data": data, "datacontenttype": "application/json"});
    for (name, value) in headers {
        event[name.trim_start_matches("ce_")] = json!(std::str::from_utf8(value).unwrap());
    }
    event.to_string()
}
