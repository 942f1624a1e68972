//! The envelope on its way in: CloudEvents in binary and structured mode, and bare JSON.

mod attributes;

use jiff::Timestamp;

use super::{Envelope, Message, MessageError, Topic, json};
use attributes::Attributes;

/// A record as it came from a topic.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The topic.
    pub topic: Topic,
    /// The partition of it.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// When it was written, as its topic says.
    pub time: Timestamp,
    /// Its headers, in order.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Its body; none is a deletion mark.
    pub body: Option<&'a [u8]>,
}

/// Reads a record. What follows from a message depends on its topic and body, and for knowing a repeat on source and
/// id; all other headers and the record's key only describe it.
///
/// # Errors
/// [`MessageError`] says what of it cannot be read, without quoting the body.
pub fn read(received: &Received<'_>) -> Result<Message, MessageError> {
    read_parts(received).map_err(|found| MessageError::Unreadable { topic: received.topic.name(), found })
}

fn read_parts(received: &Received<'_>) -> Result<Message, String> {
    let text = json::text_of(received.body.ok_or("it has no body")?)?;
    let (attributes, text) = Attributes::of(received.headers, text)?;
    let body = json::parse(received.topic, text)?;
    let envelope = match attributes {
        Some(attributes) => attributes.envelope(received)?,
        None => Envelope::without_attributes(received),
    };
    Ok(Message { topic: received.topic, key: body.key(), envelope, body })
}
