//! The memory adapters.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "subjects are set up and read outside of test functions"
)]

mod baseline;
pub(crate) mod broker;
mod followed;
mod log;
mod tokens;
