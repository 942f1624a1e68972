//! Where something is kept: a kind and a URL that belong together, of which one may say the other.

use super::entry::{Given, Source};
use super::forms::text;
use super::reader::Reader;

/// The kind that needs no place; it is the only one this build has.
pub(super) const MEMORY: &str = "memory";
/// The kind of what is kept where something else is.
pub(super) const SAME: &str = "same";
/// What a URL of each kind begins with.
const SCHEMES: [(&str, &str); 6] = [
    ("memory:", MEMORY),
    ("sqlite:", "sqlite"),
    ("postgres://", "postgres"),
    ("postgresql://", "postgres"),
    ("mongodb://", "mongo"),
    ("mongodb+srv://", "mongo"),
];

/// Reads `kind`, `url` and `url_file` of a section. They are taken together from the strongest source that gives any of
/// them, since the URL of a file says nothing about a kind from a flag. `here` are the kinds that can be.
pub(super) fn read(reader: &mut Reader, section: &str, default: &str, here: &[&str]) {
    let [kind, url, url_file] = ["kind", "url", "url_file"].map(|key| format!("{section}.{key}"));
    reader.keep_strongest(&[&kind, &url, &url_file]);
    let by_url = kind_by_url(reader, &url);
    let otherwise = by_url.clone().unwrap_or((default, Source::Default));
    reader.try_read(&kind, otherwise, |given| {
        let name = text(given)?;
        in_this_build(name, given, here)?;
        match &by_url {
            Some((other, source)) if *other != name => Err(format!(
                "found {}, but {source} is the URL of a {other} store; give one of them",
                given.found()
            )),
            Some(_) | None => Ok(name.to_owned()),
        }
    });
}

fn kind_by_url(reader: &mut Reader, key: &str) -> Option<(&'static str, Source)> {
    let (secret, source) = reader.secret(key)?;
    let scheme = SCHEMES.iter().find(|(scheme, _)| secret.reveal().starts_with(scheme));
    match scheme {
        Some((_, MEMORY)) if secret.reveal() != "memory:" => {
            reader.note(source, key, format!("found `{secret}`; memory has no place: write `memory:` alone"));
            None
        }
        Some((_, kind)) => Some((*kind, source)),
        None => {
            reader.note(
                source,
                key,
                format!("found `{secret}`, which is not the URL of a store; write `memory:`"),
            );
            None
        }
    }
}

fn in_this_build(name: &str, given: &Given, here: &[&str]) -> Result<(), String> {
    let kinds = here.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(" and ");
    if here.contains(&name) {
        Ok(())
    } else if SCHEMES.iter().any(|(_, kind)| *kind == name) {
        Err(format!("a {name} store is not in this build; it has {kinds}"))
    } else {
        Err(format!("found {}, which is not a kind of store; this build has {kinds}", given.found()))
    }
}
