//! Time, ids and dice: what the edge hands in, so that everything inside can be repeated exactly.

use jiff::Timestamp;
use uuid::Uuid;

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now, in UTC. May jump in either direction, as clocks do; nothing but deadlines and labels may depend on it.
    fn now(&self) -> Timestamp;

    /// Today in the library's time zone.
    fn today(&self) -> domain::Date;
}

/// Fresh ids, and the randomness of retries.
pub trait Ids: Send + Sync {
    /// A new id, UUIDv7, never given out before.
    fn next(&self) -> Uuid;

    /// A number from 0 (inclusive) to 1 (exclusive), evenly spread: jitter for retries.
    fn fraction(&self) -> f64;
}
