//! A file as it was when it was opened, to be looked for later under its name.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use application::ports::{Displaced, FileLoss};

/// Which file stood under a name when it was opened, and how long it was when it was last looked at.
#[derive(Debug)]
pub(super) struct OpenedFile {
    path: PathBuf,
    device: u64,
    inode: u64,
    /// Held while the file is looked at, so that no length is compared with a later one.
    length: Mutex<SeenLength>,
}

/// What is known of a file's length. Files of a database grow and keep their length, unless we shorten one ourselves.
#[derive(Debug, Clone, Copy)]
enum SeenLength {
    /// It has at least so many bytes.
    AtLeast(u64),
    /// We are shortening it, or were and cannot tell how long it is.
    Unknown,
    /// Somebody has cut it. It stays so: what stood behind the cut does not come back when the file grows.
    CutShort,
}

impl OpenedFile {
    /// The file under this name, which has just been opened.
    pub(super) fn under(path: PathBuf) -> io::Result<Self> {
        let found = fs::metadata(&path)?;
        Ok(Self::of(path, &found))
    }

    /// The file with these marks.
    pub(super) fn of(path: PathBuf, found: &Metadata) -> Self {
        let length = Mutex::new(SeenLength::AtLeast(found.len()));
        Self { path, device: found.dev(), inode: found.ino(), length }
    }

    /// Whether it still stands under its name and has what was written to it. What cannot be looked at counts as gone:
    /// a link or a folder above it may have been exchanged too.
    pub(super) fn check(&self) -> Result<(), Displaced> {
        let mut length = self.length();
        let found = match fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == (self.device, self.inode) => found.len(),
            Ok(_) | Err(_) => return Err(self.displaced(FileLoss::Gone)), // as gone as if it were not there
        };
        match *length {
            SeenLength::AtLeast(seen) if found >= seen => *length = SeenLength::AtLeast(found),
            SeenLength::AtLeast(_) | SeenLength::CutShort => {
                *length = SeenLength::CutShort;
                return Err(self.displaced(FileLoss::CutShort));
            }
            SeenLength::Unknown => {}
        }
        Ok(())
    }

    /// Says that we are about to shorten it; nobody judges its length until [`Self::has_shortened`].
    pub(super) fn shortens(&self) {
        let mut length = self.length();
        if let SeenLength::AtLeast(_) = *length {
            *length = SeenLength::Unknown;
        }
    }

    /// Says that we have shortened it, or tried to: what it has now is what it has to keep.
    pub(super) fn has_shortened(&self) {
        let mut length = self.length();
        if let (SeenLength::Unknown, Ok(found)) = (*length, fs::metadata(&self.path)) {
            *length = SeenLength::AtLeast(found.len());
        }
    }

    fn length(&self) -> MutexGuard<'_, SeenLength> {
        self.length.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn displaced(&self, loss: FileLoss) -> Displaced {
        Displaced { path: self.path.clone(), loss }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn a_file_that_was_moved_deleted_or_replaced_is_not_there_and_one_that_is_back_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, aside) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "one").unwrap();
        let opened = OpenedFile::under(path.clone()).unwrap();
        assert_eq!(opened.check(), Ok(()));
        let gone = Err(Displaced { path: path.clone(), loss: FileLoss::Gone });

        fs::rename(&path, &aside).unwrap();
        assert_eq!(opened.check(), gone);
        fs::write(&path, "one").unwrap();
        assert_eq!(opened.check(), gone);
        fs::rename(&aside, &path).unwrap();
        assert_eq!(opened.check(), Ok(()));

        drop(folder);
        assert_eq!(opened.check(), gone);
    }

    #[test]
    fn a_file_that_was_cut_stays_so_when_it_grows_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one").unwrap();
        let opened = OpenedFile::under(path.clone()).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(9).unwrap();
        assert_eq!(opened.check(), Ok(()));
        let cut = Err(Displaced { path, loss: FileLoss::CutShort });

        file.set_len(8).unwrap();
        assert_eq!(opened.check(), cut);
        file.set_len(20).unwrap();
        assert_eq!(opened.check(), cut);
        opened.shortens();
        opened.has_shortened();
        assert_eq!(opened.check(), cut);
    }

    #[test]
    fn a_file_that_we_shorten_ourselves_is_not_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "four").unwrap();
        let opened = OpenedFile::under(path.clone()).unwrap();
        let file = File::options().write(true).open(&path).unwrap();

        opened.shortens();
        file.set_len(1).unwrap();
        assert_eq!(opened.check(), Ok(()));
        opened.has_shortened();
        assert_eq!(opened.check(), Ok(()));

        file.set_len(0).unwrap();
        assert_eq!(opened.check(), Err(Displaced { path, loss: FileLoss::CutShort }));
    }
}
