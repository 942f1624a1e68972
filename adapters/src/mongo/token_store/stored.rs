//! How values stand in documents, and how they are read back and checked. Ids are text, which sorts as they do.

use application::ports::BoxError;
use application::ports::token_store::{Claim, Generation, ProcessorName, Segment};
use jiff::Timestamp;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, serialize_to_document};
use serde::Serialize;
use thiserror::Error;
use uuid::Uuid;

use super::step_error::StepError;
use crate::mongo::connection::{Failure, contradiction};
use crate::stores::fields::{self, StoredRow};

pub(super) use fields::{count, unreadable};

/// A stored document, read field by field.
pub(super) type Fields<'r> = fields::Fields<'r, Document>;

impl Fields<'_> {
    /// A time by the server's clock.
    pub(super) fn server_time(&self, field: &'static str) -> Result<Timestamp, StepError> {
        let Some(Bson::DateTime(date)) = self.row().get(field) else {
            return Err(unreadable(field, Misfit("no date")));
        };
        Timestamp::from_millisecond(date.timestamp_millis()).map_err(|error| unreadable(field, error))
    }
}

impl StoredRow for Document {
    type Failure = Failure;

    fn integer(&self, field: &'static str) -> Result<Option<i64>, Failure> {
        match self.get(field) {
            Some(Bson::Int32(number)) => Ok(Some(i64::from(*number))),
            found => fitting(found, Bson::as_i64, "no whole number"),
        }
    }

    fn flag(&self, field: &'static str) -> Result<Option<bool>, Failure> {
        fitting(self.get(field), Bson::as_bool, "neither true nor false")
    }

    fn text(&self, field: &'static str) -> Result<Option<&str>, Failure> {
        fitting(self.get(field), Bson::as_str, "no text")
    }

    fn bytes(&self, field: &'static str) -> Result<Option<&[u8]>, Failure> {
        fitting(self.get(field), bytes_of, "no bytes")
    }

    fn id(&self, field: &'static str) -> Result<Option<Uuid>, Failure> {
        self.text(field)?.map(Uuid::parse_str).transpose().map_err(contradiction)
    }
}

const fn bytes_of(value: &Bson) -> Option<&[u8]> {
    if let Bson::Binary(binary) = value { Some(binary.bytes.as_slice()) } else { None }
}

/// None where nothing stands.
fn fitting<'v, T>(
    found: Option<&'v Bson>,
    read: impl FnOnce(&'v Bson) -> Option<T>,
    misfit: &'static str,
) -> Result<Option<T>, Failure> {
    match found {
        None | Some(Bson::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| contradiction(Misfit(misfit))),
    }
}

#[derive(Debug, Error)]
#[error("it is {0}")]
struct Misfit(&'static str);

/// What belongs to a generation names it by this.
pub(super) fn generation_key(processor: &ProcessorName, number: Generation) -> String {
    format!("{}:{processor}", number.0)
}

/// What a segment, and its lease, is found by.
pub(super) fn segment_key(processor: &ProcessorName, number: Generation, segment: Segment) -> String {
    format!("{}:{segment}", generation_key(processor, number))
}

pub(super) fn claimed_key(claim: &Claim) -> String {
    segment_key(&claim.processor, claim.generation, claim.segment)
}

pub(super) fn binary(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
}

/// The document of something, as other stores keep its fields in columns.
pub(super) fn document(value: &impl Serialize) -> Result<Document, StepError> {
    serialize_to_document(value).map_err(|error| unreadable("a document", BoxError::from(error)))
}
