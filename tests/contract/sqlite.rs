//! The stores in files.

#![allow(
    clippy::unwrap_used,
    reason = "files, connections and subjects are set up outside of test functions"
)]

mod baseline;
mod copying;
mod earlier;
mod files;
mod followed;
mod killed;
mod log;
mod opening;
mod plans;
mod readers;
mod tokens;
mod views_file;
