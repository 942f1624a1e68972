//! The tables of the log and how they come about.

use crate::postgres::opening::{Form, Migration};

/// The log.
pub(super) const LOG: Form =
    Form { part: "log", holds: "the event log", migrations: &[FIRST, COMMANDS_BY_INDEX] };

const FIRST: Migration = &[
    include_str!("../sql/log/event_table.sql"),
    include_str!("../sql/log/event_at_position.sql"),
    include_str!("../sql/log/event_of_command.sql"),
    include_str!("../sql/log/log_table.sql"),
    include_str!("../sql/log/snapshot_table.sql"),
    include_str!("../sql/log/append_events.sql"),
];

/// Known commands are refused by their index instead of being looked up each time. A new log has the function from the first step;
/// here it takes the place of the one that an older log has, for nodes of both versions, since it is called alike.
const COMMANDS_BY_INDEX: Migration = &[include_str!("../sql/log/append_events.sql")];
