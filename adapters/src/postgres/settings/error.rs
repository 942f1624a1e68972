//! Why settings cannot be used.

use thiserror::Error;

use super::url::PARAMETERS;

/// Why settings cannot be used. Does not show what was given, since a password may stand in it.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The URL is for something else.
    #[error("the URL of the database has to begin with `postgres://` or `postgresql://`")]
    Scheme,
    /// The URL cannot be understood.
    #[error(
        "the URL of the database cannot be understood: {why}; write postgres://user:password@host:port/database and \
         percent-encode special characters in user and password"
    )]
    Url {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The URL has a parameter that would have no effect.
    #[error(
        "the URL of the database has the parameter `{name}`, which is not known here{}; there are {PARAMETERS}",
        like.map(|like| format!(" (did you mean `{like}`?)")).unwrap_or_default()
    )]
    Parameter {
        /// Its name.
        name: String,
        /// One that has nearly the same name.
        like: Option<&'static str>,
    },
    /// The same, and its name is not shown, because it may be a part of a password.
    #[error(
        "the URL of the database has a parameter that is not known here; there are {PARAMETERS}, and in user and password \
         special characters are percent-encoded"
    )]
    UnnamedParameter,
    /// A part of the URL cannot be what it says.
    #[error("`{name}` in the URL of the database cannot be what it says: {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// A variable cannot be what it says.
    #[error("the variable {name}, which counts for the database, cannot be what it says: {expected}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// The schema has no name of ours.
    #[error(
        "`{found}` cannot be our schema; use up to 63 lower-case letters, digits and underscores, not beginning with a digit or \
         `pg_`"
    )]
    Schema {
        /// What was given.
        found: String,
    },
}
