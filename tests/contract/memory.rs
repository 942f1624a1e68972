//! The memory adapters.

mod baseline;
mod log;
mod publisher;
mod tokens;
