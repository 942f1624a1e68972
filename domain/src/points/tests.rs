//! The edges of what points can be (T76).

use super::*;

#[test]
fn an_amount_is_one_to_a_million() {
    for good in [1, 10, 1_000_000] {
        assert_eq!(Amount::parse(good).unwrap().points(), Points::new(good));
    }
    for found in [0, -1, 1_000_001, i64::MIN, i64::MAX] {
        let range = InvalidValue::OutOfRange { what: "an amount of points", min: 1, max: 1_000_000, found };
        assert_eq!(Amount::parse(found), Err(range));
    }
}

#[test]
fn points_stop_at_the_ends_instead_of_wrapping() {
    let (most, least, one) = (Points::new(i64::MAX), Points::new(i64::MIN), Points::new(1));
    assert_eq!((most + one, least - one, -least), (most, least, most));
    assert_eq!((most.times(2), least.times(2)), (most, least));
}

#[test]
fn only_more_than_zero_is_positive() {
    assert!(Points::new(1).is_positive());
    assert!(!Points::ZERO.is_positive() && !Points::new(-1).is_positive());
    assert_eq!(Points::new(-8).to_string(), "-8");
}
