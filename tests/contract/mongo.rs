//! The stores on a MongoDB server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "databases, connections and subjects are set up outside of test functions"
)]

mod abandoned;
mod baseline;
mod fail_points;
mod faults;
mod followed;
mod log;
mod lost;
mod opening;
mod order;
mod plans;
mod proof;
mod questions;
mod roles;
mod swept;
mod together;
mod token_collections;
mod token_lost;
mod tokens;
