//! The binary over a log on a replica set, with tokens in files.

#[path = "mongo/outages.rs"]
mod outages;
