//! Files that are no longer as their store has opened them.

use std::error::Error;
use std::fmt;
use std::iter::successors;
use std::path::PathBuf;

use thiserror::Error as ThisError;

/// A file was taken away or cut short while its store had it open. Whatever was written to it now would be gone with
/// the process, so nothing is. What was written before can still be read, through this process only, as far as it is
/// there.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("`{}` {loss} while it was in use, and nothing is written to it any more; {}", path.display(), loss.remedy())]
pub struct Displaced {
    /// Where it was opened.
    pub path: PathBuf,
    /// What became of it.
    pub loss: FileLoss,
}

/// What somebody did to a file that was in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileLoss {
    /// Its name is not there, or another file has it.
    Gone,
    /// It is shorter than it was, so a part of what was written is gone from it.
    CutShort,
}

impl FileLoss {
    const fn remedy(self) -> &'static str {
        match self {
            Self::Gone => "put it back, or export the log from this process before it is stopped",
            Self::CutShort => {
                "stop this process, keep a copy of the folder, and restore a backup if `rental verify` finds that events are missing"
            }
        }
    }
}

impl fmt::Display for FileLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "was moved, deleted or replaced",
            Self::CutShort => "was cut short",
        })
    }
}

impl Displaced {
    /// The name of the file, without its folder, which is nobody's business outside.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The one among the causes of an error, if there is one.
    #[must_use]
    pub fn behind<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::StoreError;

    #[test]
    fn it_is_found_behind_the_error_of_a_port_and_named_without_its_folder() {
        let displaced = Displaced { path: "/secret/place/rental.db".into(), loss: FileLoss::Gone };
        let error = StoreError::Unavailable { doing: "appending events", source: Box::new(displaced) };
        assert_eq!(Displaced::behind(&error).map(Displaced::name).as_deref(), Some("rental.db"));
        let other = StoreError::Unavailable { doing: "appending events", source: "away".into() };
        assert_eq!(Displaced::behind(&other), None);
    }
}
