//! Why a folder or a file in it cannot be used.

use std::io;
use std::path::PathBuf;

use application::ports::BoxError;
use thiserror::Error;

/// Why a folder or a file in it cannot be used. Nothing was overwritten.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder cannot be made, read or written.
    #[error("the folder `{}` cannot be used; make it, or give this user the right to write there", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Another process has the folder.
    #[error("the folder `{}` is held by another process; stop that one, or name another folder", path.display())]
    Held {
        /// The folder.
        path: PathBuf,
    },
    /// The file is not there, and the folder is only looked into.
    #[error("`{}` with {holds} is not there; start the service once, or name another folder", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What it would hold.
        holds: &'static str,
    },
    /// The file is a database of somebody else.
    #[error("`{}` is not {holds}: its header says {found} instead of {expected}; name another folder", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it would hold.
        holds: &'static str,
        /// The application id in its header.
        found: i64,
        /// The application id that ours have.
        expected: i64,
    },
    /// A later version of this program has brought the file's tables further.
    #[error(
        "`{}` has tables of version {found} and this program knows {known}; use a newer program or restore a backup",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The latest version that is known here.
        known: i64,
    },
    /// The file's tables are of an earlier version, and the folder is only looked into.
    #[error("`{}` has tables of version {found} and {known} is needed; start the service once", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The version that is needed.
        known: i64,
    },
    /// The file cannot be read as a database.
    #[error("`{}` with {holds} is damaged or no database; {remedy}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        holds: &'static str,
        /// What to do about it.
        remedy: &'static str,
        /// What was found.
        #[source]
        source: sqlx::Error,
    },
    /// The file cannot be opened, made or brought up to date.
    #[error(
        "`{}` with {holds} cannot be opened; see that the disk has room and that this user may write there",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        holds: &'static str,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The file is ours and its first reading failed.
    #[error("`{}` with {holds} was opened and cannot be used; {remedy}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        holds: &'static str,
        /// What to do about it.
        remedy: &'static str,
        /// What was found.
        #[source]
        source: BoxError,
    },
}
