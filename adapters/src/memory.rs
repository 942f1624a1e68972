//! Everything in memory: the same laws as a database keeps, and nothing of it outlives the process.

mod event_store;
mod publisher;
mod raw_limit;
mod token_store;

pub use event_store::MemoryEventStore;
pub use publisher::{Fault, MemoryPublisher};
pub use raw_limit::MemoryRawLimit;
pub use token_store::MemoryTokenStore;
