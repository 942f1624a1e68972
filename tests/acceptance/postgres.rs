//! The service over stores in a schema of a database.

/// A service over them.
type Server = crate::server::Server<tests::stores::Postgres>;

#[path = "suite.rs"]
mod suite;
