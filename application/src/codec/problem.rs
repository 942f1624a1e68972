//! What is wrong with a stored form, said without quoting any of it.

use thiserror::Error;

use super::wire::BROKEN_RULE;

/// What is wrong with a stored form. Neither its text nor its debug form holds anything of what was stored, since that
/// may be personal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}")]
pub(crate) struct CodecProblem {
    what: String,
}

impl CodecProblem {
    /// A problem in words that quote nothing.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }

    /// The same, with an event's metadata rather than its payload.
    pub(crate) fn in_metadata(self) -> Self {
        Self { what: format!("in the metadata, {self}") }
    }
}

impl From<serde_json::Error> for CodecProblem {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        let place = match error.line() {
            0 => String::new(),
            line => format!(" at line {line} column {}", error.column()),
        };
        let bare = text.strip_suffix(&place).unwrap_or(&text);
        let what = if error.is_data() { without_values(bare) } else { bare.to_owned() };
        Self { what: format!("{what}{place}") }
    }
}

/// Keeps of an error about values only what the code says itself.
fn without_values(text: &str) -> String {
    if let Some(rule) = text.strip_prefix(BROKEN_RULE) {
        return rule.to_owned();
    }
    if text.starts_with("missing field `") || text.starts_with("duplicate field `") {
        return text.to_owned();
    }
    let found = text.strip_prefix("invalid type: ").or_else(|| text.strip_prefix("invalid value: "));
    // The value stands between the kind found and the last `, expected `, whatever it holds.
    match (found, text.rsplit_once(", expected ")) {
        (Some(found), Some((_, expected))) => {
            let kind = found.split(['`', '"', ',']).next().unwrap_or_default().trim();
            format!("{kind} found where {expected} is expected")
        }
        _ => "a value of another form".to_owned(),
    }
}
