//! The service over stores in memory.

/// A service over them.
type Server = crate::server::Server<tests::stores::Memory>;

#[path = "suite.rs"]
mod suite;
