//! Every adapter, held to every law of its ports.

mod bench;
mod controls;
mod kafka;
mod memory;
mod mongo;
mod postgres;
mod sqlite;
