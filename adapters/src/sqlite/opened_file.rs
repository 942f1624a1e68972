//! A file as it was when it was opened, to be looked for later under its name.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use application::ports::Displaced;

/// Which file stood under a name when it was opened.
#[derive(Debug, Clone)]
pub(super) struct OpenedFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl OpenedFile {
    /// The file under this name, which has just been opened.
    pub(super) fn under(path: PathBuf) -> io::Result<Self> {
        let found = fs::metadata(&path)?;
        Ok(Self::of(path, &found))
    }

    /// The file with these marks.
    pub(super) fn of(path: PathBuf, found: &Metadata) -> Self {
        Self { path, device: found.dev(), inode: found.ino() }
    }

    /// Whether it still stands under its name. What cannot be looked at counts as gone: a link or a folder above it may have
    /// been exchanged too.
    pub(super) fn check(&self) -> Result<(), Displaced> {
        let found = fs::metadata(&self.path).map(|found| (found.dev(), found.ino()));
        if found.is_ok_and(|found| found == (self.device, self.inode)) {
            return Ok(());
        }
        Err(Displaced { path: self.path.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_was_moved_deleted_or_replaced_is_not_there_and_one_that_is_back_is() {
        let folder = std::env::temp_dir().join(format!("opened-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, aside) = (folder.join("a"), folder.join("b"));
        fs::write(&path, "one").unwrap();
        let opened = OpenedFile::under(path.clone()).unwrap();
        assert_eq!(opened.check(), Ok(()));

        fs::rename(&path, &aside).unwrap();
        assert_eq!(opened.check(), Err(Displaced { path: path.clone() }));
        fs::write(&path, "one").unwrap();
        assert_eq!(opened.check(), Err(Displaced { path: path.clone() }));
        fs::rename(&aside, &path).unwrap();
        assert_eq!(opened.check(), Ok(()));

        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(opened.check(), Err(Displaced { path }));
    }
}
