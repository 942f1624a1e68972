//! Where something is kept: a kind and a URL that belong together, of which one may say the other.

use std::path::{Path, PathBuf};

use super::entry::{Given, Source};
use super::forms::text;
use super::reader::Reader;
use super::secret::Secret;
use crate::ports::{KINDS, MEMORY, SQLITE};

/// The kind of what is kept where something else is.
pub(super) const SAME: &str = "same";
/// What a URL of each kind begins with.
const SCHEMES: [(&str, &str); 6] = [
    ("memory:", MEMORY),
    ("sqlite:", SQLITE),
    ("postgres://", "postgres"),
    ("postgresql://", "postgres"),
    ("mongodb://", "mongo"),
    ("mongodb+srv://", "mongo"),
];

/// What stands behind the ports of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing: it is gone with the process.
    Memory,
    /// Files of this folder.
    Sqlite(PathBuf),
}

/// Reads `kind`, `url` and `url_file` of a section. They are taken together from the strongest source that gives any of
/// them, since the URL of a file says nothing about a kind from a flag. `same` is what `kind = "same"` stands for, where
/// that can be said; `dir` is the folder of files that no URL names.
pub(super) fn read(
    reader: &mut Reader,
    section: &str,
    default: &str,
    same: Option<&Place>,
    dir: &Path,
) -> Option<Place> {
    let [kind, url, url_file] = ["kind", "url", "url_file"].map(|key| format!("{section}.{key}"));
    reader.keep_strongest(&[&kind, &url, &url_file]);
    let named = named_by_url(reader, &url);
    let by_url = named.as_ref().map(|named| (named.kind, named.source.clone()));
    let otherwise = by_url.clone().unwrap_or((default, Source::Default));
    let kind = reader.try_read(&kind, otherwise, |given| {
        let name = text(given)?;
        in_this_build(name, given, same.is_some())?;
        match &by_url {
            Some((other, source)) if *other != name => Err(format!(
                "found {}, but {source} is the URL of a {other} store; give one of them",
                given.found()
            )),
            Some(_) | None => Ok(name.to_owned()),
        }
    })?;
    match (&*kind, named) {
        (SAME, _) => same.cloned(),
        (SQLITE, named) => Some(Place::Sqlite(named.and_then(|it| it.folder()).unwrap_or(dir.to_owned()))),
        (_memory, _) => Some(Place::Memory),
    }
}

/// What a URL says.
struct Named {
    kind: &'static str,
    url: Secret,
    source: Source,
}

impl Named {
    /// The folder in the URL of files; none when it names only the kind.
    fn folder(&self) -> Option<PathBuf> {
        let place = self.url.reveal().strip_prefix("sqlite:")?;
        let place = place.strip_prefix("//").unwrap_or(place);
        (!place.is_empty()).then(|| place.into())
    }
}

fn named_by_url(reader: &mut Reader, key: &str) -> Option<Named> {
    let (url, source) = reader.secret(key)?;
    let scheme = SCHEMES.iter().find(|(scheme, _)| url.reveal().starts_with(scheme));
    let why_not = match (scheme, url.reveal()) {
        (Some((_, MEMORY)), place) if place != "memory:" => "memory has no place: write `memory:` alone",
        (Some((_, SQLITE)), place) if place.contains(":memory:") => {
            "it names a folder; what is gone with the process is `memory:`"
        }
        (Some((_, kind)), _) => return Some(Named { kind, url, source }),
        (None, _) => "it is not the URL of a store; write `sqlite:FOLDER` or `memory:`",
    };
    reader.note(source, key, format!("found `{url}`; {why_not}"));
    None
}

fn in_this_build(name: &str, given: &Given, or_same: bool) -> Result<(), String> {
    if KINDS.contains(&name) || (or_same && name == SAME) {
        return Ok(());
    }
    let same = or_same.then_some(&SAME);
    let kinds = same.into_iter().chain(KINDS).map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
    if name == SQLITE {
        return Err(format!(
            "{name} was left out of this build, which has {kinds}; build with the feature `{name}`"
        ));
    }
    match SCHEMES.iter().any(|(_, kind)| *kind == name) {
        true => Err(format!("a {name} store is not in this build, which has {kinds}")),
        false => {
            Err(format!("found {}, which is not a kind of store; this build has {kinds}", given.found()))
        }
    }
}
