//! Every adapter, held to every law of its ports.

mod bench;
mod controls;
mod memory;
mod postgres;
mod sqlite;
