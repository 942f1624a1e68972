//! The stores on MongoDB servers: a log that several nodes append to, and a token store that they share.

#[allow(dead_code, unused_imports, reason = "the stores that use it come next")]
mod connection;
#[allow(dead_code, reason = "the stores that use it come next")]
mod settings;

pub use settings::{MongoSettings, UrlError};
