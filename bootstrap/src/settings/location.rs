//! Where something is kept: a kind and a URL that belong together, of which one may say the other.

mod folder;

use std::fmt;
use std::path::{Path, PathBuf};

use super::entry::{Given, Source};
use super::parsers::{number, text};
use super::reader::Reader;
use super::secret::Secret;
use crate::ports::{self, FEATURES, KINDS, MEMORY, MONGO, POSTGRES, SQLITE};

/// The kind of what is kept where something else is.
const SAME: &str = "same";
/// What a URL of each kind begins with.
const SCHEMES: [(&str, &str); 6] = [
    ("memory:", MEMORY),
    ("sqlite:", SQLITE),
    ("postgres://", POSTGRES),
    ("postgresql://", POSTGRES),
    ("mongodb://", MONGO),
    ("mongodb+srv://", MONGO),
];

/// What stands behind the ports of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreLocation {
    /// Nothing: it is gone with the process.
    Memory,
    /// Files of this folder.
    Sqlite(PathBuf),
    /// A schema of a database on a server.
    Postgres(DatabaseLocation),
    /// A database of a replica set.
    Mongo(MongoLocation),
}

impl StoreLocation {
    /// How many segments a processor gets whose tokens are here: several nodes may share those on a server.
    pub(super) const fn usual_segments(&self) -> u32 {
        match self {
            Self::Memory | Self::Sqlite(_) => 1,
            Self::Postgres(_) | Self::Mongo(_) => 4,
        }
    }
}

/// A schema of a database on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseLocation {
    pub(crate) url: Secret,
    pub(crate) schema: String,
    /// Connections beside the one that appends.
    pub(crate) connections: u32,
}

/// A database of a replica set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MongoLocation {
    pub(crate) url: Secret,
    /// Its name, when it is another one than the URL says.
    pub(crate) database: Option<String>,
    pub(crate) connections: u32,
}

/// Reads where the log is, and where the token store is.
pub(super) fn read_both(reader: &mut Reader, dir: &Path) -> Option<(StoreLocation, StoreLocation)> {
    let usual = if KINDS.contains(&SQLITE) { SQLITE } else { MEMORY };
    let store = read(reader, "store", usual, None, dir);
    let same = store.clone().unwrap_or(StoreLocation::Memory);
    let tokens = read(reader, "tokens", SAME, Some(&same), dir);
    let (store, tokens) = (store?, tokens?);
    if store == StoreLocation::Memory && tokens != StoreLocation::Memory {
        let what = "these would outlast the log, which is in memory, and name one that is gone; use `same`";
        reader.refuse("tokens.kind", what.to_owned());
    }
    Some((store, tokens))
}

/// Whether a flag's word says that tokens are kept with the events.
pub(super) fn is_same(word: &str) -> bool {
    word == SAME
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(dir) => write!(f, "sqlite:{}", dir.display()),
            Self::Postgres(DatabaseLocation { url, schema, .. }) => write!(f, "schema `{schema}` of {url}"),
            Self::Mongo(MongoLocation { url, database: Some(name), .. }) => {
                write!(f, "database `{name}` of {url}")
            }
            Self::Mongo(MongoLocation { url, database: None, .. }) => write!(f, "{url}"),
        }
    }
}

/// Reads `kind`, `url` and `url_file` of a section. They are taken together from the strongest source that gives any of
/// them, since the URL of a file says nothing about a kind from a flag. `same` is what `kind = "same"` stands for,
/// where that can be said; `dir` is the folder of files that no URL names.
fn read(
    reader: &mut Reader,
    section: &str,
    default: &str,
    same: Option<&StoreLocation>,
    dir: &Path,
) -> Option<StoreLocation> {
    let [kind_key, url_key, url_file] = ["kind", "url", "url_file"].map(|key| format!("{section}.{key}"));
    reader.keep_strongest(&[&kind_key, &url_key, &url_file]);
    let named = named_by_url(reader, &url_key);
    let by_url = named.as_ref().map(|named| (named.kind, named.source.clone()));
    let kind = reader.try_read(&kind_key, by_url.clone().unwrap_or((default, Source::Default)), |given| {
        let name = text(given)?;
        in_this_build(name, given, same.is_some())?;
        match &by_url {
            Some((other, source)) if *other != name => Err(format!(
                "found {}, but {source} is the URL of a {other} store; give one of them",
                given.found()
            )),
            Some(_) | None => Ok(name.to_owned()),
        }
    });
    let tables = Tables::read(reader, section);
    match (kind.as_deref()?, named) {
        (SAME, _) => same.cloned(),
        (SQLITE, named) => {
            Some(StoreLocation::Sqlite(named.and_then(|it| it.folder).unwrap_or(dir.to_owned())))
        }
        (POSTGRES, Some(named)) => tables.of(reader, named, &url_key, Tables::in_schema),
        (MONGO, Some(named)) => tables.of(reader, named, &url_key, Tables::in_database),
        (kind @ (POSTGRES | MONGO), None) => {
            let like = if kind == MONGO { "mongodb" } else { "postgres" };
            let what =
                format!("the URL of the database is missing; write it like {like}://user@host/database");
            reader.refuse(&kind_key, what);
            None
        }
        (_memory, _) => Some(StoreLocation::Memory),
    }
}

