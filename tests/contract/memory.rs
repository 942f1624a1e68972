//! The memory adapters.

mod baseline;
mod followed;
mod log;
mod publisher;
mod tokens;
