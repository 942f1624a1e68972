//! Technologies behind the ports: a folder each.

pub mod bench;
pub mod client;
pub mod http;
pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "postgres")]
mod stores;
pub mod system_clock;
