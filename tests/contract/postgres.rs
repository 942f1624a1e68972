//! The stores on a Postgres server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "schemas, connections and subjects are set up outside of test functions"
)]

mod baseline;
mod earlier;
mod followed;
mod log;
mod lost;
mod opening;
mod order;
mod plans;
mod pooler;
mod proof;
mod proxy;
mod restored;
mod roles;
mod round_trips;
mod schema;
mod sessions;
mod swept;
mod together;
mod tokens;
