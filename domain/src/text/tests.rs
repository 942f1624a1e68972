//! The edges of what a text may be (T76), and what it shows of itself (T85).

use super::*;

#[test]
fn a_name_is_trimmed_and_composed() {
    assert_eq!(PersonName::parse(" \u{1112}\u{1161}\u{11AB} \t").unwrap().as_str(), "한");
    assert_eq!(Title::parse("Cafe\u{301}").unwrap(), Title::parse("Café").unwrap());
    assert_eq!(Title::parse("🦀 in a book").unwrap().as_str(), "🦀 in a book");
    assert_eq!(Title::parse("<script>").unwrap().as_str(), "<script>");
}

#[test]
fn a_name_has_one_to_two_hundred_characters_whatever_their_bytes() {
    assert_eq!(Title::parse(&"🦀".repeat(200)).unwrap().as_str().chars().count(), 200);
    assert_eq!(
        Title::parse(&"🦀".repeat(201)),
        Err(InvalidValue::TooLong { what: "a title", max: 200, found: 201 })
    );
    assert_eq!(PersonName::parse(" \u{3000} "), Err(InvalidValue::Empty { what: "a name" }));
    assert!(Title::parse(&format!("  {}  ", "x".repeat(200))).is_ok(), "counted after trimming");
    assert!(Title::parse(&"e\u{301}".repeat(200)).is_ok(), "counted after composing");
}

#[test]
fn a_name_of_invisible_characters_alone_is_refused_and_one_among_others_is_not() {
    for nothing in [
        "\u{200b}",
        "\u{feff}\u{2060}",
        "\u{3164}",
        "\u{ad} \u{ad}",
        "\u{2800}",
        "\u{200f}\u{202e}",
        "\u{fe0f}",
        "\u{e0041}",
    ] {
        assert_eq!(
            PersonName::parse(nothing),
            Err(InvalidValue::Invisible { what: "a name" }),
            "{nothing:?}"
        );
        assert!(SearchText::parse(nothing).is_err() && Reason::parse(nothing).is_err());
        assert_eq!(Title::stored(nothing).unwrap().as_str(), nothing, "stored before it was refused");
    }
    for seen in ["👩\u{200d}👩", "\u{202e}gnirts", "co\u{ad}operate", "❤\u{fe0f}", "\u{301}"] {
        assert!(Title::parse(seen).is_ok(), "{seen:?}");
    }
}

#[test]
fn what_is_searched_for_is_normalised_as_titles_are() {
    let title = Title::parse(" Café ").unwrap();
    assert_eq!(SearchText::parse("\tCafe\u{301} ").unwrap().as_str(), title.as_str());
}

#[test]
fn a_control_character_is_refused_with_its_place() {
    let forbidden = |code, at| Err(InvalidValue::Forbidden { what: "a title", code, at });
    assert_eq!(Title::parse("a\0b"), forbidden(0, 2));
    assert_eq!(Title::parse("ab\ncd"), forbidden(10, 3));
    assert_eq!(Title::parse("\u{7f}x"), forbidden(0x7f, 1));
    assert_eq!(Title::parse("🦀\u{85}x"), forbidden(0x85, 2));
}

#[test]
fn each_kind_of_text_has_its_own_length() {
    assert!(Description::parse(&"x".repeat(2000)).is_ok() && Description::parse(&"x".repeat(2001)).is_err());
    assert!(Reason::parse(&"x".repeat(500)).is_ok() && Reason::parse(&"x".repeat(501)).is_err());
    assert!(Isbn::parse(&"9".repeat(32)).is_ok() && Isbn::parse(&"9".repeat(33)).is_err());
    assert!(Author::parse(&"x".repeat(200)).is_ok() && Author::parse(&"x".repeat(201)).is_err());
}

#[test]
fn an_email_has_one_at_sign_with_something_on_both_sides() {
    for good in ["jenny@example.org", "a@b", " jenny@example.org "] {
        assert_eq!(Email::parse(good).unwrap().as_str(), good.trim());
    }
    for bad in ["", "jenny", "@example.org", "jenny@", "a@b@c", "je nny@example.org", "jenny@exa\u{3000}mple"]
    {
        assert!(Email::parse(bad).is_err(), "{bad}");
    }
    assert!(Email::parse(&format!("{}@b", "a".repeat(252))).is_ok());
    assert!(Email::parse(&format!("{}@b", "a".repeat(253))).is_err());
}

#[test]
fn personal_texts_do_not_show_themselves() {
    assert_eq!(format!("{:?}", PersonName::parse("Jenny").unwrap()), "PersonName(..)");
    assert_eq!(format!("{:?}", Email::parse("jenny@example.org").unwrap()), "Email(..)");
    let person = crate::sample::person("jenny", "Secret Name");
    assert!(!format!("{person:?}").contains("Secret"));
}

#[test]
fn other_texts_show_themselves() {
    let title = Title::parse("For Whom the Bell Tolls").unwrap();
    assert_eq!(title.to_string(), "For Whom the Bell Tolls");
    assert_eq!(format!("{title:?}"), "\"For Whom the Bell Tolls\"");
}

#[test]
fn a_reason_of_a_peer_is_made_to_fit() {
    assert_eq!(Reason::from_peer("no\0 book\n").as_str(), "no book");
    assert_eq!(Reason::from_peer(" \n ").as_str(), "no reason given");
    assert_eq!(Reason::from_peer("").as_str(), "no reason given");
    assert_eq!(Reason::from_peer("\u{200b}").as_str(), "no reason given");
    assert_eq!(Reason::from_peer(&"x".repeat(9_000)).as_str().len(), 500);
}

#[test]
fn what_the_rules_themselves_give_as_a_reason_is_a_reason() {
    assert_eq!(Reason::parse("balance too small"), Ok(Reason::of("balance too small")));
}
