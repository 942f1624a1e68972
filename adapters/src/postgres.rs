//! The stores on a Postgres server: a log that several nodes append to, and a token side that they share.

mod connection;
mod event_store;
mod opening;
mod settings;

pub use event_store::PostgresEventStore;
pub use opening::{OpenError, Place, Weakness};
pub use settings::{PostgresSettings, SettingsError};
