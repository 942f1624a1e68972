//! A copy of a file that may be in use, as it was at one moment.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use application::ports::BoxError;
use application::ports::shares::Share;
use thiserror::Error;

use super::{Database, Failure, OWN_FILE};

impl Database {
    /// Makes a file at `path` that holds everything that was committed when this began, and nothing beside it. It is on
    /// the disk when this returns. Whoever writes goes on meanwhile; only the write-ahead log cannot be started afresh.
    pub(in crate::sqlite) async fn copy_to(&self, path: &Path) -> Result<(), Failure> {
        self.copied_to(path).await.map_err(|failure| {
            let failure = self.unread(failure);
            match failure {
                Failure::Unavailable(source) | Failure::UnknownOutcome(source) => {
                    Failure::Unavailable(Box::new(NotCopied { path: path.to_owned(), source }))
                }
                // What is damaged is what was to be copied.
                Failure::Corrupt(_) => failure,
            }
        })
    }

    async fn copied_to(&self, path: &Path) -> Result<(), Failure> {
        // The database takes an empty file as the one to make, and this one can be read by nobody else.
        let made =
            OpenOptions::new().create_new(true).write(true).mode(OWN_FILE).open(path).map_err(of_system)?;
        let name = path.to_str().ok_or_else(|| of_system(io::Error::from(io::ErrorKind::InvalidFilename)))?;
        let mut reader = self.reader(Share::Processors).await?;
        sqlx::query("VACUUM INTO ?1").bind(name).execute(&mut *reader).await?;
        reader.give_back();
        made.sync_all().map_err(of_system)?;
        let folder = path.parent().unwrap_or(path);
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(of_system)
    }
}

#[derive(Debug, Error)]
#[error("writing the copy `{}` failed", path.display())]
struct NotCopied {
    path: PathBuf,
    source: BoxError,
}

fn of_system(error: io::Error) -> Failure {
    Failure::Unavailable(error.into())
}
