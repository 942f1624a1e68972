//! The files that an open database writes to, and whether they are still the ones that others would find.

use std::io;
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

    /// Whether what is written now would be there for the next process.
    pub(super) fn check(&self) -> Result<(), Displaced> {
        self.opened.iter().try_for_each(OpenedFile::check)?;
        self.folder.check()
    }
}
