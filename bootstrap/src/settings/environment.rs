//! Settings from the environment.

use std::ffi::{OsStr, OsString};

use super::entry::{Entry, Given, Name, PREFIX, Source, variable};
use super::parsers::log_level;
use super::problem::SettingProblem;

/// What many programs call the level of their log; it counts when the setting itself is not given there.
const USUAL_LEVEL: &str = "RUST_LOG";
const LEVEL: &str = "log.level";
/// What the name of a variable begins with that was probably meant for us.
const NEARLY: &str = "RENTAL_";

/// The variables that hold settings, and what there is to say about others.
#[derive(Default)]
pub(super) struct Environment {
    pub(super) entries: Vec<Entry>,
    /// What is left out and stops nobody.
    pub(super) notes: Vec<SettingProblem>,
}

/// Reads them.
pub(super) fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Environment {
    let mut entries: Vec<Entry> =
        variables.into_iter().filter_map(|(name, value)| entry(&name, value)).collect();
    entries.sort_by(|a, b| a.source.cmp(&b.source));
    let own = Source::Environment(variable(LEVEL));
    let usual = Source::Environment(USUAL_LEVEL.to_owned());
    if entries.iter().any(|entry| entry.source == own) {
        entries.retain(|entry| entry.source != usual);
    }
    // It is there for every program, and what another one understands is no fault in ours.
    let unfit = entries.iter().position(|entry| entry.source == usual && log_level(&entry.given).is_err());
    let unfit = unfit.map(|at| entries.remove(at));
    Environment { entries, notes: unfit.into_iter().map(left_out).collect() }
}

fn left_out(entry: Entry) -> SettingProblem {
    let what = match log_level(&entry.given) {
        Err(what) => format!("left out: {what}; for this program alone, set {}", variable(LEVEL)),
        Ok(_) => "left out".to_owned(),
    };
    SettingProblem { source: entry.source, key: LEVEL.to_owned(), what }
}

fn entry(name: &OsStr, value: OsString) -> Option<Entry> {
    // A name that is not text is not one of ours, since ours are.
    let name = name.to_str()?.to_owned();
    let given = value.into_string().map_or(Given::Unreadable, Given::Word);
    let source = Source::Environment(name.clone());
    if name == USUAL_LEVEL {
        return Some(Entry { name: Name::Key(LEVEL.to_owned()), given, source });
    }
    let name = if name.starts_with(PREFIX) {
        Name::Variable(name)
    } else if name.to_uppercase().starts_with(NEARLY) {
        Name::Nearly(name)
    } else {
        return None;
    };
    Some(Entry { name, given, source })
}
