//! Who may do what with a file, found out when something could not be done with it.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Which of a database file, what stands beside it and its folder this user may not read and write; none when no right seems
/// to be missing. They are opened for that, which is no harm when the database is not: it would lose its locks.
pub(super) fn missing_at(file: &Path) -> Option<PathBuf> {
    let beside = ["", "-wal", "-shm"].map(|ending| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    });
    let refused = |path: &&PathBuf| match OpenOptions::new().read(true).write(true).open(path) {
        Ok(_) => false,
        Err(error) => matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem),
    };
    // All of them may be written, or are not there: then they may not be made.
    let folder = || file.parent().filter(|folder| may_not_be_filled(folder)).map(Path::to_owned);
    beside.iter().find(refused).cloned().or_else(folder)
}

/// Whose a file is, in words.
pub(super) fn owner_of(path: &Path) -> String {
    match fs::metadata(path) {
        Ok(found) => format!("it belongs to user {} with mode {:o}", found.uid(), found.mode() & 0o7777),
        Err(error) => format!("it cannot be looked at ({error})"),
    }
}

fn may_not_be_filled(folder: &Path) -> bool {
    let probe = folder.join(format!(".rental-probe-{}", std::process::id()));
    match OpenOptions::new().create_new(true).write(true).open(&probe) {
        // It is empty, and the next one would not mind it.
        Ok(_) => fs::remove_file(&probe).is_err(),
        Err(error) => matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem),
    }
}
