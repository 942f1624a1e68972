//! Request bodies: kept as they were sent, and taken apart as one JSON object.

mod canonical;
mod entries;
mod fields;

use std::collections::BTreeMap;

use application::codec::Fingerprint;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use thiserror::Error;

use super::edge::Arrived;
use super::problem::{Problem, UNKNOWN_FIELD, UNREADABLE_BODY, UNSUPPORTED_MEDIA_TYPE};
use entries::Entries;
pub(super) use fields::{BodyFields, date, flag, number, spelled, text, whole, word};

/// The most levels a body may nest.
const DEPTH_MAX: usize = 32;
/// The most characters of an unknown field's name that are repeated in the answer.
const SHOWN_MAX: usize = 64;

/// A body as it was sent.
pub(super) struct Body(Bytes);

#[derive(Debug, Error)]
#[error("a route wants a body, and the edge reads none for requests of its kind")]
struct NotRead;

impl Body {
    /// The fingerprint of what the body says, which is the same however it is spaced and ordered.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        canonical::canonical(&self.0)
            .map_or_else(|| self.fingerprint_as_sent(), |said| Fingerprint::of(said.as_bytes()))
    }

    /// The fingerprint of the bytes as they were sent, which earlier versions recorded.
    pub(super) fn fingerprint_as_sent(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }

    /// The fields of the object that the body is; there are no others than `known`.
    pub(super) fn fields(&self, known: &[&'static str]) -> Result<BodyFields, Problem> {
        if let Some(offset) = too_deep(&self.0) {
            return Err(too_deep_at(&self.0[..offset]));
        }
        let entries: Entries = serde_json::from_slice(&self.0).map_err(|error| unreadable(&error))?;
        if let Some(name) = entries.repeated {
            let name = shown(&name);
            let detail = format!("the field `{name}` stands in the body twice; give it once");
            return Err(Problem::new(&UNREADABLE_BODY, detail).with("field", name));
        }
        match entries.fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(unknown(name, known)),
            None => Ok(BodyFields::new(entries.fields)),
        }
    }

    /// The same where every field may be left out: then there may be no body at all.
    pub(super) fn fields_if_any(&self, known: &[&'static str]) -> Result<BodyFields, Problem> {
        if self.0.is_empty() { Ok(BodyFields::new(BTreeMap::new())) } else { self.fields(known) }
    }

    /// Makes sure that there is no body, or an object without fields.
    pub(super) fn nothing(&self) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.fields(&[]).map(|_no_fields| ())
    }
}

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let media = media_type(request.headers());
        let arrived = request.extensions().get::<Arrived>().cloned();
        let Arrived(arrived) = arrived.ok_or_else(|| Problem::defect(&NotRead))?;
        let bytes = arrived?;
        match media {
            Media::Json => Ok(Self(bytes)),
            Media::Unsaid if bytes.is_empty() => Ok(Self(bytes)),
            Media::Unsaid | Media::Other => Err(Problem::new(
                &UNSUPPORTED_MEDIA_TYPE,
                "send the body as `content-type: application/json` in UTF-8, without a content-encoding",
            )),
        }
    }
}

enum Media {
    Json,
    Unsaid,
    Other,
}

fn media_type(headers: &HeaderMap) -> Media {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Media::Other;
    }
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else { return Media::Unsaid };
    let said = content_type.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = said.split(';').map(str::trim);
    let json = parts.next() == Some("application/json");
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    if json && charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8") {
        return Media::Json;
    }
    Media::Other
}

fn unreadable(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let what = match error.classify() {
        serde_json::error::Category::Data => "the body is JSON, but not an object",
        serde_json::error::Category::Eof => "the body ends in the middle of its JSON",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "the body is not JSON",
    };
    let detail = format!("{what}, found at line {line} column {column}; send one JSON object");
    Problem::new(&UNREADABLE_BODY, detail).with("line", line).with("column", column)
}

fn unknown(name: &str, known: &[&str]) -> Problem {
    let (name, known) = (shown(name), known.join("`, `"));
    let detail = format!("the body has a field `{name}` that is not known here; known are `{known}`");
    Problem::new(&UNKNOWN_FIELD, detail).with("field", name)
}

fn shown(name: &str) -> String {
    name.chars().take(SHOWN_MAX).collect()
}

/// Where the first level stands that is one too many. Looks at brackets outside strings only: what else is wrong is
/// found by the parser, which this keeps from descending.
fn too_deep(body: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, &byte) in body.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Some(offset);
        }
    }
    None
}

fn too_deep_at(before: &[u8]) -> Problem {
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|&&byte| byte != b'\n').count() + 1;
    let detail = format!("the body nests deeper than {DEPTH_MAX} levels at line {line} column {column}");
    Problem::new(&UNREADABLE_BODY, detail).with("line", line).with("column", column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body(Bytes::copy_from_slice(text.as_bytes()))
    }

    fn slug(text: &str) -> &'static str {
        body(text).fields(&["a"]).err().unwrap().kind().slug
    }

    #[test]
    fn a_body_may_nest_thirty_two_levels_and_no_more() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(too_deep(nested(32).as_bytes()), None);
        assert_eq!(too_deep(nested(33).as_bytes()), Some(32));
    }

    #[test]
    fn brackets_in_strings_do_not_nest() {
        let text = format!(r#"{{"a":"\"{}"}}"#, "[".repeat(40));
        assert_eq!(too_deep(text.as_bytes()), None);
    }

    #[test]
    fn what_is_not_one_object_is_unreadable() {
        for text in ["", "1", "[]", "{\"a\":1}{}", "{\"a\":1,\"a\":2}", "{", "{'a':1}", "\u{feff}{}"] {
            assert_eq!(slug(text), "unreadable-body", "{text}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        assert_eq!(slug(r#"{"a":1,"b":2}"#), "unknown-field");
    }
}
