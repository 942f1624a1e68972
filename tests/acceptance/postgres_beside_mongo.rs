//! The service over a log on a MongoDB server and a token store on a Postgres server.

use tests::stores::{Apart, Mongo, Postgres};

/// A service over both.
type Server = crate::server::Server<Apart<Mongo, Postgres>>;

#[path = "dead_letters.rs"]
mod dead_letters;
#[path = "processors.rs"]
mod processors;
#[path = "tour.rs"]
mod tour;
#[path = "waiting.rs"]
mod waiting;
