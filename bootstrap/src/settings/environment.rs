//! Settings from the environment.

use std::ffi::{OsStr, OsString};

use super::entry::{Entry, Given, Name, PREFIX, Source, variable};

/// What many programs call the level of their log; it counts when the setting itself is not given there.
const USUAL_LEVEL: &str = "RUST_LOG";
const LEVEL: &str = "log.level";

/// The variables that hold settings.
pub(super) fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<Entry> {
    let mut entries: Vec<Entry> =
        variables.into_iter().filter_map(|(name, value)| entry(&name, value)).collect();
    entries.sort_by(|a, b| a.source.cmp(&b.source));
    let own = Source::Environment(variable(LEVEL));
    if entries.iter().any(|entry| entry.source == own) {
        entries.retain(|entry| entry.source != Source::Environment(USUAL_LEVEL.to_owned()));
    }
    entries
}

fn entry(name: &OsStr, value: OsString) -> Option<Entry> {
    // A name that is not text is not one of ours, since ours are.
    let name = name.to_str()?.to_owned();
    let given = value.into_string().map_or(Given::Unreadable, Given::Word);
    let source = Source::Environment(name.clone());
    if name == USUAL_LEVEL {
        return Some(Entry { name: Name::Key(LEVEL.to_owned()), given, source });
    }
    name.starts_with(PREFIX).then_some(Entry { name: Name::Variable(name), given, source })
}
