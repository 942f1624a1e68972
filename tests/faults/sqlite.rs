//! The binary over stores in files.

/// Where it keeps what it keeps.
type Store = crate::store::Files;

#[path = "suite.rs"]
mod suite;

mod rights;
mod room;
mod starts;
mod views;
