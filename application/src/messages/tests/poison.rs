//! Bodies that cannot be read (T48, T77): refused with a reason that quotes none of them.

use serde_json::{Value, json};

use super::{read_bare, received, record_of_each_topic, shown};
use crate::messages::{Body, Received, Topic, read};

const SECRET: &str = "SECRET \", expected `제니";

#[test]
fn a_body_that_is_no_json_object_is_refused() {
    let long = format!("{{\"idName\":\"{}\"}}", "x".repeat(64 * 1024));
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let deep_object = format!("{}1{}", "{\"item\":".repeat(1000), "}".repeat(1000));
    let bad: [&[u8]; 16] = [
        b"",
        b" \n ",
        b"null",
        b"[]",
        b"[null,null]",
        b"\"text\"",
        b"7",
        b"true",
        b"{",
        b"{\"idName\":{\"id\":\"jen",
        b"{} {}",
        &[0xff, 0xfe, 0x7b],
        b"{\"idName\":{\"id\":\"\xc3\x28\"}}",
        long.as_bytes(),
        deep.as_bytes(),
        deep_object.as_bytes(),
    ];
    for topic in Topic::ALL {
        for body in bad {
            assert!(read_bare(topic, body).is_err(), "{topic} {:?}", &body[..body.len().min(40)]);
        }
    }
}

#[test]
fn a_deletion_mark_is_refused() {
    let mark = Received { body: None, ..received(Topic::RentalRent, &[], b"") };
    assert!(shown(read(&mark)).unwrap_err().contains("it has no body"));
}

#[test]
fn a_body_of_ten_mebibytes_is_refused_with_its_size() {
    let error = read_bare(Topic::RentalRent, vec![b' '; 10 * 1024 * 1024]).unwrap_err();
    assert!(error.contains("it has 10485760 bytes and 65536 is the most"), "{error}");
}

#[test]
fn nesting_is_read_up_to_a_limit_wherever_it_stands() {
    let with = |levels| {
        let mut body = body_of(Topic::RentalRent);
        body["addedLater"] = (0..levels).fold(json!("]]]{{{"), |inner, _| json!([inner]));
        read_bare(Topic::RentalRent, body.to_string())
    };
    assert!(with(31).is_ok());
    assert!(with(32).unwrap_err().contains("it is nested 33 levels deep and 32 is the most"));
}

#[test]
fn fields_that_nobody_knows_are_passed_over() {
    for topic in Topic::ALL {
        let mut body = body_of(topic);
        let plain = read_bare(topic, body.to_string()).unwrap();
        body["addedLater"] = json!({"$gt": ""});
        assert_eq!(read_bare(topic, body.to_string()).unwrap(), plain);
    }
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let body = body_of(Topic::RentalRent).to_string().replacen('{', r#"{"point":5,"#, 1);
    assert!(read_bare(Topic::RentalRent, body).unwrap_err().contains("duplicate field `point`"));
}

#[test]
fn a_field_that_is_missing_is_named() {
    let missing = ["idName", "point", "rentedOn", "item"];
    for field in missing {
        let mut body = body_of(Topic::RentalRent);
        body.as_object_mut().unwrap().remove(field);
        let error = read_bare(Topic::RentalRent, body.to_string()).unwrap_err();
        assert!(error.contains(&format!("`{field}` is missing")), "{error}");
    }
}

/// The ranking counts by months of four digits, and what it has counted has to be read again.
#[test]
fn a_day_before_the_year_1_is_refused() {
    for (day, is_refused) in [("0000-01-01", true), ("-000001-01-01", true), ("0001-01-01", false)] {
        let mut body = body_of(Topic::RentalRent);
        body["rentedOn"] = json!(day);
        assert_eq!(read_bare(Topic::RentalRent, body.to_string()).is_err(), is_refused, "{day}");
    }
}

#[test]
fn numbers_outside_their_range_are_refused() {
    let numbers =
        ["0", "-1", "1000001", "9223372036854775808", "1e400", "1e2", "10.0", "-0.0", "\"10\"", "true"];
    for number in numbers {
        for field in ["/point", "/item/no"] {
            let mut body = body_of(Topic::RentalRent);
            *body.pointer_mut(field).unwrap() = json!("HERE");
            let refused = read_bare(Topic::RentalRent, body.to_string().replace("\"HERE\"", number)).is_err();
            assert_eq!(refused, (field, number) != ("/item/no", "1000001"), "{field} {number}");
        }
    }
}

/// Texts that mean something elsewhere are texts here; where a rule forbids them they are refused.
#[test]
fn injection_strings_and_operator_objects_gain_nothing() {
    let strings = [
        "'; DROP TABLE event; --",
        "<script>alert(1)</script>",
        "${jndi:ldap://x}",
        "../../etc/passwd",
        "a\u{0}b",
    ];
    for text in strings {
        let mut body = body_of(Topic::RentalRent);
        body["idName"]["id"] = json!(text);
        assert!(read_bare(Topic::RentalRent, body.to_string()).is_err(), "{text}");
    }
    for text in &strings[..4] {
        let mut body = body_of(Topic::RentalRent);
        body["item"]["title"] = json!(text);
        let Body::Request(asked) = read_bare(Topic::RentalRent, body.to_string()).unwrap().body else {
            panic!()
        };
        assert_eq!(asked.item().unwrap().title.as_str(), *text);
    }
    for object in [json!({"$ne": null}), json!({"$gt": ""}), json!(["jenny"])] {
        for field in
            ["/idName/id", "/idName/name", "/item/no", "/item/title", "/point", "/processId", "/rentedOn"]
        {
            let mut body = body_of(Topic::RentalRent);
            *body.pointer_mut(field).unwrap() = object.clone();
            let error = read_bare(Topic::RentalRent, body.to_string()).unwrap_err();
            assert!(error.contains(field[1..].replace('/', ".").as_str()), "{field}: {error}");
        }
    }
}

/// A list in the place of an object must not be taken for its fields in order.
#[test]
fn a_list_is_no_object() {
    let mut body = body_of(Topic::RentalRent);
    body["idName"] = json!(["jenny", "제니"]);
    assert!(
        read_bare(Topic::RentalRent, body.to_string())
            .unwrap_err()
            .contains("`idName`: an object is expected")
    );
}

/// Every value of every topic's body is replaced by every kind of wrong value in turn (T85).
#[test]
fn no_error_ever_quotes_a_body() {
    let wrong = [json!(SECRET), json!(-1.5), json!(true), json!([SECRET]), json!({SECRET: SECRET})];
    let mut refused = 0;
    for (topic, record) in record_of_each_topic() {
        let body: Value = serde_json::from_slice(&record.body).unwrap();
        for (path, value) in paths(&body).iter().flat_map(|path| wrong.iter().map(move |value| (path, value)))
        {
            let mut broken = body.clone();
            *broken.pointer_mut(path).unwrap() = value.clone();
            if let Err(error) = read_bare(topic, broken.to_string()) {
                assert!(!error.contains("SECRET") && !error.contains("제니"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 300, "{refused}");
}

fn body_of(topic: Topic) -> Value {
    let record = record_of_each_topic().into_iter().find(|(of, _)| *of == topic);
    serde_json::from_slice(&record.unwrap().1.body).unwrap()
}

fn paths(tree: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    for (key, value) in tree.as_object().into_iter().flatten() {
        all.extend(paths(value).into_iter().map(|rest| format!("/{key}{rest}")));
    }
    all
}
