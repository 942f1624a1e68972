//! Technologies behind the ports: a folder each.

pub mod bench;
pub mod client;
pub mod http;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod memory;
#[cfg(feature = "mongo")]
pub mod mongo;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mongo")),
    expect(unused_imports, reason = "only databases store rows in forms")
)]
#[cfg_attr(
    not(any(feature = "postgres", feature = "mongo")),
    expect(dead_code, reason = "only stores that nodes share are polled")
)]
mod stores;
pub mod system_clock;
