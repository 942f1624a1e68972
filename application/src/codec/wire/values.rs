//! Stored forms of single values: ids, numbers, dates and texts.

use std::str::FromStr;

use domain::{
    Amount, Author, BookNo, CardNo, ClearingId, Date, Description, Isbn, MemberId, Month, Points, ProcessId,
    Reason, RentalId, ReturnId, Title,
};
use serde::{Deserialize, Deserializer, Serializer};
use uuid::Uuid;

use super::{Stored, Text, broken_rule};
use crate::ports::event_store::{CommandId, EventId};

/// Texts that the domain checks.
macro_rules! texts {
    ($($type:ty as $what:literal),+ $(,)?) => { $(
        impl Stored for $type {
            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str(Text { expected: $what, parse: <$type>::stored })
            }
        }
    )+ };
}

/// Values that are shown and parsed.
macro_rules! shown {
    ($($type:ty as $what:literal by $parse:expr),+ $(,)?) => { $(
        impl Stored for $type {
            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str(Text { expected: $what, parse: $parse })
            }
        }
    )+ };
}

/// UUIDs, written without going through a formatter: most of what an event says are ids.
macro_rules! ids {
    ($($type:ty as $uuid:expr, $parse:expr);+ $(;)?) => { $(
        impl Stored for $type {
            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let uuid: fn(&Self) -> Uuid = $uuid;
                to.serialize_str(uuid(self).hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str(Text { expected: "a UUID", parse: $parse })
            }
        }
    )+ };
}

/// Whole numbers.
macro_rules! numbers {
    ($($type:ty : $of:ty = $value:expr, $parse:expr);+ $(;)?) => { $(
        impl Stored for $type {
            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let value: fn(&Self) -> $of = $value;
                serde::Serialize::serialize(&value(self), to)
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                ($parse)(<$of>::deserialize(from)?).map_err(broken_rule)
            }
        }
    )+ };
}

texts! {
    Title as "a title",
    Author as "an author",
    Description as "a description",
    Isbn as "an ISBN",
    Reason as "a reason",
}

shown! {
    MemberId as "a member id" by MemberId::parse,
    CardNo as "a card number" by CardNo::from_str,
    Month as "a month" by Month::from_str,
    Date as "a date" by date,
}

ids! {
    Uuid as |id| *id, uuid;
    RentalId as |id| id.uuid(), |text| uuid(text).map(RentalId::new);
    ReturnId as |id| id.uuid(), |text| uuid(text).map(ReturnId::new);
    ClearingId as |id| id.uuid(), |text| uuid(text).map(ClearingId::new);
    EventId as |id| id.uuid(), |text| uuid(text).map(EventId::new);
    CommandId as |id| id.uuid(), |text| uuid(text).map(CommandId::new);
}

numbers! {
    BookNo: i64 = |no| no.value(), BookNo::parse;
    Amount: i64 = |amount| amount.points().value(), Amount::parse;
    Points: i64 = |points| points.value(), |value| Ok::<_, &str>(Points::new(value));
    i32: i32 = |value| *value, Ok::<i32, &str>;
    u64: u64 = |value| *value, Ok::<u64, &str>;
    u32: u32 = |value| *value, Ok::<u32, &str>;
    bool: bool = |value| *value, Ok::<bool, &str>;
}

impl Stored for ProcessId {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&process_after("", *self))
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text { expected: "a process id", parse: Self::from_str })
    }
}

/// A process id behind a prefix.
pub(in crate::codec) fn process_after(prefix: &str, process: ProcessId) -> String {
    let (kind, id) = match process {
        ProcessId::Rent(id) => ("rent-", id.uuid()),
        ProcessId::Return(id) => ("return-", id.uuid()),
        ProcessId::Clearing(id) => ("clearing-", id.uuid()),
    };
    let mut text = String::with_capacity(64);
    text.push_str(prefix);
    text.push_str(kind);
    text.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    text
}

fn uuid(text: &str) -> Result<Uuid, &'static str> {
    // The parser's own error quotes characters of the text.
    Uuid::try_parse(text).map_err(|_| "a UUID must look like `01890a5d-ac96-774b-bcce-b302099a8057`")
}

fn date(text: &str) -> Result<Date, &'static str> {
    // A longer text may be a date with a time, which would be cut without a word; the parser's own error quotes it.
    let bare = (text.len() == 10).then_some(text).ok_or("a date must look like `2026-01-31`")?;
    bare.parse().map_err(|_| "a date must look like `2026-01-31`")
}
