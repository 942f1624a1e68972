//! The memory adapters.

mod log;
mod publisher;
mod tokens;
