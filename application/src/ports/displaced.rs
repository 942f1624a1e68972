//! Files that are no longer where their store has opened them.

use std::error::Error;
use std::iter::successors;
use std::path::PathBuf;

use thiserror::Error as ThisError;

/// A file was moved, deleted or replaced while its store had it open. Whatever was written to it now would be gone with the
/// process, so nothing is. What was written before can still be read, through this process only.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error(
    "`{}` was moved, deleted or replaced while it was in use, and nothing is written to it any more; put it back, or export the \
     log from this process before it is stopped",
    path.display()
)]
pub struct Displaced {
    /// Where it was opened.
    pub path: PathBuf,
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
        let displaced = Displaced { path: "/secret/place/rental.db".into() };
        let error = StoreError::Unavailable { doing: "appending events", source: Box::new(displaced) };
        assert_eq!(Displaced::behind(&error).map(Displaced::name).as_deref(), Some("rental.db"));
        let other = StoreError::Unavailable { doing: "appending events", source: "away".into() };
        assert_eq!(Displaced::behind(&other), None);
    }
}
