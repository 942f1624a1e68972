//! What a server says about itself, and whether that will do.

use std::fmt;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::open_error::{OpenError, Refusals};
use crate::postgres::settings::PostgresSettings;

/// The first version that will do, as the server counts: 15.
const VERSION_LEAST: i32 = 150_000;
/// Settings that let a crash take what was acknowledged.
const SAFETY: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];

/// What was found.
#[derive(Debug, Clone)]
pub(super) struct FoundSchema {
    version_number: i32,
    version: String,
    encoding: String,
    is_standby: bool,
    /// As [`SAFETY`].
    safety: [String; 3],
}

/// A setting of the server by which a crash of its machine may take what was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// The setting that is `off`.
    pub setting: &'static str,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let setting = self.setting;
        write!(
            f,
            "the database runs with `{setting}` off: a crash may take what was acknowledged; switch it on"
        )
    }
}

impl FoundSchema {
    pub(super) async fn ask(
        connection: &mut PgConnection,
        settings: &PostgresSettings,
    ) -> Result<Self, OpenError> {
        let found = sqlx::query(include_str!("../sql/found.sql")).fetch_one(connection).await;
        let found = found.and_then(|row| Self::read(&row));
        found.map_err(|error| settings.failed("asking the server what it is", error))
    }

    /// What weakens it.
    pub(super) fn judge(&self, settings: &PostgresSettings) -> Result<Vec<Weakness>, OpenError> {
        let place = settings.place();
        if self.version_number < VERSION_LEAST {
            return Err(OpenError::TooOld { place, found: self.version.clone() });
        }
        if self.is_standby {
            return Err(OpenError::Standby { place });
        }
        if self.encoding != "UTF8" {
            return Err(OpenError::Encoding { place, found: self.encoding.clone() });
        }
        let off = SAFETY.into_iter().zip(&self.safety).filter(|(_, value)| *value == "off");
        Ok(off.map(|(setting, _)| Weakness { setting }).collect())
    }

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            version_number: row.try_get("version_number")?,
            version: row.try_get("version")?,
            encoding: row.try_get("encoding")?,
            is_standby: row.try_get("is_standby")?,
            safety: [row.try_get(SAFETY[0])?, row.try_get(SAFETY[1])?, row.try_get(SAFETY[2])?],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> FoundSchema {
        FoundSchema {
            version_number: 150_000,
            version: "15.0".to_owned(),
            encoding: "UTF8".to_owned(),
            is_standby: false,
            safety: ["on", "on", "on"].map(str::to_owned),
        }
    }

    fn judge(found: &FoundSchema) -> Result<Vec<Weakness>, OpenError> {
        found.judge(&PostgresSettings::parse("postgres://kim:s3cret@db/library").expect("it is one"))
    }

    #[test]
    fn a_primary_of_version_15_that_writes_to_disk_will_do() {
        assert_eq!(judge(&good()).expect("it will do"), []);
    }

    #[test]
    fn an_older_version_is_refused_with_what_was_found() {
        let old = FoundSchema { version_number: 140_011, version: "14.11 (Debian)".to_owned(), ..good() };
        let refusal = judge(&old).expect_err("it is too old").to_string();
        assert!(refusal.contains("14.11 (Debian)") && refusal.contains("15"), "{refusal}");
    }

    #[test]
    fn a_standby_is_refused() {
        let refusal = judge(&FoundSchema { is_standby: true, ..good() });
        assert!(matches!(refusal, Err(OpenError::Standby { .. })), "{refusal:?}");
    }

    #[test]
    fn a_database_of_another_encoding_is_refused() {
        let refusal = judge(&FoundSchema { encoding: "LATIN1".to_owned(), ..good() });
        assert!(matches!(refusal, Err(OpenError::Encoding { .. })), "{refusal:?}");
    }

    /// T13.
    #[test]
    fn each_setting_that_weakens_the_promise_is_named() {
        let weak = FoundSchema { safety: ["off", "off", "off"].map(str::to_owned), ..good() };
        let named = judge(&weak).expect("it is told, not refused");
        assert_eq!(named.iter().map(|weakness| weakness.setting).collect::<Vec<_>>(), SAFETY);
        let strong = FoundSchema { safety: ["on", "on", "remote_apply"].map(str::to_owned), ..good() };
        assert_eq!(judge(&strong).expect("it will do"), []);
    }
}
