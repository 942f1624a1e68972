//! The binary over stores in a schema of a database.

/// Where it keeps what it keeps.
type Store = crate::store::OnServer<tests::stores::Schema>;

#[path = "shared.rs"]
mod shared;
#[path = "suite.rs"]
mod suite;

#[path = "cut.rs"]
mod cut;
#[path = "postgres/newer.rs"]
mod newer;
#[path = "postgres/outages.rs"]
mod outages;
#[path = "postgres/own_server.rs"]
mod own_server;
#[path = "postgres/room.rs"]
mod room;
#[path = "postgres/trust.rs"]
mod trust;
