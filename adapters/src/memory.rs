//! Everything in memory: the same laws as a database keeps, and nothing of it outlives the process.

mod baseline;
mod event_store;
mod publisher;
mod token_store;

pub use baseline::MemoryRawLimit;
pub use event_store::MemoryEventStore;
pub use publisher::{Fault, MemoryPublisher};
pub use token_store::MemoryTokenStore;
