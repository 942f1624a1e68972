//! The real binary under load, killed, starved and started again: what it acknowledged is there, once, and it goes on.

#![cfg(test)]
#![expect(clippy::print_stderr, reason = "seeds and figures are for whoever runs the tests")]
#![allow(
    clippy::duplicate_mod,
    reason = "what holds on every kind of store is there once for each, under its name"
)]

#[allow(dead_code, reason = "the tests beside the binary use more of it")]
#[path = "../../bootstrap/tests/binary/server.rs"]
mod server;

mod asking;
mod authority;
mod dice;
mod ledger;
mod lives;
mod outages;
mod people;
mod raw_rows;
mod small_disk;
mod store;
mod visit;

mod kafka;
mod mongo;
mod mongo_beside_postgres;
mod postgres;
mod postgres_beside_mongo;
mod sqlite;
