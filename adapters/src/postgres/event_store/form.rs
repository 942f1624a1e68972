//! The tables of the log and how they come about.

use crate::postgres::opening::{Migration, SchemaSpec};

/// The log.
pub(super) const LOG: SchemaSpec = SchemaSpec {
    part: "log",
    holds: "the event log",
    migrations: &[FIRST, APPEND_EVENTS, APPEND_EVENTS, APPEND_EVENTS],
};

const FIRST: Migration = &[
    include_str!("../sql/log/event_table.sql"),
    include_str!("../sql/log/event_at_position.sql"),
    include_str!("../sql/log/event_of_command.sql"),
    include_str!("../sql/log/log_table.sql"),
    include_str!("../sql/log/snapshot_table.sql"),
    APPEND_EVENTS[1],
];

/// A step for each time the function was exchanged: for one that does not look commands up, for one of fewer
/// statements, and for one that compares the ids of the last events. All of them bring the newest, which can still be
/// called as the first one was, so nodes of all versions can call it.
const APPEND_EVENTS: Migration =
    &[include_str!("../sql/log/drop_older_append_events.sql"), include_str!("../sql/log/append_events.sql")];
