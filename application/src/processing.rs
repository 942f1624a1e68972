//! Processors: each follows the log with its own token and lets one reaction work on it.

mod processor;
mod reaction;
mod registration;
mod run;
mod set;
mod status;
mod supervisor;

mod assignment;
mod backoff;
mod batch;
mod claimed_segment;
mod committer;
mod context;
mod folding;
mod gauges;
mod halt;
mod handling;
mod held_lease;
mod item;
mod known;
mod lease;
mod log_source;
mod merging;
mod message_counts;
mod pages;
mod parked;
mod parking;
mod progress;
mod rebuilding;
mod relaying;
mod reporting;
mod retrying;
mod row_cache;
mod share;
mod shared_look;
mod supervision;

pub use assignment::Assignment;
pub use committer::Committer;
pub use context::{ProcessorContext, ProcessorSettings};
pub(crate) use halt::TORN;
pub use lease::Leases;
pub use log_source::LogSource;
pub use merging::CannotMerge;
pub(crate) use parking::letter_id;
pub use processor::Processor;
pub use progress::LiveProgress;
pub use reaction::{
    DecodedEvent, EventHandler, HandlingError, MessageProjection, Projection, Reaction, Relay, Sequence,
    cause_of,
};
pub use rebuilding::{CannotRebuild, RebuildStatus};
pub use registration::{NewProcessor, RegistrationError, register};
pub use run::run;
pub(crate) use set::WeakProcessors;
pub use set::{Processors, RepeatedName};
pub use status::{ProcessorStatus, ReactionKind, SegmentStatus, SourceKind, StepOutcome};
pub use supervision::supervise;
pub use supervisor::Supervisor;
