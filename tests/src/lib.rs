//! What the tests share: the laws of the ports, a library on any kind of stores, and a clock that stands still.

pub mod clock;
pub mod faulty_store;
pub mod faulty_tokens;
pub mod laws;
pub mod library;
pub mod own_infra;
pub mod proxy;
pub mod servers;
pub mod simulation;
pub mod stores;
pub mod topics;
