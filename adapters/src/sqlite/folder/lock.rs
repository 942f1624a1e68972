//! The lock that shows who holds a folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use application::ports::Displaced;

use crate::sqlite::connection::{OWN_FILE, OpenError, stands_there};
use crate::sqlite::opened_file::OpenedFile;

/// The file that is locked. Never a database file: closing any handle of one drops the locks of the whole process.
const LOCK_FILE: &str = "rental.lock";

/// A lock that lasts as long as this value.
#[derive(Debug)]
pub(super) struct Lock {
    opened: OpenedFile,
    _file: File,
}

impl Lock {
    /// Takes the lock of a folder.
    pub(super) fn take(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(LOCK_FILE);
        let what = "the lock of its folder";
        stands_there(&path, what)?;
        let refused = |source| OpenError::Folder { path: folder.to_owned(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(OWN_FILE).open(&path);
        let file = file.map_err(|source| match source.kind() {
            ErrorKind::PermissionDenied if path.exists() => {
                OpenError::forbidden(path.clone(), what, source.into())
            }
            _ => refused(source),
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Held { path: folder.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
        let opened = OpenedFile::of(path, &file.metadata().map_err(refused)?);
        let lock = Self { opened, _file: file };
        // Between opening and locking it may have been exchanged: then the lock is on a file that nobody else looks at.
        lock.check().map_err(|_displaced| OpenError::Held { path: folder.to_owned() })?;
        Ok(lock)
    }

    /// Whether the file that is locked is the one that others would try to lock.
    pub(super) fn check(&self) -> Result<(), Displaced> {
        self.opened.check()
    }
}
