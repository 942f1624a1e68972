//! A JSON object with its fields by name, that notices a field that stands there twice.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The fields of an object.
pub(super) struct Entries {
    /// By name; of those that stand twice, the last.
    pub(super) fields: BTreeMap<String, Value>,
    /// A name that stands there twice.
    pub(super) repeated: Option<String>,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Entries { fields: BTreeMap::new(), repeated: None };
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if entries.fields.insert(name.clone(), value).is_some() {
                entries.repeated = Some(name);
            }
        }
        Ok(entries)
    }
}
