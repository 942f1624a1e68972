//! The file of the log and how it comes to its tables.

use sqlx::sqlite::SqliteSynchronous;

use crate::sqlite::connection::{FileSpec, Migration};

/// The file `rental.db`.
pub(super) const LOG: FileSpec = FileSpec {
    file: "rental.db",
    holds: "the event log",
    mark: 0x6c69_6265,
    synchronous: SqliteSynchronous::Full,
    remedy: "move it away together with its `-wal` and `-shm` files, keep them, and restore a backup",
    migrations: &[FIRST],
};

const FIRST: Migration = &[
    include_str!("../sql/log/event_table.sql"),
    include_str!("../sql/log/event_in_stream.sql"),
    include_str!("../sql/log/event_of_command.sql"),
    include_str!("../sql/log/log_table.sql"),
    include_str!("../sql/log/snapshot_table.sql"),
    include_str!("../sql/log/mark.sql"),
    include_str!("../sql/log/version_1.sql"),
];
