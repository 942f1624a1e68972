//! The whole service over HTTP, on memory ports: what a client sees, and what a client can do to it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set its scene has failed")]

mod answer;
mod server;

mod dates;
mod disconnects;
mod docs;
mod events;
mod hostile;
mod idempotency;
mod limits;
mod lists;
mod processors;
mod refusals;
mod tour;
mod troubles;
mod versions;
mod waiting;
