//! What holds whatever the store is: included once for each kind.

use super::Store;

#[path = "suite/draining.rs"]
mod draining;
#[path = "suite/kills.rs"]
mod kills;
#[path = "suite/long_streams.rs"]
mod long_streams;
#[path = "suite/snapshots.rs"]
mod snapshots;
#[path = "suite/starved.rs"]
mod starved;
#[path = "suite/unreadable.rs"]
mod unreadable;
