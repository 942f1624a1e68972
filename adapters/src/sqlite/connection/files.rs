//! The files that an open database writes to, and whether they are still the ones that others would find.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use application::ports::Displaced;

use crate::sqlite::folder::Folder;
use crate::sqlite::opened_file::OpenedFile;

/// What stands beside a database file while it is open. It comes with the first connection and stays until the last one
/// is closed, so a file of the same name that is another one was put there by somebody else.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The names of what stands beside the database in `path`.
pub(super) fn beside(path: &Path) -> [PathBuf; 2] {
    COMPANIONS.map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        name.into()
    })
}

/// The files as they were when they were opened. Opened with the folder, they last as long as it is held.
#[derive(Debug)]
pub(super) struct Files {
    folder: Arc<Folder>,
    opened: Arc<DatabaseFiles>,
}

/// A database file and its companions, without the folder that they stand in.
#[derive(Debug)]
pub(in crate::sqlite) struct DatabaseFiles {
    main: OpenedFile,
    wal: OpenedFile,
    shm: OpenedFile,
}

impl DatabaseFiles {
    /// Those of the database in `path`, which has a connection.
    pub(in crate::sqlite) fn of(path: &Path) -> io::Result<Self> {
        let [wal, shm] = beside(path).map(OpenedFile::under);
        Ok(Self { main: OpenedFile::under(path.to_owned())?, wal: wal?, shm: shm? })
    }

    /// Whether they are where they were opened, and hold what was written.
    pub(in crate::sqlite) fn check(&self) -> Result<(), Displaced> {
        [&self.main, &self.wal, &self.shm].into_iter().try_for_each(OpenedFile::check)
    }

    /// The write-ahead log, which a checkpoint of ours may shorten.
    pub(super) const fn wal(&self) -> &OpenedFile {
        &self.wal
    }
}

impl Files {
    /// Those of the database in `path`, which has a connection.
    pub(super) fn of(folder: Arc<Folder>, path: &Path) -> io::Result<Self> {
        let opened = folder.files(path)?;
        Ok(Self { folder, opened })
    }

    /// The same without the folder, for whoever may outlast the store that holds it.
    pub(super) fn of_database(&self) -> Arc<DatabaseFiles> {
        Arc::clone(&self.opened)
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
        self.opened.check()?;
        self.folder.check()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use application::ports::FileLoss;

    use super::*;

    /// As a bench does, which measures the bare rows beside the store.
    #[test]
    fn what_one_of_two_that_have_a_file_open_shortens_is_not_cut_for_the_other() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("a");
        for file in [path.clone()].iter().chain(&beside(&path)) {
            fs::write(file, "four").unwrap();
        }
        let folder = Folder::hold(data.path()).unwrap();
        let (one, other) = (Files::of(Arc::clone(&folder), &path), Files::of(folder, &path));
        let (one, other) = (one.unwrap(), other.unwrap());
        let wal = File::options().write(true).open(&beside(&path)[0]).unwrap();

        one.of_database().wal().shortens();
        wal.set_len(0).unwrap();
        one.of_database().wal().has_shortened();

        assert_eq!(other.check(), Ok(()));
        File::options().write(true).open(&path).unwrap().set_len(1).unwrap();
        assert_eq!(one.check(), Err(Displaced { path: path.clone(), loss: FileLoss::CutShort }));
        assert_eq!(other.check(), Err(Displaced { path, loss: FileLoss::CutShort }));
    }
}
