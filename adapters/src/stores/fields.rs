//! Stored rows, read by the names of their columns and checked.

use application::ports::BoxError;
use domain::Date;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::step_error::{StepError, StoreFailure};

/// A row or document as a driver hands it out; each value is none where nothing stands.
pub(crate) trait StoredRow {
    /// What goes wrong with the driver.
    type Failure: StoreFailure;

    fn integer(&self, column: &'static str) -> Result<Option<i64>, Self::Failure>;

    fn flag(&self, column: &'static str) -> Result<Option<bool>, Self::Failure>;

    fn text(&self, column: &'static str) -> Result<Option<&str>, Self::Failure>;

    fn bytes(&self, column: &'static str) -> Result<Option<&[u8]>, Self::Failure>;

    fn id(&self, column: &'static str) -> Result<Option<Uuid>, Self::Failure>;
}

/// A stored row, read column by column.
pub(crate) struct Fields<'r, R>(&'r R);

/// What reading a column comes to.
pub(crate) type Read<T, R> = Result<T, StepError<<R as StoredRow>::Failure>>;

impl<'r, R> Fields<'r, R> {
    pub(crate) const fn of(row: &'r R) -> Self {
        Self(row)
    }

    pub(crate) const fn row(&self) -> &'r R {
        self.0
    }
}

impl<'r, R: StoredRow> Fields<'r, R> {
    pub(crate) fn integer(&self, column: &'static str) -> Read<i64, R> {
        there(column, self.0.integer(column))
    }

    pub(crate) fn integer_or_none(&self, column: &'static str) -> Read<Option<i64>, R> {
        self.0.integer(column).map_err(StepError::Failed)
    }

    pub(crate) fn flag(&self, column: &'static str) -> Read<bool, R> {
        there(column, self.0.flag(column))
    }

    pub(crate) fn text(&self, column: &'static str) -> Read<&'r str, R> {
        there(column, self.0.text(column))
    }

    pub(crate) fn text_or_none(&self, column: &'static str) -> Read<Option<&'r str>, R> {
        self.0.text(column).map_err(StepError::Failed)
    }

    pub(crate) fn bytes(&self, column: &'static str) -> Read<&'r [u8], R> {
        there(column, self.0.bytes(column))
    }

    pub(crate) fn bytes_or_none(&self, column: &'static str) -> Read<Option<&'r [u8]>, R> {
        self.0.bytes(column).map_err(StepError::Failed)
    }

    pub(crate) fn id(&self, column: &'static str) -> Read<Uuid, R> {
        there(column, self.0.id(column))
    }

    pub(crate) fn id_or_none(&self, column: &'static str) -> Read<Option<Uuid>, R> {
        self.0.id(column).map_err(StepError::Failed)
    }

    /// A number that is never negative.
    pub(crate) fn number(&self, column: &'static str) -> Read<u64, R> {
        u64::try_from(self.integer(column)?).map_err(|error| unreadable(column, error))
    }

    /// A number below 2^32.
    pub(crate) fn small_number(&self, column: &'static str) -> Read<u32, R> {
        u32::try_from(self.integer(column)?).map_err(|error| unreadable(column, error))
    }

    /// A time in microseconds.
    pub(crate) fn moment(&self, column: &'static str) -> Read<Timestamp, R> {
        Timestamp::from_microsecond(self.integer(column)?).map_err(|error| unreadable(column, error))
    }

    pub(crate) fn time(&self, column: &'static str) -> Read<Timestamp, R> {
        self.parsed(column, str::parse)
    }

    pub(crate) fn time_or_none(&self, column: &'static str) -> Read<Option<Timestamp>, R> {
        self.parsed_or_none(column, str::parse)
    }

    pub(crate) fn date(&self, column: &'static str) -> Read<Date, R> {
        self.parsed(column, str::parse)
    }

    pub(crate) fn parsed<T, E: Into<BoxError>>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Read<T, R> {
        parse(self.text(column)?).map_err(|error| unreadable(column, error))
    }

    pub(crate) fn parsed_or_none<T, E: Into<BoxError>>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Read<Option<T>, R> {
        self.text_or_none(column)?.map(parse).transpose().map_err(|error| unreadable(column, error))
    }
}

fn there<T, F: StoreFailure>(column: &'static str, found: Result<Option<T>, F>) -> Result<T, StepError<F>> {
    found.map_err(StepError::Failed)?.ok_or_else(|| unreadable(column, "it is empty"))
}

/// A column that holds, or was to hold, something no version of this program has written.
pub(crate) fn unreadable<F: StoreFailure>(column: &'static str, source: impl Into<BoxError>) -> StepError<F> {
    StepError::Failed(F::unreadable(Box::new(Unreadable { column, source: source.into() })))
}

/// A limit as databases count.
pub(crate) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[derive(Debug, Error)]
#[error("column {column} cannot be read")]
struct Unreadable {
    column: &'static str,
    source: BoxError,
}
