//! Stored events that cannot be read (T16): a typed error with the position, which tells nothing of the payload (T85).

use std::error::Error;

use serde_json::{Value, json};

use super::samples::{events, metadata};
use super::{encode, recorded, stored};
use crate::codec::{DecodeError, Metadata, decode};
use crate::ports::event_store::Position;

const SECRET: &str = "SECRET \", expected `제니";
const KIND: &str = "rental-card.item-rented";

#[test]
fn bytes_that_are_no_json_are_malformed() {
    for payload in ["", "{", "nonsense", "[1]", "\"text\"", "null", "{} {}", "{\"member\":", "\u{feff}{}"] {
        let error = decode(&stored(KIND, 1, payload)).unwrap_err();
        assert!(matches!(error, DecodeError::Malformed { .. }), "{payload}: {error}");
        assert_eq!(error.position(), Position::new(42));
    }
    assert!(decode(&stored("member.member-registered", 1, "[1]")).is_err());
}

#[test]
fn bytes_that_are_no_text_are_malformed_and_their_place_is_said() {
    let broken = b"{\"member\":\"\xff\xfe\"}".to_vec();
    for (kind, revision) in [(KIND, 1), ("member.member-registered", 1)] {
        let error = decode(&stored(kind, revision, broken.clone())).unwrap_err();
        assert!(chain(&error).contains("not UTF-8 from byte 11 on"), "{}", chain(&error));
    }
    let mut event = recorded(encode(&events().remove(0)));
    event.metadata = broken.into();
    let error = Metadata::decode(&event).unwrap_err();
    assert!(chain(&error).contains("in the metadata, not UTF-8 from byte 11 on"), "{}", chain(&error));
}

#[test]
fn metadata_with_a_key_of_another_kind_say_how_it_has_to_look() {
    for (field, broken, text) in [
        ("book", "member:7", "a key must look like `book:…`"),
        ("book", "book:x", "a key must look like `book:…`"),
        ("member", "book:7", "a key must look like `member:…`"),
        ("process", "process:7", "a key must look like `process:…`"),
    ] {
        let mut event = recorded(encode(&events().remove(0)));
        event.metadata = json!({"keys": {field: broken}}).to_string().into();
        let error = Metadata::decode(&event).unwrap_err();
        assert!(chain(&error).contains(text), "{}", chain(&error));
    }
}

#[test]
fn a_payload_nested_a_thousand_levels_deep_is_malformed() {
    let deep = format!("{}{}", "{\"member\":".repeat(1000), "}".repeat(1000));
    assert!(matches!(decode(&stored(KIND, 1, deep)).unwrap_err(), DecodeError::Malformed { .. }));
}

#[test]
fn a_type_that_nobody_knows_is_told_apart() {
    for kind in ["rental-card.item-eaten", "rental-card", "", "wizard.spell-cast", "book.item-rented"] {
        let error = decode(&stored(kind, 1, "{}")).unwrap_err();
        assert!(matches!(error, DecodeError::UnknownType { .. }), "{kind}: {error}");
        assert!(error.is_too_new());
        assert_eq!(error.position(), Position::new(42));
    }
}

#[test]
fn a_revision_of_the_future_is_told_apart() {
    let error = decode(&stored(KIND, 2, "{}")).unwrap_err();
    assert!(matches!(error, DecodeError::UnknownRevision { found: 2, known: 1, .. }), "{error}");
    assert!(error.is_too_new());
}

#[test]
fn a_revision_of_zero_is_malformed() {
    assert!(matches!(decode(&stored(KIND, 0, "{}")).unwrap_err(), DecodeError::Malformed { .. }));
}

#[test]
fn sealed_personal_data_is_refused_and_says_so() {
    let sealed = json!({"member": {"id": "jenny", "name": {"sealed": "AAAA", "key": "k1"}}});
    let error = decode(&stored("member.member-registered", 2, sealed.to_string())).unwrap_err();
    assert!(chain(&error).contains("personal data is sealed"), "{}", chain(&error));
}

#[test]
fn metadata_that_cannot_be_read_is_malformed_and_says_that_it_is_the_metadata() {
    for broken in ["", "{}", "[]", r#"{"keys":{"book":"7"}}"#, r#"{"keys":{"book":7}}"#] {
        let mut event = recorded(encode(&events().remove(0)));
        event.metadata = broken.into();
        let error = Metadata::decode(&event).unwrap_err();
        assert_eq!(error.position(), Position::new(42));
        assert!(chain(&error).contains("in the metadata"), "{}", chain(&error));
    }
}

#[test]
fn an_error_says_what_was_found_and_where() {
    let wrong = [
        (r#"{"no":"7","title":"x"}"#, "string found where i64 is expected at line 1 column 9"),
        (r#"{"no":0,"title":"x"}"#, "a book number must be between 1 and 9007199254740991, and this is 0"),
        (r#"{"no":1.5,"title":"x"}"#, "floating point found where i64 is expected"),
        (r#"{"no":7}"#, "missing field `title`"),
        (r#"{"no":7,"no":8,"title":"x"}"#, "duplicate field `no`"),
        (r#"{"no":7,"title":""}"#, "a title must not be empty"),
    ];
    for (payload, text) in wrong {
        let error = decode(&stored("book.book-withdrawn", 1, payload)).unwrap_err();
        assert!(chain(&error).contains(text), "{}", chain(&error));
    }
}

/// Every value of every event and of the metadata is replaced by every kind of wrong value in turn.
#[test]
fn no_error_ever_quotes_what_is_stored() {
    let mut refused = 0;
    for event in events() {
        let encoded = encode(&event);
        for broken in broken_forms(&encoded.payload) {
            let event = stored(encoded.kind.as_str(), encoded.revision, broken.to_string());
            refused += usize::from(decode(&event).is_err_and(|error| tells_nothing(&error)));
        }
    }
    for broken in broken_forms(&metadata().remove(0).encode()) {
        let mut event = recorded(encode(&events().remove(0)));
        event.metadata = broken.to_string().into();
        refused += usize::from(Metadata::decode(&event).is_err_and(|error| tells_nothing(&error)));
    }
    assert!(refused > 1000, "{refused}");
}

fn tells_nothing(error: &DecodeError) -> bool {
    let shown = format!("{} {error:?}", chain(error));
    assert!(!shown.contains("SECRET") && !shown.contains("제니"), "{shown}");
    assert_eq!(error.position(), Position::new(42));
    true
}

fn broken_forms(json: &[u8]) -> Vec<Value> {
    let tree: Value = serde_json::from_slice(json).unwrap();
    let wrong = [
        json!(SECRET),
        json!(5),
        json!(-1.5),
        json!(true),
        json!(null),
        json!([SECRET]),
        json!({SECRET: SECRET}),
    ];
    let broken = |path: &String| {
        let replaced = wrong.iter().map(|value| {
            let mut broken = tree.clone();
            *broken.pointer_mut(path).unwrap() = value.clone();
            broken
        });
        replaced.collect::<Vec<_>>()
    };
    paths(&tree).iter().flat_map(broken).collect()
}

fn paths(tree: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    for (key, value) in tree.as_object().into_iter().flatten() {
        all.extend(paths(value).into_iter().map(|rest| format!("/{key}{rest}")));
    }
    all
}

fn chain(error: &DecodeError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
