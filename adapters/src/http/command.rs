//! What a command brings beside its body: the key that makes a repeat known, the version it insists on, its trace; and
//! what its answer says in headers.

use application::codec::{Actor, Aggregate};
use application::commands::{Context, Executed};
use application::ports::event_store::{CommandId, Version};
use axum::Json;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::body::Body;
use super::current_log::CurrentLog;
use super::docs::values;
use super::problem::{INVALID_IDEMPOTENCY_KEY, INVALID_IF_MATCH, Problem};
use super::query::whole;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const KEY_CHARACTERS_MAX: usize = 255;

/// The namespace of command ids that are made from idempotency keys.
const NAMESPACE: Uuid = Uuid::from_u128(0x6c1b_0d0e_53a7_4f0c_9f44_8a3d_7f6e_21b5);

#[derive(Debug, Error)]
#[error("{doing} was answered as done, and nothing of it is recorded")]
struct NoEffect {
    doing: &'static str,
}

/// Where the last event of a command stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    version: u64,
    position: u64,
    /// The log that the position is of.
    #[schema(value_type = values::Id)]
    log_id: String,
}

/// The headers of a command, read.
pub(super) struct CommandHeaders {
    /// The log as the command finds it.
    pub(super) log: CurrentLog,
    command: CommandId,
    if_version: Option<Version>,
    traceparent: Option<String>,
}

impl CommandHeaders {
    /// What goes with the command.
    pub(super) fn context(self, body: &Body) -> Context {
        Context {
            command: self.command,
            fingerprint: body.fingerprint(),
            former_fingerprint: Some(body.fingerprint_as_sent()),
            actor: Actor::Anonymous,
            causation: None,
            traceparent: self.traceparent,
            if_version: self.if_version,
        }
    }
}

impl FromRequestParts<Api> for CommandHeaders {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = idempotency_key(&parts.headers)?;
        let command = match key {
            Some(key) => command_id(parts, api, &key).await,
            None => api.ids.next(),
        };
        Ok(Self {
            log: CurrentLog::from_request_parts(parts, api).await?,
            command: CommandId::new(command),
            if_version: if_match(&parts.headers)?,
            traceparent: traceparent(&parts.headers),
        })
    }
}

impl Written {
    /// What a command left in this log.
    pub(super) fn of<A: Aggregate>(executed: &Executed<A>, log: CurrentLog) -> Self {
        let (version, position) = (executed.version.value(), executed.position.value());
        Self { version, position, log_id: log.written() }
    }
}

/// The answer to a command that was done.
pub(super) fn done<A: Aggregate>(
    executed: &Executed<A>,
    status: StatusCode,
    answer: impl Serialize,
) -> Response {
    let tag = [(header::ETAG, etag(executed.version))];
    replayed(executed, (status, tag, Json(answer)).into_response())
}

/// The answer, saying whether it is one given before.
pub(super) fn replayed<A: Aggregate>(executed: &Executed<A>, response: Response) -> Response {
    replayed_when(executed.repeated, response)
}

/// The same of what is no aggregate.
pub(super) fn replayed_when(repeated: bool, mut response: Response) -> Response {
    if repeated {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The same answer with the place of what it made.
pub(super) fn located(mut response: Response, path: &str) -> Result<Response, Problem> {
    let place = HeaderValue::from_str(path).map_err(|error| Problem::defect(&error))?;
    response.headers_mut().insert(header::LOCATION, place);
    Ok(response)
}

/// A command that should have left something and did not: a defect.
pub(super) fn no_effect(doing: &'static str) -> Problem {
    Problem::defect(&NoEffect { doing })
}

/// A version as its entity tag.
pub(super) fn etag(version: Version) -> HeaderValue {
    // Digits in quotes are a header value always; the other arm is never met.
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// The route as it is written, the things it names, and the key: the same of all three is the same command.
async fn command_id(parts: &mut Parts, api: &Api, key: &str) -> Uuid {
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let mut name = format!("{} {route}", parts.method);
    if let Ok(named) = RawPathParams::from_request_parts(parts, api).await {
        named.iter().for_each(|(_, value)| name.extend(["\n", value]));
    }
    name.extend(["\n", key]);
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(key), another) = (given.next(), given.next()) else { return Ok(None) };
    let fits =
        (1..=KEY_CHARACTERS_MAX).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    match (key.to_str(), another) {
        (Ok(key), None) if fits => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(
            &INVALID_IDEMPOTENCY_KEY,
            "Idempotency-Key has to stand once, with 1 to 255 visible ASCII characters",
        )),
    }
}

fn if_match(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let mut given = headers.get_all(header::IF_MATCH).iter();
    let (Some(tag), another) = (given.next(), given.next()) else { return Ok(None) };
    // A proxy that packs answers makes their tags weak, and the client sends those back.
    let tagged = tag.to_str().ok().map(|tag| tag.trim()).map(|tag| tag.strip_prefix("W/").unwrap_or(tag));
    let quoted = tagged.and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    let version = quoted.and_then(whole).filter(|version| i64::try_from(*version).is_ok());
    match (version, another) {
        (Some(version), None) => Ok(Some(Version::new(version))),
        (_, _) => Err(Problem::new(
            &INVALID_IF_MATCH,
            "If-Match has to be one version in quotes, as the header ETag gave it, such as \"3\"",
        )),
    }
}

/// The trace, when it is well formed; another one is as if there were none, as the standard asks.
fn traceparent(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(TRACEPARENT)?.to_str().ok()?;
    let parts: Vec<&str> = given.split('-').collect();
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let named = |text: &str| text.bytes().any(|byte| byte != b'0');
    let well_formed = matches!(parts[..], [version, trace, span, flags]
        if version == "00" && hex(trace, 32) && named(trace) && hex(span, 16) && named(span) && hex(flags, 2));
    well_formed.then(|| given.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|value| (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap()))
            .collect()
    }

    /// T73.
    #[test]
    fn an_idempotency_key_has_1_to_255_visible_characters_and_stands_once() {
        let read =
            |values: &[&str]| idempotency_key(&headers(IDEMPOTENCY_KEY, values)).map_err(|p| p.kind().status);
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[&"k".repeat(255)]), Ok(Some("k".repeat(255))));
        for wrong in [&[""][..], &["a b"], &["é"], &["a", "a"], &[&"k".repeat(256)]] {
            assert_eq!(read(wrong), Err(400), "{wrong:?}");
        }
    }

    /// T74.
    #[test]
    fn if_match_is_one_version_in_quotes() {
        let read = |tag: &str| if_match(&headers(header::IF_MATCH, &[tag])).map_err(|p| p.kind().status);
        for right in ["\"12\"", "W/\"12\"", " \"12\" "] {
            assert_eq!(read(right), Ok(Some(Version::new(12))), "{right}");
        }
        for wrong in [
            "12",
            "*",
            "W/12",
            "w/\"12\"",
            "W/W/\"12\"",
            "\"\"",
            "\"-1\"",
            "\"1\", \"2\"",
            "\"9223372036854775808\"",
            "\"",
        ] {
            assert_eq!(read(wrong), Err(400), "{wrong}");
        }
    }

    #[test]
    fn a_trace_that_is_not_well_formed_is_dropped() {
        let read = |value: &str| traceparent(&headers(TRACEPARENT, &[value]));
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(read(good).as_deref(), Some(good));
        for wrong in [
            "",
            "00-x",
            &good.to_uppercase(),
            &good.replace("00-4", "ff-4"),
            &format!("{good}-1"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
