//! Whether a file can be opened at all, found out without opening it: whoever opens a pipe may wait for ever.

use std::fs::{self, FileType};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::OpenError;
use super::open_error::closed_folder_above;

/// Whether a file stands there.
///
/// # Errors
/// [`OpenError::NotAFile`] of something else, [`OpenError::Forbidden`] when a folder above it may not be entered, and
/// [`OpenError::File`] when it cannot be looked at for another reason.
pub(in crate::sqlite) fn stands_there(path: &Path, holds: &'static str) -> Result<bool, OpenError> {
    let is = |found| OpenError::NotAFile { path: path.to_owned(), holds, found };
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(found) => Err(is(kind_of(found.file_type()))),
        Err(error) => match error.kind() {
            // What is there now and is no link was made meanwhile, by another start.
            ErrorKind::NotFound if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) => {
                Err(is("a link to what is not there"))
            }
            ErrorKind::NotFound => Ok(false),
            ErrorKind::PermissionDenied => {
                Err(OpenError::forbidden(closed_folder_above(path), holds, error.into()))
            }
            _ => Err(unlooked(path, holds, error)),
        },
    }
}

fn unlooked(path: &Path, holds: &'static str, error: Error) -> OpenError {
    OpenError::File { path: path.to_owned(), holds, source: error.into() }
}

fn kind_of(found: FileType) -> &'static str {
    if found.is_dir() {
        "a folder"
    } else if found.is_fifo() {
        "a pipe"
    } else if found.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
