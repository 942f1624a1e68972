//! What holds whatever the store is: included once for each kind.

use super::Store;

#[path = "suite/draining.rs"]
mod draining;
#[path = "suite/kills.rs"]
mod kills;
#[path = "suite/unreadable.rs"]
mod unreadable;
