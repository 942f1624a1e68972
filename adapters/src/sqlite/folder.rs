//! The folder with the files, held by one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use super::connection::OpenError;

/// The file that is locked. Never a database file: closing any handle of one drops the locks of the whole process.
const LOCK_FILE: &str = "rental.lock";

/// A folder with database files. The process that holds it is the only one that writes there.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: Option<File>,
    opening: Mutex<()>,
}

impl Folder {
    /// Takes the folder for this process, and makes it when it is missing. The operating system gives it back when the
    /// process ends, however it ends.
    ///
    /// # Errors
    /// [`OpenError::Held`] when another process has it, [`OpenError::Folder`] when it cannot be made or written to.
    pub fn hold(path: &Path) -> Result<Arc<Self>, OpenError> {
        let refused = |source| OpenError::Folder { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(refused)?;
        let lock_path = path.join(LOCK_FILE);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(lock_path);
        let lock = lock.map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {
                Ok(Arc::new(Self { path: path.to_owned(), lock: Some(lock), opening: Mutex::default() }))
            }
            Err(TryLockError::WouldBlock) => Err(OpenError::Held { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(refused(source)),
        }
    }

    /// Looks into the folder beside the process that holds it, if there is one: files are only read, and none is made.
    ///
    /// # Errors
    /// [`OpenError::Folder`] when it is not there.
    pub fn look_into(path: &Path) -> Result<Arc<Self>, OpenError> {
        let found = fs::metadata(path).and_then(|found| {
            if found.is_dir() { Ok(()) } else { Err(io::Error::from(io::ErrorKind::NotADirectory)) }
        });
        found.map_err(|source| OpenError::Folder { path: path.to_owned(), source })?;
        Ok(Arc::new(Self { path: path.to_owned(), lock: None, opening: Mutex::default() }))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether files in it may be made and written.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.lock.is_some()
    }

    /// Lets the files in it be opened one after the other.
    pub(super) async fn opening(&self) -> MutexGuard<'_, ()> {
        self.opening.lock().await
    }
}
