//! The application on memory ports, and where it matters on others, with a clock that stands still.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is a test")]

mod commands;
mod exchange;
mod following;
mod invariants;
mod message_metrics;
mod operations;
mod plain_peers;
mod processing;
mod rebuilding;
mod saga;
mod services;
mod unsaid;
mod verify;
