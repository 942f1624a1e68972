//! One thing that is wrong with the settings.

use std::fmt;

use super::entry::Source;

/// Which setting, where it was given, what was found, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingProblem {
    pub(super) source: Source,
    /// The key, or nothing when it is about the whole source.
    pub(super) key: String,
    pub(super) what: String,
}

impl SettingProblem {
    /// Something that is wrong with the URLs of services.
    pub(crate) const fn of_url(what: String) -> Self {
        Self { source: Source::Flag("--url"), key: String::new(), what }
    }
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, key, what } = self;
        match source {
            // A variable and a flag say the key themselves.
            Source::Environment(_) | Source::Flag(_) => write!(f, "{source}: {what}"),
            Source::File { .. } if key.is_empty() => write!(f, "{source}: {what}"),
            Source::File { .. } => write!(f, "{source}: {key}: {what}"),
            Source::Default | Source::Like(_) => write!(f, "{key}: {what}"),
        }
    }
}
