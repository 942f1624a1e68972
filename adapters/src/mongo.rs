//! The stores on MongoDB servers: a log that several nodes append to, and a token store that they share.

mod connection;
mod event_store;
mod filling;
mod opening;
mod settings;
mod token_store;

pub use event_store::{MongoEventStore, MongoRawLimit};
pub use filling::MongoFilling;
pub use opening::MongoOpenError;
pub use settings::{MongoSettings, UrlError};
pub use token_store::MongoTokenStore;
