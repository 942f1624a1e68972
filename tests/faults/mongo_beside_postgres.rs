//! The binary over a log on a replica set and a token store in a schema of a database.

use tests::stores::{Documents, Schema};

/// Where it keeps what it keeps.
type Store = crate::store::Pair<Documents, Schema>;

#[path = "shared.rs"]
mod shared;
