//! The tables of the log and how they come about.

use crate::postgres::opening::{Form, Migration};

/// The log.
pub(super) const LOG: Form =
    Form { part: "log", holds: "the event log", migrations: &[FIRST, APPEND_EVENTS, APPEND_EVENTS] };

const FIRST: Migration = &[
    include_str!("../sql/log/event_table.sql"),
    include_str!("../sql/log/event_at_position.sql"),
    include_str!("../sql/log/event_of_command.sql"),
    include_str!("../sql/log/log_table.sql"),
    include_str!("../sql/log/snapshot_table.sql"),
    APPEND_EVENTS[0],
];

/// A step for each time the function was exchanged, first for one that does not look commands up, then for one of fewer statements.
/// All of them bring the newest: it is called as the first one was, so nodes of all versions can call it.
const APPEND_EVENTS: Migration = &[include_str!("../sql/log/append_events.sql")];
