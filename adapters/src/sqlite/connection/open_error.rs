//! Why a folder or a file in it cannot be used.

mod rights;

use std::io;
use std::path::PathBuf;

use application::ports::BoxError;
use thiserror::Error;

use super::FileSpec;
use super::failure::{
    BUSY, CANNOT_OPEN, CORRUPT, FORBIDDEN, FULL, LOCKED, NOT_A_DATABASE, READ_ONLY, code_behind,
};
use rights::Hindrance;

pub(super) use rights::closed_folder_above;

/// Why a folder or a file in it cannot be used. Nothing was overwritten.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder cannot be made, read or written.
    #[error("the folder `{}` cannot be used; {}", path.display(), remedy_of(source))]
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
    /// Somebody else has the rights to a file.
    #[error(
        "`{}` with {holds} may not be read and written by this user: {found}; give this user the right with chmod or chown, or \
         start as the user it belongs to",
        path.display()
    )]
    Forbidden {
        /// The file, or the folder that it stands in.
        path: PathBuf,
        /// What it holds.
        holds: &'static str,
        /// Whose it is.
        found: String,
        /// What was said.
        #[source]
        source: BoxError,
    },
    /// Another program has the file locked.
    #[error(
        "`{}` with {holds} is locked by another program; end what has it open, such as a backup or a shell, and start again",
        path.display()
    )]
    Busy {
        /// The file.
        path: PathBuf,
        /// What it holds.
        holds: &'static str,
        /// What the database said.
        #[source]
        source: BoxError,
    },
    /// The disk is full.
    #[error("there is no room for `{}` with {holds}; free space on its disk and start again", path.display())]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// What it holds.
        holds: &'static str,
        /// What was said.
        #[source]
        source: BoxError,
    },
    /// Nothing can be written to the disk, and to read takes a file beside the database.
    #[error(
        "`{}` with {holds} stands on a disk that can only be read; copy its folder to one that can be written, and name that",
        path.display()
    )]
    ReadOnlyDisk {
        /// The file.
        path: PathBuf,
        /// What it holds.
        holds: &'static str,
        /// What was said.
        #[source]
        source: BoxError,
    },
    /// Something else has the name of the file.
    #[error("`{}`, where {holds} should be, is {found} and no file; move it away, or name another folder", path.display())]
    NotAFile {
        /// What is there.
        path: PathBuf,
        /// What the file would hold.
        holds: &'static str,
        /// What it is.
        found: &'static str,
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
        source: BoxError,
    },
    /// The file cannot be opened, made or brought up to date for another reason.
    #[error(
        "`{}` with {holds} cannot be opened; see that its disk can be read and written, and that this process may open \
         enough files",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        holds: &'static str,
        /// What was said.
        #[source]
        source: BoxError,
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

impl OpenError {
    /// Of a file that could not be opened, made or used: each reason has a remedy of its own.
    pub(in crate::sqlite) fn of_file(path: PathBuf, form: &FileSpec, source: BoxError) -> Self {
        let (holds, remedy) = (form.holds, form.remedy);
        let denied = source.downcast_ref::<io::Error>().map(io::Error::kind);
        match (code_behind(&*source), denied) {
            (Some(CORRUPT | NOT_A_DATABASE), _) => Self::Damaged { path, holds, remedy, source },
            (Some(BUSY | LOCKED), _) => Self::Busy { path, holds, source },
            (Some(FULL), _) | (_, Some(io::ErrorKind::StorageFull)) => Self::NoRoom { path, holds, source },
            (Some(FORBIDDEN | READ_ONLY | CANNOT_OPEN), _)
            | (_, Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)) => {
                match rights::hindrance_at(&path) {
                    Some(Hindrance::Rights(path)) => Self::forbidden(path, holds, source),
                    Some(Hindrance::ReadOnlyDisk) => Self::ReadOnlyDisk { path, holds, source },
                    None => Self::File { path, holds, source },
                }
            }
            _ => Self::File { path, holds, source },
        }
    }

    /// Of a file, or a folder, of somebody else.
    pub(in crate::sqlite) fn forbidden(path: PathBuf, holds: &'static str, source: BoxError) -> Self {
        let found = rights::owner_of(&path);
        Self::Forbidden { path, holds, found, source }
    }
}

/// What to do about a folder, by what the operating system says of it.
fn remedy_of(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "give this user the right to write there, or name another",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file stands in its place: name another"
        }
        io::ErrorKind::ReadOnlyFilesystem => "its disk can only be read: name another",
        io::ErrorKind::StorageFull => "free space on its disk, or name another",
        io::ErrorKind::NotFound => "make it, or name another",
        _ => "see what is said about it, or name another",
    }
}
