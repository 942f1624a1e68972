//! The memory adapters.

mod log;
mod publisher;
mod raw_limit;
mod tokens;