/// What of a database is ours.
struct Tables {
    schema: String,
    database: Option<String>,
    connections: u32,
}

impl Tables {
    fn read(reader: &mut Reader, section: &str) -> Self {
        let schema = reader.read(&format!("{section}.schema"), "rental".to_owned(), schema);
        let connections = reader.read(&format!("{section}.connections"), 10, number(1..=1_000));
        let database = reader.optional(&format!("{section}.database"), database);
        Self { schema, database, connections }
    }

    fn in_schema(self, url: Secret) -> StoreLocation {
        let Self { schema, connections, .. } = self;
        StoreLocation::Postgres(DatabaseLocation { url, schema, connections })
    }

    fn in_database(self, url: Secret) -> StoreLocation {
        let Self { database, connections, .. } = self;
        StoreLocation::Mongo(MongoLocation { url, database, connections })
    }

    fn of(
        self,
        reader: &mut Reader,
        named: Named,
        url_key: &str,
        place: impl FnOnce(Self, Secret) -> StoreLocation,
    ) -> Option<StoreLocation> {
        let place = place(self, named.url);
        match ports::check(&place) {
            Ok(()) => Some(place),
            Err(what) => {
                reader.note(named.source, url_key, what);
                None
            }
        }
    }
}

/// What a URL says.
struct Named {
    kind: &'static str,
    url: Secret,
    source: Source,
    /// The folder in the URL of files; none when it names only the kind.
    folder: Option<PathBuf>,
}

fn named_by_url(reader: &mut Reader, key: &str) -> Option<Named> {
    let (url, source) = reader.secret(key)?;
    match understood(&url) {
        Ok((kind, folder)) => Some(Named { kind, url, source, folder }),
        Err(what) => {
            reader.note(source, key, what);
            None
        }
    }
}

/// The kind that a URL says, and its folder if it is one of files.
fn understood(url: &Secret) -> Result<(&'static str, Option<PathBuf>), String> {
    let text = url.reveal();
    match SCHEMES.iter().find(|(scheme, _)| text.starts_with(scheme)).map(|(_, kind)| *kind) {
        Some(MEMORY) if text != "memory:" => {
            Err(format!("found `{url}`; memory has no place: write `memory:` alone"))
        }
        Some(SQLITE) => folder::in_url(text).map(|folder| (SQLITE, folder)),
        Some(kind) => Ok((kind, None)),
        None => {
            let ours = "write `sqlite:FOLDER`, `postgres://user@host/database`, `mongodb://user@host/database` or `memory:`";
            Err(match url.scheme() {
                Some(scheme) => format!("found the scheme `{scheme}:`, which is not one of a store; {ours}"),
                None => format!("found `{url}`; it is not the URL of a store; {ours}"),
            })
        }
    }
}

/// The rest of what a schema's name has to be, who opens it knows.
fn schema(given: &Given) -> Result<String, String> {
    let name = text(given)?;
    if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        return Ok(name.to_owned());
    }
    Err(format!("found {}; a schema is named by lower-case letters, digits and underscores", given.found()))
}

/// As who opens it wants it too.
fn database(given: &Given) -> Result<String, String> {
    let name = text(given)?;
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Ok(name.to_owned());
    }
    Err(format!("found {}; a database is named by letters, digits, underscores and hyphens", given.found()))
}

fn in_this_build(name: &str, given: &Given, or_same: bool) -> Result<(), String> {
    if KINDS.contains(&name) || (or_same && name == SAME) {
        return Ok(());
    }
    let same = or_same.then_some(&SAME);
    let kinds = same.into_iter().chain(KINDS).map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
    if FEATURES.contains(&name) {
        return Err(format!(
            "{name} was left out of this build, which has {kinds}; build with the feature `{name}`"
        ));
    }
    if SCHEMES.iter().any(|(_, kind)| *kind == name) {
        return Err(format!("a {name} store is not in this build, which has {kinds}"));
    }
    Err(format!("found {}, which is not a kind of store; this build has {kinds}", given.found()))
}
