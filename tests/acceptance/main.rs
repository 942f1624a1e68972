//! The whole service over HTTP, once on each kind of store: what a client sees, and what a client can do to it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set its scene has failed"
)]
#![expect(clippy::duplicate_mod, reason = "the suite is there once for each kind of store, under its name")]

mod answer;
mod said;
mod server;
mod sse;

mod memory;
mod mongo;
mod mongo_beside_postgres;
mod postgres;
mod postgres_beside_mongo;
mod sqlite;

mod console;
mod docs;
mod reference;
mod restored;
mod turn;
