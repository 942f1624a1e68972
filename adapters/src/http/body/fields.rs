//! The fields of a body, each read by its rule; what is wrong with any of them is said for all at once.

use std::collections::BTreeMap;

use application::codec::Named;
use domain::{Date, InvalidValue};
use serde_json::{Value, json};

use super::super::problem::{INVALID_FIELDS, Problem};

/// From 2^52 on, a number with a fraction or an exponent has no room left for a half: `.5` would be taken for a whole
/// number.
const EXACT_END: f64 = (1_i64 << 52) as f64;
/// The first number that is too large for 64 bits: 2^63.
const WHOLE_END: f64 = (1_u64 << 63) as f64;

/// The fields of one body, and what was found wrong so far.
pub(in super::super) struct BodyFields {
    values: BTreeMap<String, Value>,
    errors: Vec<Value>,
}

impl BodyFields {
    pub(super) const fn new(values: BTreeMap<String, Value>) -> Self {
        Self { values, errors: Vec::new() }
    }

    /// A field that has to be there; none when something is wrong with it, which is kept for [`BodyFields::finish`].
    pub(in super::super) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Option<T> {
        if self.values.get(name).is_none_or(Value::is_null) {
            self.wrong(name, "is required");
            return None;
        }
        self.optional(name, read)
    }

    /// A field that may be left out or null; none also when something is wrong with it.
    pub(in super::super) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.values.get(name).filter(|value| !value.is_null())?;
        match read(value) {
            Ok(read) => Some(read),
            Err(message) => {
                self.wrong(name, message);
                None
            }
        }
    }

    /// Says what is wrong with a field.
    pub(in super::super) fn wrong(&mut self, name: &'static str, message: impl Into<String>) {
        self.errors.push(json!({ "field": name, "message": message.into() }));
    }

    /// What `make` gives when nothing was wrong; it gives none only when a required field was.
    pub(in super::super) fn finish<T>(self, make: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        if self.errors.is_empty()
            && let Some(made) = make()
        {
            return Ok(made);
        }
        let count = self.errors.len();
        let fields = if count == 1 { "field" } else { "fields" };
        let detail = format!("{count} {fields} of the body cannot be used; see `errors`");
        Err(Problem::new(&INVALID_FIELDS, detail).with("errors", self.errors))
    }
}

/// Reads a text by the rule of its kind.
pub(in super::super) fn text<T>(
    parse: impl Fn(&str) -> Result<T, InvalidValue>,
) -> impl Fn(&Value) -> Result<T, String> {
    move |value| match value.as_str() {
        Some(raw) => parse(raw).map_err(|error| error.to_string()),
        None => Err("must be a text".to_owned()),
    }
}

/// Reads a whole number by the rule of its kind.
pub(in super::super) fn number<T>(
    parse: impl Fn(i64) -> Result<T, InvalidValue>,
) -> impl Fn(&Value) -> Result<T, String> {
    move |value| match (whole(value), value.as_f64()) {
        (Some(number), _) => parse(number).map_err(|error| error.to_string()),
        (None, Some(number)) if number.fract() == 0.0 && number.abs() < WHOLE_END => Err(format!(
            "is written with a fraction or an exponent, which is exact below {EXACT_END} only; write it as a whole number"
        )),
        (None, Some(_)) => Err("must be a whole number, and one that fits into 64 bits".to_owned()),
        (None, None) => Err("must be a number".to_owned()),
    }
}

/// The whole number that a value is, however it is written: JSON knows one kind of number, and `1.0` is 1. None where
/// the way it is written does not say exactly which number it is.
pub(in super::super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        let exact = number.fract() == 0.0 && number.abs() < EXACT_END;
        exact.then_some(number as i64)
    })
}

/// Reads a yes or no.
pub(in super::super) fn flag(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

/// Reads a calendar date, written `yyyy-mm-dd` and in no other way.
pub(in super::super) fn date(value: &Value) -> Result<Date, String> {
    const WRONG: &str = "must be a calendar date like `2026-11-30`";
    let raw = value.as_str().ok_or(WRONG)?;
    let shaped = raw.len() == 10
        && raw.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return Err(WRONG.to_owned());
    }
    raw.parse().map_err(|_not_in_the_calendar: jiff::Error| WRONG.to_owned())
}

