//! The stores on a Postgres server: a log that several nodes append to, and a token store that they share.

mod connection;
mod event_store;
mod filling;
mod opening;
mod settings;
mod token_store;

pub use event_store::{PostgresEventStore, PostgresRawLimit};
pub use filling::PostgresFilling;
pub use opening::{OpenError, ServerName, Weakness};
pub use settings::{PostgresSettings, SettingsError};
pub use token_store::PostgresTokenStore;
