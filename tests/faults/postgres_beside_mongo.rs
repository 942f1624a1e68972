//! The binary over a log in a schema of a database and a token store on a replica set.

use tests::stores::{Documents, Schema};

/// Where it keeps what it keeps.
type Store = crate::store::Pair<Schema, Documents>;

#[path = "shared.rs"]
mod shared;
