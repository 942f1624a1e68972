//! The pieces that stored forms are made of: how one value is written and read, and tables that make structs and
//! events.

mod personal;
mod requests;
mod values;

pub(super) use values::process_after;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value with a stored form. What is written is borrowed; what is read is checked by the domain's own rules.
pub(crate) trait Stored: Sized {
    /// Writes the value.
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;

    /// Reads it back. Errors may quote what was found: pass them through [`super::CodecProblem`].
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;

    /// Whether its field is left out.
    fn is_absent(&self) -> bool {
        false
    }
}

/// A value on its way out.
pub(crate) struct Out<'a, T>(pub(crate) &'a T);

impl<T: Stored> Out<'_, T> {
    /// Whether the field is left out.
    pub(crate) fn is_absent(&self) -> bool {
        self.0.is_absent()
    }
}

impl<T: Stored> Serialize for Out<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.write(to)
    }
}

/// A value on its way in.
pub(crate) struct In<T>(pub(crate) T);

impl<'de, T: Stored> Deserialize<'de> for In<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::read(from).map(Self)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(to),
            None => to.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::<In<T>>::deserialize(from)?.map(|value| value.0))
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter().map(Out))
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::<In<T>>::deserialize(from)?.into_iter().map(|value| value.0).collect())
    }
}

/// Reads a text with a rule.
pub(crate) struct Text<T, E> {
    /// What is expected, in words.
    pub(crate) expected: &'static str,
    /// The rule.
    pub(crate) parse: fn(&str) -> Result<T, E>,
}

impl<T, E: std::fmt::Display> Visitor<'_> for Text<T, E> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<F: serde::de::Error>(self, found: &str) -> Result<T, F> {
        (self.parse)(found).map_err(broken_rule)
    }
}

/// The error of a value that does not keep its rule. `rule` must not quote the value.
pub(super) fn broken_rule<E: serde::de::Error>(rule: impl std::fmt::Display) -> E {
    E::custom(format_args!("{BROKEN_RULE}{rule}"))
}

/// What the text of a [`broken_rule`] starts with, so that it is known as one that quotes nothing.
pub(super) const BROKEN_RULE: &str = "broken rule: ";

/// Structs whose stored form is an object of their fields in camelCase.
macro_rules! stored_structs {
    ($( $type:path { $( $(#[$attribute:meta])* $field:ident : $of:ty ),* $(,)? } )+) => { $(
        impl $crate::codec::wire::Stored for $type {
            fn write<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                #[derive(serde::Serialize)]
                #[serde(rename_all = "camelCase")]
                struct Wire<'a> { $(
                    $(#[$attribute])*
                    #[serde(skip_serializing_if = "crate::codec::wire::Out::is_absent")]
                    $field: $crate::codec::wire::Out<'a, $of>,
                )* }
                let Self { $($field),* } = self;
                serde::Serialize::serialize(&Wire { $($field: $crate::codec::wire::Out($field)),* }, to)
            }

            fn read<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Wire { $( $(#[$attribute])* $field: $crate::codec::wire::In<$of>, )* }
                let Wire { $($field),* } = serde::Deserialize::deserialize(from)?;
                Ok(Self { $($field: $field.0),* })
            }
        }
    )+ };
}

/// Enums without fields whose stored form is a name, which makes them [`Named`](super::Named).
macro_rules! stored_names {
    ($( $type:path as $what:literal { $( $variant:ident = $name:literal ),+ $(,)? } )+) => { $(
        impl $crate::codec::Named for $type {
            const ALL: &'static [Self] = &[$( Self::$variant ),+];

            fn name(self) -> &'static str {
                match self { $( Self::$variant => $name ),+ }
            }

            fn column_name(self) -> &'static str {
                match self { $( Self::$variant => {
                    const NAME: [u8; $name.len()] = $crate::codec::names::column_name($name);
                    const TEXT: &str = if let Ok(text) = std::str::from_utf8(&NAME) { text } else { $name };
                    TEXT
                } ),+ }
            }
        }

        impl $crate::codec::wire::Stored for $type {
            fn write<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str($crate::codec::Named::name(*self))
            }

            fn read<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                const RULE: &str = concat!($what, " must be one of the known names");
                let parse = |found: &str| match found { $( $name => Ok(Self::$variant), )+ _ => Err(RULE) };
                from.deserialize_str($crate::codec::wire::Text { expected: $what, parse })
            }
        }
    )+ };
}

pub(crate) use {stored_names, stored_structs};
