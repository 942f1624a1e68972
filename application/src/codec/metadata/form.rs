//! The stored form of metadata.

use domain::{BookNo, MemberId, ProcessId};
use jiff::Timestamp;
use serde::de::Error;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::{Actor, Fingerprint, Metadata, SequenceKeys};
use crate::codec::wire::{Stored, Text, process_after, stored_names, stored_structs};
use crate::ports::event_store::{CommandId, EventId};

const BOOK: &str = "book:";
const MEMBER: &str = "member:";
const PROCESS: &str = "process:";

stored_structs! {
    Metadata {
        keys: SequenceKeys,
        correlation: Option<ProcessId>,
        causation: Option<EventId>,
        #[serde(rename = "commandId")]
        command: CommandId,
        fingerprint: Fingerprint,
        actor: Actor,
        traceparent: Option<String>,
        occurred_at: Timestamp,
    }
    ActorForm { kind: ActorKind, name: Option<String> }
}

stored_names! {
    ActorKind as "a kind of actor" { Anonymous = "ANONYMOUS", Service = "SERVICE", Named = "NAMED" }
}

/// Who asked, as stored.
struct ActorForm {
    kind: ActorKind,
    name: Option<String>,
}

/// Who asked, without the name.
#[derive(Clone, Copy)]
enum ActorKind {
    Anonymous,
    Service,
    Named,
}

/// Each sequence a text that says what it names, such as `book:7`.
impl Stored for SequenceKeys {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut keys = to.serialize_struct("SequenceKeys", 3)?;
        if let Some(book) = self.book {
            keys.serialize_field("book", &format!("{BOOK}{book}"))?;
        }
        if let Some(member) = &self.member {
            keys.serialize_field("member", &[MEMBER, member.as_str()].concat())?;
        }
        if let Some(process) = self.process {
            keys.serialize_field("process", &process_after(PROCESS, process))?;
        }
        keys.end()
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            book: Option<Key<BookNo>>,
            member: Option<Key<MemberId>>,
            process: Option<Key<ProcessId>>,
        }
        let Wire { book, member, process } = Wire::deserialize(from)?;
        Ok(Self {
            book: book.map(|key| key.0),
            member: member.map(|key| key.0),
            process: process.map(|key| key.0),
        })
    }
}

/// What a key names.
struct Key<T>(T);

macro_rules! keys {
    ($($of:ty = $prefix:expr, $parse:expr, $rule:literal);+ $(;)?) => { $(
        impl<'de> Deserialize<'de> for Key<$of> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let parse = |found: &str| found.strip_prefix($prefix).and_then($parse).map(Self).ok_or($rule);
                from.deserialize_str(Text { expected: "a key", parse })
            }
        }
    )+ };
}

keys! {
    BookNo = BOOK, |bare| BookNo::parse(bare.parse().ok()?).ok(), "a key must look like `book:…`";
    MemberId = MEMBER, |bare| MemberId::parse(bare).ok(), "a key must look like `member:…`";
    ProcessId = PROCESS, |bare| bare.parse().ok(), "a key must look like `process:…`";
}

impl Stored for Actor {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let form = match self {
            Self::Anonymous => ActorForm { kind: ActorKind::Anonymous, name: None },
            Self::Service(name) => ActorForm { kind: ActorKind::Service, name: Some(name.clone()) },
            Self::Named(name) => ActorForm { kind: ActorKind::Named, name: Some(name.clone()) },
        };
        form.write(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let ActorForm { kind, name } = ActorForm::read(from)?;
        let name = || name.ok_or_else(|| D::Error::missing_field("name"));
        match kind {
            ActorKind::Anonymous => Ok(Self::Anonymous),
            ActorKind::Service => Ok(Self::Service(name()?)),
            ActorKind::Named => Ok(Self::Named(name()?)),
        }
    }
}

/// 32 hexadecimal digits.
impl Stored for Fingerprint {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(Uuid::from_u128(self.0).simple().encode_lower(&mut Uuid::encode_buffer()))
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let parse = |found: &str| {
            let digits = found.len() == 32 && found.bytes().all(|b| b.is_ascii_hexdigit());
            let number = digits.then(|| u128::from_str_radix(found, 16));
            number.and_then(Result::ok).map(Self).ok_or("a fingerprint must be 32 hexadecimal digits")
        };
        from.deserialize_str(Text { expected: "a fingerprint", parse })
    }
}

impl Stored for Timestamp {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_string())
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        const RULE: &str = "a time must look like `2026-01-31T08:00:00Z`";
        // The parser's own error quotes the text.
        let parse = |found: &str| found.parse().map_err(|_| RULE);
        from.deserialize_str(Text { expected: "a time", parse })
    }
}

impl Stored for String {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }
}
