//! The settings file: which one, and what stands on its lines.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::entry::{Entry, Given, Name, Source};
use super::problem::SettingProblem;

/// The file that is read when none is named, if it is there.
const USUAL: &str = "rental.toml";

/// What a file holds, and what is wrong with it.
#[derive(Default)]
pub(super) struct Content {
    /// The file, when there was one to read.
    pub(super) path: Option<PathBuf>,
    pub(super) entries: Vec<Entry>,
    pub(super) problems: Vec<SettingProblem>,
}

/// Reads the file that was named, or else the usual one.
pub(super) fn read(named: Option<&Path>) -> Content {
    let path = named.unwrap_or(Path::new(USUAL));
    match fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => Content::default(),
        Err(error) => {
            let what = format!("the settings file cannot be read ({error}); name another with --config");
            let source = Source::File { path: path.to_owned(), line: 0 };
            Content {
                problems: vec![SettingProblem { source, key: String::new(), what }],
                ..Content::default()
            }
        }
    }
}

/// The lines that can be read are read although others cannot, so that all that is wrong is said at once.
pub(super) fn parse(path: &Path, text: &str) -> Content {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut lines = Lines { path, text, content: Content::default() };
    lines.content.path = Some(path.to_owned());
    let broken: Vec<usize> = errors.iter().map(|error| lines.add_error(error)).collect();
    lines.add_table("", table.into_inner());
    // A table is in the order of its keys.
    lines.content.entries.sort_by(|a, b| a.source.cmp(&b.source));
    lines.content.entries.retain(|entry| !stands_on(&broken, &entry.source));
    lines.content
}

fn stands_on(lines: &[usize], source: &Source) -> bool {
    matches!(source, Source::File { line, .. } if lines.contains(line))
}

struct Lines<'a> {
    path: &'a Path,
    text: &'a str,
    content: Content,
}

impl Lines<'_> {
    /// Only the message is said and not the line itself, which may hold a secret.
    fn add_error(&mut self, error: &toml::de::Error) -> usize {
        let source = self.source(error.span().unwrap_or_default().start);
        let line = if let Source::File { line, .. } = source { line } else { 0 };
        let what = format!("this is not TOML: {}", error.message().replace('\n', ", "));
        self.content.problems.push(SettingProblem { source, key: String::new(), what });
        line
    }

    fn add_table(&mut self, section: &str, table: DeTable<'_>) {
        for (key, value) in table {
            let source = self.source(key.span().start);
            let name = join(section, key.get_ref());
            match value.get_ref() {
                DeValue::Table(_) => self.add(name.clone(), Given::Section, source),
                _ => {
                    self.add_value(name, value, source);
                    continue;
                }
            }
            if let DeValue::Table(table) = value.into_inner() {
                self.add_table(&name, table);
            }
        }
    }

    fn add_value(&mut self, key: String, value: Spanned<DeValue<'_>>, source: Source) {
        match toml::Value::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => self.add(key, Given::Value(value), source),
            Err(error) => {
                let what = format!("this cannot be read: {}", error.message());
                self.content.problems.push(SettingProblem { source, key, what });
            }
        }
    }

    fn add(&mut self, key: String, given: Given, source: Source) {
        self.content.entries.push(Entry { name: Name::Key(key), given, source });
    }

    fn source(&self, at: usize) -> Source {
        let before = self.text.as_bytes().iter().take(at);
        let line = before.filter(|&&byte| byte == b'\n').count() + 1;
        Source::File { path: self.path.to_owned(), line }
    }
}

/// A key that holds a dot is not the same as a key in a section.
fn join(section: &str, key: &str) -> String {
    let key = if key.contains('.') { format!("\"{key}\"") } else { key.to_owned() };
    if section.is_empty() { key } else { format!("{section}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> (Vec<String>, Vec<String>) {
        let Content { entries, problems, .. } = parse(Path::new("a.toml"), text);
        let entry = |entry: Entry| format!("{} {:?} {}", entry.source, entry.name, entry.given.found());
        (entries.into_iter().map(entry).collect(), problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_key_has_its_line() {
        let (entries, problems) = said("services = []\n\n[http]\naddress = \"a\"\nclock.zone = 3\n");
        assert_eq!(problems, [""; 0]);
        assert_eq!(
            entries,
            [
                "a.toml:1 Key(\"services\") a list",
                "a.toml:3 Key(\"http\") a section",
                "a.toml:4 Key(\"http.address\") the text `a`",
                "a.toml:5 Key(\"http.clock\") a section",
                "a.toml:5 Key(\"http.clock.zone\") the number 3",
            ]
        );
    }

    #[test]
    fn lines_that_are_not_toml_are_all_named_and_the_others_are_read() {
        let (entries, problems) = said("[shutdown]\ngrace = 10s\n[log]\nformat = \"json\"\nlevel = \n");
        assert!(entries.contains(&"a.toml:4 Key(\"log.format\") the text `json`".to_owned()), "{entries:?}");
        assert!(!entries.iter().any(|entry| entry.contains("grace")), "{entries:?}");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("a.toml:2: this is not TOML"), "{problems:?}");
        assert!(problems[1].starts_with("a.toml:5: this is not TOML"), "{problems:?}");
    }

    /// T85.
    #[test]
    fn a_line_that_is_not_toml_is_not_repeated() {
        for text in [
            "url = \"postgres://u:swordfish@h",
            "url = swordfish",
            "url swordfish",
            "url = \"\\q swordfish\"",
        ] {
            let (_, problems) = said(text);
            assert!(!problems.is_empty() && !format!("{problems:?}").contains("swordfish"), "{problems:?}");
        }
    }

    #[test]
    fn a_dot_in_quotes_is_not_a_section() {
        assert_eq!(said("\"http.address\" = 1").0, ["a.toml:1 Key(\"\\\"http.address\\\"\") the number 1"]);
    }
}
