//! The folder with the files, held by one process at a time.

mod lock;

use std::collections::HashMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, Weak};

use application::ports::{Displaced, FileLoss};
use tokio::sync::{Mutex, MutexGuard};

use super::connection::{DatabaseFiles, OpenError};
use lock::Lock;

/// Nobody but this user may see what is in a folder that we make.
const OWN_FOLDER: u32 = 0o700;

/// A folder with database files. The process that holds it is the only one that writes there.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: Option<Lock>,
    opening: Mutex<()>,
    /// The files of each database in it that is open, by its path.
    files: std::sync::Mutex<HashMap<PathBuf, Weak<DatabaseFiles>>>,
}

impl Folder {
    /// Takes the folder for this process, and makes it when it is missing. The operating system gives it back when the
    /// process ends, however it ends.
    ///
    /// # Errors
    /// [`OpenError::Held`] when another process has it, [`OpenError::Folder`] when it cannot be made or written to,
    /// [`OpenError::Forbidden`] when its lock belongs to somebody else.
    pub fn hold(path: &Path) -> Result<Arc<Self>, OpenError> {
        let made = DirBuilder::new().recursive(true).mode(OWN_FOLDER).create(path);
        made.map_err(|source| OpenError::Folder { path: path.to_owned(), source })?;
        let lock = Some(Lock::take(path)?);
        Ok(Arc::new(Self {
            path: path.to_owned(),
            lock,
            opening: Mutex::default(),
            files: Default::default(),
        }))
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
        Ok(Arc::new(Self {
            path: path.to_owned(),
            lock: None,
            opening: Mutex::default(),
            files: Default::default(),
        }))
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

    /// Whether it is still this process that holds it: without the file that is locked, another one would find the
    /// folder free.
    ///
    /// # Errors
    /// [`Displaced`] when the file, or the folder itself, was taken away.
    pub fn check(&self) -> Result<(), Displaced> {
        self.lock.as_ref().map_or(Ok(()), Lock::check)
    }

    /// The files of the database in `path`, which has a connection: the same for all that have it open, since one of
    /// them may shorten what another one looks at.
    pub(super) fn files(&self, path: &Path) -> io::Result<Arc<DatabaseFiles>> {
        let mut known = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = known.get(path).and_then(Weak::upgrade)
            // Those of one that was closed are gone, and others have their names.
            && files.check().err().is_none_or(|displaced| displaced.loss == FileLoss::CutShort)
        {
            return Ok(files);
        }
        let files = Arc::new(DatabaseFiles::of(path)?);
        known.insert(path.to_owned(), Arc::downgrade(&files));
        Ok(files)
    }

    /// Lets the files in it be opened one after the other.
    pub(super) async fn opening(&self) -> MutexGuard<'_, ()> {
        self.opening.lock().await
    }
}
