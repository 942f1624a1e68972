//! A record as it came, whatever is in it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use application::messages::ForeignRecord;
use bytes::Bytes;
use jiff::Timestamp;
use rdkafka::message::{BorrowedMessage, Headers, Message};

/// The header without which no message is read, with a value that none has: whoever reads the record rejects it.
const UNREADABLE: (&str, &[u8]) = ("ce_specversion", b"\xff");

/// The record of a message, under the name of its topic without a prefix.
pub(super) fn record_of(topic: &str, message: &BorrowedMessage<'_>) -> ForeignRecord {
    ForeignRecord {
        topic: topic.to_owned(),
        partition: message.partition(),
        offset: u64::try_from(message.offset()).unwrap_or_default(), // a record that is there has one
        time: message
            .timestamp()
            .to_millis()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .unwrap_or_default(),
        key: message.key().map(Bytes::copy_from_slice),
        headers: headers_of(message),
        body: message.payload().map(Bytes::copy_from_slice),
    }
}

/// The headers. The library panics at a name that is no text, and anybody may write one.
fn headers_of(message: &BorrowedMessage<'_>) -> Vec<(String, Bytes)> {
    let read = || {
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        let owned = |value: Option<&[u8]>| value.map(Bytes::copy_from_slice).unwrap_or_default();
        headers.map(|header| (header.key.to_owned(), owned(header.value))).collect()
    };
    let (name, value) = UNREADABLE;
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_panic| vec![(name.to_owned(), Bytes::from_static(value))])
}
