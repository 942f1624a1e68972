//! The files that an open database writes to, and whether they are still the ones that others would find.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use application::ports::Displaced;

use crate::sqlite::folder::Folder;
use crate::sqlite::opened_file::OpenedFile;

/// What stands beside a database file while it is open. It comes with the first connection and stays until the last one is
/// closed, so a file of the same name that is another one was put there by somebody else.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The files as they were when they were opened. Opened with the folder, they last as long as it is held.
#[derive(Debug)]
pub(super) struct Files {
    folder: Arc<Folder>,
    opened: Vec<OpenedFile>,
}

impl Files {
    /// Those of the database in `path`, which has a connection.
    pub(super) fn of(folder: Arc<Folder>, path: &Path) -> io::Result<Self> {
        let companions = COMPANIONS.map(|ending| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            name.into()
        });
        let opened = [path.to_owned()].into_iter().chain(companions).map(OpenedFile::under);
        Ok(Self { folder, opened: opened.collect::<io::Result<_>>()? })
    }

    /// Says in the log when others on the machine may read what is in them, which hold names of members.
    pub(super) fn warn_if_open_to_others(&self, path: &Path) {
        let others = |path: &Path| fs::metadata(path).map_or(0, |found| found.mode() & 0o077);
        let (in_folder, in_file) = (others(self.folder.path()), others(path));
        if in_folder & 0o055 != 0 && in_file & 0o044 != 0 {
            tracing::warn!(file = ?path, "other users may read this file; `chmod 600` it, or `chmod 700` its folder");
        }
    }

    /// Whether what is written now would be there for the next process.
    pub(super) fn check(&self) -> Result<(), Displaced> {
        self.opened.iter().try_for_each(OpenedFile::check)?;
        self.folder.check()
    }
}