/// Reads one of a few words, each spelled as its name.
pub(in super::super) fn word<T: Named>(value: &Value) -> Result<T, String> {
    spelled(T::name)(value)
}

/// One of a few words, each as `name` spells it.
pub(in super::super) fn spelled<T: Named>(
    name: fn(T) -> &'static str,
) -> impl Fn(&Value) -> Result<T, String> {
    move |value| {
        let known = T::ALL.iter().copied().find(|state| value.as_str() == Some(name(*state)));
        let all = || T::ALL.iter().map(|state| name(*state)).collect::<Vec<_>>().join(", ");
        known.ok_or_else(|| format!("must be one of {}", all()))
    }
}

#[cfg(test)]
mod tests {
    use domain::{Amount, PersonName};

    use super::*;

    fn fields(value: Value) -> BodyFields {
        BodyFields::new(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut fields = fields(json!({ "name": 5, "amount": 0, "on": "2026-02-30" }));
        let name = fields.required("name", text(PersonName::parse));
        let amount = fields.required("amount", number(Amount::parse));
        fields.optional("on", date);
        fields.required("id", text(PersonName::parse));
        let names: Vec<Value> = fields.errors.iter().map(|error| error["field"].clone()).collect();
        assert_eq!(names, ["name", "amount", "on", "id"]);
        assert!(fields.finish(|| Some((name?, amount?))).is_err());
    }

    #[test]
    fn numbers_that_are_not_whole_or_too_large_are_refused_and_not_cut() {
        let read = number(Amount::parse);
        for raw in [
            "1.5",
            "1e-1",
            "1e30",
            "-1e30",
            "9007199254740993.0",
            "9223372036854775808",
            "-9223372036854775809",
            "\"1\"",
            "true",
        ] {
            assert!(read(&serde_json::from_str(raw).unwrap()).is_err(), "{raw}");
        }
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let read = number(Amount::parse);
        for (raw, wanted) in [("1", 1), ("1.0", 1), ("1e3", 1_000), ("10.00e-1", 1)] {
            let amount = read(&serde_json::from_str(raw).unwrap()).unwrap();
            assert_eq!(amount.points().value(), wanted, "{raw}");
        }
    }

    /// Numbers from 1e14 to 2^53−1, the same ones in every run.
    fn large_numbers() -> impl Iterator<Item = u64> {
        const FIRST: u64 = 100_000_000_000_000;
        (0..20_000_u64).map(|n| FIRST + xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) % ((1 << 53) - FIRST))
    }

    fn written_otherwise(number: u64) -> [String; 4] {
        let (head, last) = (number / 10, number % 10);
        [format!("{number}.0"), format!("{number}e0"), format!("{number}000e-3"), format!("{head}.{last}e1")]
    }

    #[test]
    fn a_large_whole_number_is_exactly_that_however_it_is_written_or_refused() {
        let read = number(|number| Ok::<_, InvalidValue>(number.unsigned_abs()));
        for wanted in large_numbers().chain([(1 << 52) - 1, 1 << 52, (1 << 53) - 1]) {
            for raw in written_otherwise(wanted) {
                let found = read(&serde_json::from_str(&raw).unwrap());
                if wanted < 1 << 52 {
                    assert_eq!(found, Ok(wanted), "{raw}");
                } else {
                    assert!(found.unwrap_err().contains("write it as a whole number"), "{raw}");
                }
            }
            assert_eq!(read(&serde_json::from_str(&wanted.to_string()).unwrap()), Ok(wanted));
        }
    }

    #[test]
    fn one_field_is_one_and_two_are_two() {
        let said = |value| {
            let mut fields = fields(value);
            fields.optional("on", date);
            fields.optional("until", date);
            format!("{:?}", fields.finish(|| Some(())).unwrap_err())
        };
        assert!(said(json!({ "on": 1 })).contains("1 field of the body"));
        assert!(said(json!({ "on": 1, "until": 2 })).contains("2 fields of the body"));
    }

    #[test]
    fn a_date_has_one_form() {
        for raw in
            ["20261130", "2026-11-30T00:00", "2026-11-31", "-02026-1-1", "２０２６-11-30", " 2026-11-30"]
        {
            assert!(date(&json!(raw)).is_err(), "{raw}");
        }
        assert!(date(&json!("2028-02-29")).is_ok());
    }
}
