//! The binary over stores in a schema of a database.

/// Where it keeps what it keeps.
type Store = crate::store::Database;

#[path = "suite.rs"]
mod suite;
