//! The log as lines of JSON: how events are shown, how a whole log is written out, and how it is read in again.

mod batch;
mod export;
mod import;
mod line;
mod lines;
mod problem;
mod shown_log;

pub use export::{ExportError, export};
pub use import::{ImportError, import};
pub use line::{Line, LineError, json_of};
pub use problem::LineProblem;
pub use shown_log::{ReadError, ShownLog, StoredLog, Walk};
