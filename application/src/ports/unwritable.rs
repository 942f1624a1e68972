//! Files to which nothing can be written for want of what only an operator can give.

use std::error::Error;
use std::fmt;
use std::iter::successors;
use std::path::PathBuf;

use thiserror::Error as ThisError;

/// A write to a file failed because of its disk, and so would the next one. What was written before can be read.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("nothing can be written to `{}`: {why}", path.display())]
pub struct Unwritable {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with its disk.
    pub why: DiskFault,
}

/// Why a disk takes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFault {
    /// It is full.
    NoRoom,
    /// It reports an error, as a broken one does, or one whose quota is reached.
    Failing,
}

impl fmt::Display for DiskFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRoom => "there is no room on its disk; free some",
            Self::Failing => {
                "its disk fails; see that it is whole and that no quota or limit of file sizes is reached"
            }
        })
    }
}

impl Unwritable {
    /// The one among the causes of an error, if there is one.
    #[must_use]
    pub fn behind<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
    }

    /// What is said where the folder of the file is nobody's business.
    #[must_use]
    pub fn without_folder(&self) -> String {
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!("nothing can be written to `{file}`: {}", self.why)
    }
}
