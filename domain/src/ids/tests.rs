//! The edges of what an id may be (T76).

use uuid::Uuid;

use super::*;

#[test]
fn a_member_id_is_of_letters_digits_and_three_marks() {
    for good in ["a", "7", "jenny", "J.e_n-n7", &"x".repeat(64)] {
        assert_eq!(MemberId::parse(good).unwrap().as_str(), good);
    }
}

#[test]
fn a_member_id_of_other_characters_says_which_and_where() {
    let forbidden = |code, at| Err(InvalidValue::Forbidden { what: "a member id", code, at });
    assert_eq!(MemberId::parse(".jenny"), forbidden('.'.into(), 1));
    assert_eq!(MemberId::parse("-"), forbidden('-'.into(), 1));
    assert_eq!(MemberId::parse("jen ny"), forbidden(' '.into(), 4));
    assert_eq!(MemberId::parse(" jenny"), forbidden(' '.into(), 1));
    assert_eq!(MemberId::parse("jenny\n"), forbidden('\n'.into(), 6));
    assert_eq!(MemberId::parse("jen\0ny"), forbidden(0, 4));
    assert_eq!(MemberId::parse("je/ny"), forbidden('/'.into(), 3));
    assert_eq!(MemberId::parse("🦀"), forbidden(0x1F980, 1));
    assert_eq!(MemberId::parse("j\u{435}nny"), forbidden(0x435, 2), "a Cyrillic letter that looks like an e");
    assert_eq!(MemberId::parse("\u{202E}ynnej"), forbidden(0x202E, 1), "a mark that turns the direction");
}

#[test]
fn a_member_id_has_one_to_sixty_four_characters() {
    assert_eq!(MemberId::parse(""), Err(InvalidValue::Empty { what: "a member id" }));
    let too_long = InvalidValue::TooLong { what: "a member id", max: 64, found: 65 };
    assert_eq!(MemberId::parse(&"x".repeat(65)), Err(too_long));
}

#[test]
fn ids_that_differ_in_case_are_different_members() {
    assert_ne!(MemberId::parse("jenny").unwrap(), MemberId::parse("Jenny").unwrap());
}

#[test]
fn a_book_number_is_one_to_two_to_the_fifty_third_less_one() {
    for good in [1, 2, (1 << 53) - 1] {
        assert_eq!(BookNo::parse(good).unwrap().value(), good);
    }
    for found in [0, -1, 1 << 53, i64::MAX, i64::MIN] {
        let range = InvalidValue::OutOfRange { what: "a book number", min: 1, max: (1 << 53) - 1, found };
        assert_eq!(BookNo::parse(found), Err(range));
    }
}

#[test]
fn a_process_id_is_read_as_it_is_written() {
    let id = Uuid::from_u128(0x0190_7000_0000_7000_8000_0000_0000_0001);
    let processes = [
        (ProcessId::Rent(RentalId::new(id)), format!("rent-{id}")),
        (ProcessId::Return(ReturnId::new(id)), format!("return-{id}")),
        (ProcessId::Clearing(ClearingId::new(id)), format!("clearing-{id}")),
    ];
    for (process, written) in processes {
        assert_eq!(process.to_string(), written);
        assert_eq!(written.parse(), Ok(process));
    }
}

#[test]
fn a_process_id_of_another_form_is_refused() {
    let id = Uuid::from_u128(1);
    let others =
        ["", "rent", "rent-", "rent-1", &id.to_string(), &format!("lend-{id}"), &format!("RENT-{id}")];
    for raw in others {
        assert!(matches!(raw.parse::<ProcessId>(), Err(InvalidValue::Malformed { .. })), "{raw}");
    }
}

#[test]
fn a_card_number_is_read_as_it_is_written() {
    let card_no = CardNo::new(2026, Uuid::from_u128(5));
    assert_eq!(card_no.to_string(), format!("2026-{}", Uuid::from_u128(5)));
    assert_eq!(card_no.to_string().parse(), Ok(card_no));
    for raw in ["", "2026", "2026-", "x-00000000-0000-0000-0000-000000000005"] {
        assert!(raw.parse::<CardNo>().is_err(), "{raw}");
    }
}

#[test]
fn a_month_is_read_as_it_is_written() {
    let month = Month::of(jiff::civil::date(2026, 3, 31));
    assert_eq!(month.to_string(), "2026-03");
    assert_eq!("2026-03".parse(), Ok(month));
    for raw in
        ["", "2026", "2026-3", "2026-00", "2026-13", "0000-01", "+026-01", "2026-1x", "2026-03-01", "٢٠٢٦-٠٣"]
    {
        assert!(raw.parse::<Month>().is_err(), "{raw}");
    }
}
