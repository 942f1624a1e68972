//! A clock whose port and timers are one: the paused time of the runtime.

mod clock;

pub use clock::SimulatedClock;
