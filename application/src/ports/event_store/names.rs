//! How things of the log are named: streams, versions, positions, ids and types.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// The name of a stream, `{category}-{id}`; 1 to 255 bytes of visible ASCII.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName(Arc<str>);

impl StreamName {
    /// The stream of one thing of a category.
    #[must_use]
    pub fn of(category: &str, id: impl fmt::Display) -> Self {
        Self(format!("{category}-{id}").into())
    }

    /// A name as it was stored or asked for; none when it is empty, longer than 255 bytes, or holds something else than
    /// visible ASCII.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let fits = (1..=255).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(raw.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two texts between which the names of a category lie, those after `after` only.
    #[must_use]
    pub fn span_of(category: &str, after: Option<&Self>) -> (String, String) {
        // The character after `-` is the first that none of them has there.
        let (start, end) = (format!("{category}-"), format!("{category}."));
        let after = after.map(Self::as_str).filter(|after| **after > *start);
        (after.map_or(start, str::to_owned), end)
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(u64);

        impl $name {
            /// Before the first.
            pub const START: Self = Self(0);

            /// The one with this number; below 2^63, so that every store can keep it.
            #[must_use]
            pub const fn new(value: u64) -> Self {
                Self(value)
            }

            /// The number.
            #[must_use]
            pub const fn value(self) -> u64 {
                self.0
            }

            /// The one `count` further on.
            #[must_use]
            pub const fn plus(self, count: u64) -> Self {
                Self(self.0 + count)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// An event's place in its stream, from 1; 0 is before the first event.
    Version
);
number!(
    /// An event's place in the log, from 1; 0 is before the first event.
    Position
);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// This id.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The id itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// One event, for ever. UUIDv7.
    EventId
);
id!(
    /// One command, for ever: stands on the first event of what it did, so a repeat is known.
    CommandId
);
id!(
    /// One log: made when a store is created, so that tokens and snapshots of another log are known.
    LogId
);

/// The stored name of an event's type, `aggregate.event` in kebab case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeName(Cow<'static, str>);

impl TypeName {
    /// A name that stands in the code.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A name as it was stored, whoever wrote it.
    #[must_use]
    pub fn stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of event types.
pub type Types = std::collections::BTreeSet<TypeName>;
