//! Everything in memory: the same laws as a database keeps, and nothing of it outlives the process.

mod baseline;
mod broker;
mod event_store;
mod token_store;

pub use baseline::MemoryRawLimit;
pub use broker::{Fault, MemoryBroker, MemoryPartition};
pub use event_store::MemoryEventStore;
pub use token_store::MemoryTokenStore;
