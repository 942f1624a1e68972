//! The attributes of a CloudEvent, wherever they stand.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Received;
use crate::codec::CodecProblem;
use crate::messages::Envelope;
use crate::messages::envelope::{SPEC_VERSION, header};
use crate::ports::event_store::{EventId, Position, StreamName};

/// Names ids that are no UUIDs.
const FOREIGN_IDS: Uuid = Uuid::from_u128(0x5d0c_7a8e_9a3b_5c1f_8a54_0f3d_2b6e_91c7);
/// The longest id or source that is read, in bytes.
const TEXT_BYTES_MAX: usize = 255;

/// The attributes that are read, as texts; others are passed over.
#[derive(Default)]
pub(super) struct Attributes {
    spec_version: Option<String>,
    id: Option<String>,
    source: Option<String>,
    time: Option<String>,
    subject: Option<String>,
    causation: Option<String>,
    position: Option<String>,
    traceparent: Option<String>,
}

/// A whole message in structured mode.
#[derive(Deserialize)]
struct Structured<'a> {
    specversion: Option<String>,
    id: Option<String>,
    source: Option<String>,
    time: Option<String>,
    subject: Option<String>,
    causationid: Option<String>,
    traceparent: Option<String>,
    #[serde(borrow)]
    position: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl Attributes {
    /// The attributes of a message and the text of what it says; none when it is bare.
    pub(super) fn of<'a>(
        headers: &[(&str, &[u8])],
        text: &'a str,
    ) -> Result<(Option<Self>, &'a str), String> {
        let content_type = text_of(headers, header::CONTENT_TYPE)?.unwrap_or_default().to_ascii_lowercase();
        if content_type.starts_with("application/cloudevents+json") {
            let (attributes, said) = Self::in_body(text)?;
            return Ok((Some(attributes), said));
        }
        if content_type.starts_with("application/cloudevents") {
            return Err("`content-type` names a form of CloudEvents other than one event as JSON".to_owned());
        }
        if headers.iter().any(|(name, _)| name.starts_with("ce_")) {
            return Ok((Some(Self::in_headers(headers)?), text));
        }
        Ok((None, text))
    }

    /// The envelope they describe. What only tells where a message came from falls back to the record itself.
    pub(super) fn envelope(self, received: &Received<'_>) -> Result<Envelope, String> {
        match self.spec_version.as_deref() {
            Some(SPEC_VERSION) => {}
            Some(_) => return Err(format!("`specversion` is not {SPEC_VERSION}")),
            None => return Err("`specversion` is missing".to_owned()),
        }
        let id = id_of(&checked(self.id, "id")?);
        let bare = Envelope::without_attributes(received);
        Ok(Envelope {
            id,
            source: checked(self.source, "source")?,
            time: self.time.map_or(Ok(bare.time), |time| time_of(&time))?,
            subject: self.subject.and_then(|subject| StreamName::parse(&subject)).unwrap_or(bare.subject),
            position: self.position.and_then(|position| position_of(&position)).unwrap_or(bare.position),
            causation: EventId::new(
                self.causation.and_then(|event| Uuid::try_parse(&event).ok()).unwrap_or(id),
            ),
            traceparent: self.traceparent.filter(|traceparent| is_traceparent(traceparent)),
            kind: bare.kind,
        })
    }

    fn in_headers(headers: &[(&str, &[u8])]) -> Result<Self, String> {
        let text = |name| text_of(headers, name).map(|text| text.map(str::to_owned));
        Ok(Self {
            spec_version: text(header::SPEC_VERSION)?,
            id: text(header::ID)?,
            source: text(header::SOURCE)?,
            time: text(header::TIME)?,
            subject: text(header::SUBJECT)?,
            causation: text(header::CAUSATION_ID)?,
            position: text(header::POSITION)?,
            traceparent: text(header::TRACEPARENT)?,
        })
    }

    fn in_body(text: &str) -> Result<(Self, &str), String> {
        if !text.trim_ascii_start().starts_with('{') {
            return Err("an object is expected".to_owned());
        }
        let read: Result<Structured<'_>, _> = serde_json::from_str(text);
        let event = read.map_err(|error| CodecProblem::from(error).to_string())?;
        let attributes = Self {
            spec_version: event.specversion,
            id: event.id,
            source: event.source,
            time: event.time,
            subject: event.subject,
            causation: event.causationid,
            position: event.position.map(|raw| raw.get().trim_matches('"').to_owned()),
            traceparent: event.traceparent,
        };
        Ok((attributes, event.data.ok_or("`data` is missing")?.get()))
    }
}

impl Envelope {
    /// The envelope of a message that has none: it is its own event, in a log that is its partition.
    pub(super) fn without_attributes(received: &Received<'_>) -> Self {
        let Received { topic, partition, offset, time, .. } = *received;
        let id = Uuid::new_v5(&FOREIGN_IDS, format!("{topic}/{partition}/{offset}").as_bytes());
        Self {
            id,
            source: format!("/{topic}"),
            kind: topic.message_type().to_owned(),
            time,
            subject: StreamName::of(topic.name(), partition),
            position: Position::new(u64::try_from(offset).unwrap_or_default()),
            causation: EventId::new(id),
            traceparent: None,
        }
    }
}

fn text_of<'a>(headers: &[(&str, &'a [u8])], name: &str) -> Result<Option<&'a str>, String> {
    let mut values = headers.iter().filter(|(found, _)| *found == name).map(|(_, value)| *value);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(format!("header `{name}` stands there twice"));
    }
    // The error would say where, which helps nobody.
    std::str::from_utf8(value).map(Some).map_err(|_| format!("header `{name}` is not UTF-8"))
}

fn checked(text: Option<String>, name: &'static str) -> Result<String, String> {
    let text = text.ok_or_else(|| format!("`{name}` is missing"))?;
    match text.len() {
        1..=TEXT_BYTES_MAX if !text.contains(char::is_control) => Ok(text),
        1..=TEXT_BYTES_MAX => Err(format!("`{name}` holds a control character")),
        bytes => Err(format!("`{name}` has {bytes} bytes; 1 to {TEXT_BYTES_MAX} are allowed")),
    }
}

/// A UUID in its usual form is kept as it is; for every other text there is one made of it.
fn id_of(text: &str) -> Uuid {
    let usual = Uuid::try_parse(text).ok().filter(|id| id.to_string() == text);
    usual.unwrap_or_else(|| Uuid::new_v5(&FOREIGN_IDS, text.as_bytes()))
}

fn time_of(text: &str) -> Result<Timestamp, String> {
    // The parser's own error quotes the text.
    text.parse().map_err(|_| "`time` must look like `2026-01-31T08:00:00Z`".to_owned())
}

fn position_of(text: &str) -> Option<Position> {
    text.parse()
        .ok()
        .filter(|position: &i64| *position > 0)
        .map(|position| Position::new(position.unsigned_abs()))
}

/// W3C trace context: version, trace, parent and flags in lower-case hexadecimal digits.
fn is_traceparent(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([2, 32, 16, 2]) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}
