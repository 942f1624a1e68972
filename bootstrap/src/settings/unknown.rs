//! What was given under names that nobody knows, each with the name that was probably meant.

use super::entry::{Entry, Given, Name, variable};
use super::problem::SettingProblem;

/// One letter of so many may differ for a name to be taken for another; in a short name, one letter at all.
const ALIKE: usize = 5;
const PROCESSORS: &str = "processors.";

/// A problem for each entry whose name is not among the known keys. A section that is not known stands for all in it,
/// as does one that stands where a value should.
pub(super) fn among(entries: &[Entry], known: &[String]) -> Vec<SettingProblem> {
    let is_told = |entry: &Entry| match (&entry.given, &entry.name) {
        (Given::Section, Name::Key(section)) => is_section(section, known),
        (_, Name::Key(key)) => known.iter().any(|section| within(section, key)),
        (_, Name::Variable(_)) => false,
        // There are many of that kind, made by others for their own ends.
        (_, Name::Nearly(name)) => meant(name, known).is_none(),
    };
    let strangers: Vec<&Entry> = entries.iter().filter(|entry| !is_told(entry)).collect();
    let outermost = |entry: &&&Entry| !strangers.iter().any(|section| holds(section, entry));
    strangers.iter().filter(outermost).map(|entry| problem(entry, known)).collect()
}

fn holds(section: &Entry, entry: &Entry) -> bool {
    match (&section.given, &section.name, &entry.name) {
        (Given::Section, Name::Key(section), Name::Key(key)) => within(section, key),
        _ => false,
    }
}

fn problem(entry: &Entry, known: &[String]) -> SettingProblem {
    let name = entry.name.as_key();
    let key = match &entry.name {
        Name::Key(key) | Name::Variable(key) | Name::Nearly(key) => key.clone(),
    };
    SettingProblem { source: entry.source.clone(), key, what: what(entry, &name, known) }
}

fn what(entry: &Entry, name: &str, known: &[String]) -> String {
    if let Name::Nearly(name) = &entry.name {
        let meant = meant(name, known).map(variable).unwrap_or_default();
        return format!("this counts for nothing: there are two underscores before each part; write {meant}");
    }
    if is_section(name, known) {
        return format!("this is a section and has no value of its own; in it are {}", keys_in(name, known));
    }
    let kind = if matches!(entry.given, Given::Section) { "section" } else { "key" };
    match (nearest(name, known), &entry.name) {
        (Some(key), Name::Key(_)) => format!("unknown {kind}; did you mean `{key}`?"),
        (Some(key), Name::Variable(_) | Name::Nearly(_)) => {
            format!("unknown variable; did you mean {}?", variable(&key))
        }
        (None, _) if name.starts_with(PROCESSORS) => {
            format!("there is no processor of this name; there are {}", processors(known))
        }
        (None, Name::Key(_)) => format!("unknown {kind}; `rental config show` lists those there are"),
        (None, Name::Variable(_) | Name::Nearly(_)) => {
            "unknown variable; `rental config show` lists the keys there are".to_owned()
        }
    }
}

/// The known key or section that differs least from this name. The same word in another section is as good as one
/// letter.
fn nearest(name: &str, known: &[String]) -> Option<String> {
    let plain = name.replace('-', "_");
    let difference = |key: &str| {
        let key = key.replace('-', "_");
        let letters = strsim::damerau_levenshtein(&key, &plain);
        if last(&key) == last(&plain) { letters.min(1) } else { letters }
    };
    let mut candidates: Vec<&str> =
        known.iter().flat_map(|key| [Some(&**key), section_of(key)]).flatten().collect();
    candidates.sort_unstable();
    let best = candidates.into_iter().map(|key| (difference(key), key)).min()?;
    (best.0 <= (name.len() / ALIKE).max(1)).then(|| best.1.to_owned())
}

/// The key that a variable would give if one underscore were as good as two.
fn meant<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let plain = |name: &str| {
        name.to_uppercase().split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
    };
    let name = plain(name);
    known.iter().find(|key| plain(&variable(key)) == name).map(String::as_str)
}

fn processors(known: &[String]) -> String {
    let named =
        known.iter().filter_map(|key| key.strip_prefix(PROCESSORS)).filter_map(|key| key.split('.').next());
    let mut names = Vec::new();
    for name in named {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn keys_in(section: &str, known: &[String]) -> String {
    known.iter().filter(|key| within(section, key)).cloned().collect::<Vec<_>>().join(", ")
}

fn is_section(name: &str, known: &[String]) -> bool {
    known.iter().any(|key| within(name, key))
}

fn within(section: &str, key: &str) -> bool {
    key.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
}

fn section_of(key: &str) -> Option<&str> {
    key.rsplit_once('.').map(|(section, _)| section)
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}
