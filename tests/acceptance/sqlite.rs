//! The service over stores in files.

/// A service over them.
type Server = crate::server::Server<tests::stores::Sqlite>;

#[path = "suite.rs"]
mod suite;
