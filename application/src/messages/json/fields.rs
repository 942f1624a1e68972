//! The fields a message may have, each read by itself, so that an error can name it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::codec::CodecProblem;
use crate::codec::wire::{In, Stored};

/// Every field that some message has, unread. `null` counts as left out, others are passed over, and a name that stands
/// twice is refused: two readers might pick different ones.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JsonFields<'a> {
    #[serde(borrow)]
    pub(super) event_type: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) id_name: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) item: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) point: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) success: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) successed: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) is_successed: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) process_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) rental_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) return_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) rented_on: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) participant: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) step: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) reason: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) name: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) no: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) title: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) status: Option<&'a RawValue>,
}

impl<'a> JsonFields<'a> {
    /// The fields of an object.
    pub(super) fn of(text: &'a str) -> Result<Self, String> {
        // A list would be taken for the fields in their order.
        if !text.trim_ascii_start().starts_with('{') {
            return Err("an object is expected".to_owned());
        }
        serde_json::from_str(text).map_err(|error| CodecProblem::from(error).to_string())
    }

    /// The fields of an object that is itself a field.
    pub(super) fn within(raw: Option<&'a RawValue>, field: &'static str) -> Result<Self, String> {
        Self::of(required(raw, field)?.get()).map_err(|found| format!("`{field}`: {found}"))
    }
}

/// A field that has to be there.
pub(super) fn required<T>(value: Option<T>, field: &'static str) -> Result<T, String> {
    value.ok_or_else(|| format!("`{field}` is missing"))
}

/// A field's value, when it is there.
pub(super) fn value<T: Stored>(raw: Option<&RawValue>, field: &'static str) -> Result<Option<T>, String> {
    let Some(raw) = raw else { return Ok(None) };
    let read: Result<In<T>, _> = serde_json::from_str(raw.get());
    read.map(|value| Some(value.0)).map_err(|error| format!("`{field}`: {}", CodecProblem::from(error)))
}

/// The value of a field that has to be there.
pub(super) fn needed<T: Stored>(raw: Option<&RawValue>, field: &'static str) -> Result<T, String> {
    required(value(raw, field)?, field)
}
