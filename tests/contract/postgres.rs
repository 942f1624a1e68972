//! The stores on a Postgres server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "schemas, connections and subjects are set up outside of test functions"
)]

mod log;
mod schema;
mod tokens;
