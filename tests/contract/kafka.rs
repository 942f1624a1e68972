//! A Kafka broker.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "topics and subjects are set up outside of test functions"
)]

mod followed;
mod holes;
mod publisher;
mod refusals;
mod subscribed;
