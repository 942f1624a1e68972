//! The binary over stores in a database of a replica set.

/// Where it keeps what it keeps.
type Store = crate::store::OnServer<tests::stores::Documents>;

#[path = "shared.rs"]
mod shared;
#[path = "suite.rs"]
mod suite;

#[path = "mongo/abandoned.rs"]
mod abandoned;
#[path = "cut.rs"]
mod cut;
#[path = "mongo/guarded.rs"]
mod guarded;
#[path = "mongo/left_open.rs"]
mod left_open;
#[path = "mongo/members.rs"]
mod members;
#[path = "mongo/outages.rs"]
mod outages;
#[path = "mongo/trust.rs"]
mod trust;
#[path = "mongo/users.rs"]
mod users;
