//! What the library does for those who ask: commands, reactions and queries, with ports for all that is outside.

pub mod archive;
pub mod codec;
pub mod commands;
pub mod control;
pub mod messages;
pub mod monitoring;
pub mod operations;
pub mod ports;
pub mod processing;
pub mod queries;
pub mod reactions;
pub mod services;
pub mod verify;
