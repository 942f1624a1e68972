//! How values are read from columns, and checked.

use application::ports::BoxError;
use domain::Date;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, Type};
use thiserror::Error;

use super::step_error::StepError;
use crate::postgres::connection::Failure;

/// A stored row, read column by column.
pub(super) struct Fields<'r>(pub(super) &'r PgRow);

impl<'r> Fields<'r> {
    /// A column as the driver reads it.
    pub(super) fn get<T: Decode<'r, Postgres> + Type<Postgres>>(
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

    /// A time in microseconds.
    pub(super) fn moment(&self, column: &'static str) -> Result<Timestamp, StepError> {
        Timestamp::from_microsecond(self.get(column)?).map_err(|error| unreadable(column, error))
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

/// A column that holds, or was to hold, something no version of this program has written.
pub(super) fn unreadable(column: &'static str, source: impl Into<BoxError>) -> StepError {
    StepError::Failed(Failure::contradiction(Unreadable { column, source: source.into() }))
}

/// A limit as the database counts.
pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[derive(Debug, Error)]
#[error("column {column} cannot be read")]
struct Unreadable {
    column: &'static str,
    source: BoxError,
}
