//! Technologies behind the ports: a folder each.

pub mod client;
pub mod http;
pub mod memory;
pub mod system_clock;
