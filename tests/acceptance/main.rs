//! The whole service over HTTP, on memory ports: what a client sees, and what a client can do to it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set its scene has failed"
)]

mod answer;
mod server;
mod sse;

mod dates;
mod dead_letters;
mod disconnects;
mod docs;
mod events;
mod hostile;
mod idempotency;
mod limits;
mod lists;
mod live;
mod origins;
mod privacy;
mod processors;
mod reference;
mod refusals;
mod review;
mod series;
mod slow;
mod tour;
mod troubles;
mod versions;
mod waiting;
mod watching;
