//! How values stand in columns, and how they are read back and checked.

use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use uuid::Uuid;

use super::super::connection::Failure;
use super::step_error::StepError;
use crate::stores::fields::{self, StoredRow};

pub(super) use fields::{count, unreadable};

/// A stored row, read column by column.
pub(super) type Fields<'r> = fields::Fields<'r, SqliteRow>;

impl<'r> Fields<'r> {
    /// A column as the driver reads it.
    pub(super) fn get<T: Decode<'r, Sqlite> + Type<Sqlite>>(
        &self,
        column: &'static str,
    ) -> Result<T, StepError> {
        Ok(self.row().try_get(column)?)
    }
}

impl StoredRow for SqliteRow {
    type Failure = Failure;

    fn integer(&self, column: &'static str) -> Result<Option<i64>, Failure> {
        Ok(self.try_get(column)?)
    }

    fn flag(&self, column: &'static str) -> Result<Option<bool>, Failure> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: &'static str) -> Result<Option<&str>, Failure> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: &'static str) -> Result<Option<&[u8]>, Failure> {
        Ok(self.try_get(column)?)
    }

    fn id(&self, column: &'static str) -> Result<Option<Uuid>, Failure> {
        let bytes = self.bytes(column)?;
        bytes.map(Uuid::from_slice).transpose().map_err(Failure::contradiction)
    }
}
