//! One form of each JSON text, so that a request is known again however it is spaced and whatever order its fields
//! have.

use serde_json::Value;

use super::fields::whole;

/// The body without spaces, with the fields of each object in order and whole numbers without a point; none when it is
/// not JSON.
pub(super) fn canonical(body: &[u8]) -> Option<String> {
    // What cannot be read is refused by whoever reads its fields.
    let value = serde_json::from_slice(body).ok()?;
    let mut text = String::with_capacity(body.len());
    write(&value, &mut text);
    Some(text)
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            enclosed(text, ['{', '}'], fields, |(name, value), text| {
                write(&Value::from(name.as_str()), text);
                text.push(':');
                write(value, text);
            });
        }
        Value::Array(items) => enclosed(text, ['[', ']'], items, write),
        Value::Number(_) => match whole(value) {
            Some(number) => text.push_str(&number.to_string()),
            None => text.push_str(&value.to_string()),
        },
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

fn enclosed<T>(
    text: &mut String,
    [open, close]: [char; 2],
    parts: impl IntoIterator<Item = T>,
    write: impl Fn(T, &mut String),
) {
    text.push(open);
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write(part, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_json_has_one_form() {
        for written in [
            r#"{"a":1,"b":["x",{"c":null,"d":true}]}"#,
            r#" { "b" : [ "x", { "d":true, "c":null } ] , "a":1 } "#,
            r#"{"a":1.0,"b":["\u0078",{"c":null,"d":true}]}"#,
        ] {
            assert_eq!(canonical(written.as_bytes()).unwrap(), r#"{"a":1,"b":["x",{"c":null,"d":true}]}"#);
        }
        assert_eq!(canonical(b"{"), None);
    }

    #[test]
    fn neighbouring_large_numbers_have_forms_of_their_own_however_they_are_written() {
        for number in [8_355_034_280_903_620_u64, 4_503_599_627_370_494, 100_000_000_000_001] {
            let form = |written: String| canonical(written.as_bytes()).unwrap();
            let [point, plain] = [form(format!("{number}.0")), form(number.to_string())];
            assert_ne!(point, form(format!("{}.0", number + 1)));
            assert_ne!(point, form((number + 1).to_string()));
            assert_eq!(point == plain, number < 1 << 52, "{number}");
        }
    }

    #[test]
    fn other_json_has_another_form() {
        let forms =
            [r#"{"a":1}"#, r#"{"a":"1"}"#, r#"{"a":1.5}"#, r#"{"a":[1]}"#, r#"{"a":1,"b":null}"#, "{}"]
                .map(|written| canonical(written.as_bytes()).unwrap());
        let different: std::collections::BTreeSet<_> = forms.iter().collect();
        assert_eq!(different.len(), forms.len());
    }
}
