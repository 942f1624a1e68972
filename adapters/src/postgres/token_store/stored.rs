//! How values are read from columns, and checked.

use sqlx::postgres::PgRow;
use sqlx::{Column, Decode, Postgres, Row, Type, TypeInfo};
use uuid::Uuid;

use super::step_error::StepError;
use crate::postgres::connection::Failure;
use crate::stores::fields::{self, StoredRow};

pub(super) use fields::{count, unreadable};

/// A stored row, read column by column.
pub(super) type Fields<'r> = fields::Fields<'r, PgRow>;

impl<'r> Fields<'r> {
    /// A column as the driver reads it.
    pub(super) fn get<T: Decode<'r, Postgres> + Type<Postgres>>(
        &self,
        column: &'static str,
    ) -> Result<T, StepError> {
        Ok(self.row().try_get(column)?)
    }
}

impl StoredRow for PgRow {
    type Failure = Failure;

    fn integer(&self, column: &'static str) -> Result<Option<i64>, Failure> {
        // Kinds take two bytes.
        if self.try_column(column)?.type_info().name() == "INT2" {
            return Ok(self.try_get::<Option<i16>, _>(column)?.map(i64::from));
        }
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
        Ok(self.try_get(column)?)
    }
}
