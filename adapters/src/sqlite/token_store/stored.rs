//! How values stand in columns, and how they are read back and checked.

use application::ports::BoxError;
use domain::Date;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use thiserror::Error;
use uuid::Uuid;

use super::super::connection::Failure;
use super::step_error::StepError;

/// A stored row, read column by column.
pub(super) struct Fields<'r>(pub(super) &'r SqliteRow);

impl<'r> Fields<'r> {
    /// A column as the driver reads it.
    pub(super) fn get<T: Decode<'r, Sqlite> + Type<Sqlite>>(
        &self,
        column: &'static str,
    ) -> Result<T, StepError> {
        Ok(self.0.try_get(column)?)
    }

    /// A number that is never negative.
    pub(super) fn number(&self, column: &'static str) -> Result<u64, StepError> {
        u64::try_from(self.get::<i64>(column)?).map_err(|error| unreadable(column, error))
    }

    /// A number below 2^32.
    pub(super) fn small_number(&self, column: &'static str) -> Result<u32, StepError> {
        u32::try_from(self.get::<i64>(column)?).map_err(|error| unreadable(column, error))
    }

    pub(super) fn id(&self, column: &'static str) -> Result<Uuid, StepError> {
        id_of(column, self.get(column)?)
    }

    pub(super) fn id_or_none(&self, column: &'static str) -> Result<Option<Uuid>, StepError> {
        self.get::<Option<&[u8]>>(column)?.map(|bytes| id_of(column, bytes)).transpose()
    }

    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp, StepError> {
        self.parsed(column, str::parse)
    }

    pub(super) fn time_or_none(&self, column: &'static str) -> Result<Option<Timestamp>, StepError> {
        self.parsed_or_none(column, str::parse)
    }

    pub(super) fn date(&self, column: &'static str) -> Result<Date, StepError> {
        self.parsed(column, str::parse)
    }

    pub(super) fn parsed<T, E: Into<BoxError>>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StepError> {
        parse(self.get(column)?).map_err(|error| unreadable(column, error))
    }

    pub(super) fn parsed_or_none<T, E: Into<BoxError>>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StepError> {
        let found = self.get::<Option<&str>>(column)?.map(parse).transpose();
        found.map_err(|error| unreadable(column, error))
    }
}

/// A column that holds something no version of this program has written.
pub(super) fn unreadable(column: &'static str, source: impl Into<BoxError>) -> StepError {
    StepError::Failed(Failure::contradiction(Unreadable { column, source: source.into() }))
}

#[derive(Debug, Error)]
#[error("column {column} cannot be read")]
struct Unreadable {
    column: &'static str,
    source: BoxError,
}

fn id_of(column: &'static str, bytes: &[u8]) -> Result<Uuid, StepError> {
    Uuid::from_slice(bytes).map_err(|error| unreadable(column, error))
}
