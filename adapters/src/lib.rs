//! Technologies behind the ports: a folder each.

pub mod bench;
pub mod client;
pub mod http;
pub mod memory;
#[cfg(feature = "postgres")]
mod poller;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod system_clock;
