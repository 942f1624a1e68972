//! Who may do what with a file, found out when something could not be done with it.

use std::fs::{self, OpenOptions};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What keeps a database file from being read and written.
pub(super) enum Hindrance {
    /// This user has no right to it, to what stands beside it, or to its folder: to this one of them.
    Rights(PathBuf),
    /// Nobody may write there.
    ReadOnlyDisk,
}

/// What hinders whoever opens a database file; none when nothing seems to. It, what stands beside it and its folder are
/// opened for that, which is no harm when the database is not: it would lose its locks.
pub(super) fn hindrance_at(file: &Path) -> Option<Hindrance> {
    let beside = ["", "-wal", "-shm"].map(|ending| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    });
    let refused = |path: &PathBuf| {
        OpenOptions::new().read(true).write(true).open(path).err().and_then(|error| hindrance(&error, path))
    };
    // All of them may be written, or are not there: then they may not be made.
    beside.iter().find_map(refused).or_else(|| file.parent().and_then(filling_hindered))
}

/// The folder above a file, however far, that this user may not enter.
pub(in crate::sqlite::connection) fn closed_folder_above(file: &Path) -> PathBuf {
    // What is in it cannot be looked at, and it can itself.
    let closed = file.ancestors().skip(1).find(|folder| fs::metadata(folder).is_ok());
    closed.unwrap_or(file).to_owned()
}

fn hindrance(error: &Error, path: &Path) -> Option<Hindrance> {
    match error.kind() {
        ErrorKind::PermissionDenied => Some(Hindrance::Rights(path.to_owned())),
        ErrorKind::ReadOnlyFilesystem => Some(Hindrance::ReadOnlyDisk),
        _ => None,
    }
}

/// Whose a file is, in words.
pub(super) fn owner_of(path: &Path) -> String {
    match fs::metadata(path) {
        Ok(found) => format!("it belongs to user {} with mode {:o}", found.uid(), found.mode() & 0o7777),
        Err(error) => format!("it cannot be looked at ({error})"),
    }
}

fn filling_hindered(folder: &Path) -> Option<Hindrance> {
    let probe = folder.join(format!(".rental-probe-{}", std::process::id()));
    match OpenOptions::new().create_new(true).write(true).open(&probe) {
        // It is empty, and the next one would not mind it.
        Ok(_) => fs::remove_file(&probe).err().and_then(|error| hindrance(&error, folder)),
        Err(error) => hindrance(&error, folder),
    }
}
