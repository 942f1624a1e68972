//! What holds whatever the store is: included once for each kind.

use super::Store;

#[path = "suite/kills.rs"]
mod kills;
