//! The service over stores in a database of a MongoDB server.

/// A service over them.
type Server = crate::server::Server<tests::stores::Mongo>;

#[path = "suite.rs"]
mod suite;
