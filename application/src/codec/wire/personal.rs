//! Stored form of personal data: an object of its own, so that a sealed form can stand beside the plain one.

use domain::{Email, InvalidValue, PersonName};
use serde::de::IgnoredAny;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serializer};

use super::{Stored, Text, broken_rule};

/// Texts that are stored as `{"plain": "…"}`.
macro_rules! personal {
    ($($type:ty as $what:literal),+) => { $(
        impl Stored for $type {
            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                write(self.as_str(), to)
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                /// The text inside.
                struct Plain($type);

                impl<'de> Deserialize<'de> for Plain {
                    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                        let parse: fn(&str) -> Result<$type, InvalidValue> = <$type>::stored;
                        from.deserialize_str(Text { expected: $what, parse }).map(Self)
                    }
                }

                read::<Plain, D>(from).map(|plain| plain.0)
            }
        }
    )+ };
}

personal! {
    PersonName as "a name",
    Email as "an e-mail address"
}

fn write<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    let mut object = to.serialize_struct("Personal", 1)?;
    object.serialize_field("plain", text)?;
    object.end()
}

fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    #[derive(Deserialize)]
    struct Personal<T> {
        plain: Option<T>,
        sealed: Option<IgnoredAny>,
    }
    let Personal { plain, sealed } = Personal::<T>::deserialize(from)?;
    match (plain, sealed) {
        (Some(plain), None) => Ok(plain),
        (_, Some(_)) => Err(broken_rule("personal data is sealed, and this version has no key to open it")),
        (None, None) => Err(serde::de::Error::missing_field("plain")),
    }
}
