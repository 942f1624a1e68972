//! Reads keys out of all that was given: the strongest source counts, and what nobody asks for is a problem.

use super::entry::{Entry, Given, Name, Source};
use super::parsers::{SettingText, text};
use super::problem::SettingProblem;
use super::secret::{Secret, repeatable};
use super::shown::{Shown, Value};
use super::unknown;

/// What was given and not yet read, and what became of the rest.
pub(super) struct Reader {
    entries: Vec<Entry>,
    shown: Vec<Shown>,
    problems: Vec<SettingProblem>,
    notes: Vec<SettingProblem>,
}

/// What is left when every key was asked for.
pub(crate) struct Outcome {
    /// The effective value of every key there is, in the order of their names.
    pub(crate) shown: Vec<Shown>,
    /// Everything that is wrong.
    pub(crate) problems: Vec<SettingProblem>,
    /// What was left out and stops nobody.
    pub(crate) notes: Vec<SettingProblem>,
}

impl Reader {
    /// Reads from these; some problems are known already, and what was left out.
    pub(super) const fn new(
        entries: Vec<Entry>,
        problems: Vec<SettingProblem>,
        notes: Vec<SettingProblem>,
    ) -> Self {
        Self { entries, shown: vec![], problems, notes }
    }

    /// The value of a key, or its default. It is the default too when something is wrong, which is noted.
    pub(super) fn read<T: SettingText>(
        &mut self,
        key: &str,
        default: T,
        form: impl Fn(&Given) -> Result<T, String>,
    ) -> T {
        self.read_or(key, (default, Source::Default), form)
    }

    /// As [`Self::read`], with a default that something else says.
    pub(super) fn read_or<T: SettingText>(
        &mut self,
        key: &str,
        (default, said_by): (T, Source),
        form: impl Fn(&Given) -> Result<T, String>,
    ) -> T {
        let Some(entry) = self.take(key) else {
            self.show(key, Value::Plain(default.written()), said_by);
            return default;
        };
        self.understand(key, &entry, form).unwrap_or(default)
    }

    /// As [`Self::read`], with a default that has to be read as well.
    pub(super) fn try_read<T: SettingText>(
        &mut self,
        key: &str,
        (default, source): (&str, Source),
        form: impl Fn(&Given) -> Result<T, String>,
    ) -> Option<T> {
        let otherwise = || {
            let (name, given) = (Name::Key(key.to_owned()), Given::Word(default.to_owned()));
            Entry { name, given, source }
        };
        let entry = self.take(key).unwrap_or_else(otherwise);
        self.understand(key, &entry, form)
    }

    /// What was given for a key that has no default.
    pub(super) fn optional<T: SettingText>(
        &mut self,
        key: &str,
        form: impl Fn(&Given) -> Result<T, String>,
    ) -> Option<T> {
        let Some(entry) = self.take(key) else {
            self.show(key, Value::Absent, Source::Default);
            return None;
        };
        self.understand(key, &entry, form)
    }

    /// A secret, or the content of the file that `<key>_file` names.
    pub(super) fn secret(&mut self, key: &str) -> Option<(Secret, Source)> {
        let file_key = format!("{key}_file");
        let (entry, file) = (self.take(key), self.take(&file_key));
        self.show_path(&file_key, file.as_ref());
        let (read, source) = match (entry, file) {
            (None, None) => {
                self.show(key, Value::Absent, Source::Default);
                return None;
            }
            (Some(entry), None) => (Secret::given(&entry.given), entry.source),
            (None, Some(file)) => (text(&file.given).and_then(Secret::from_file), file.source),
            (Some(entry), Some(file)) => {
                let both = format!("{} and {} both give it; give one of them", entry.source, file.source);
                (Err(both), entry.source)
            }
        };
        match read {
            Ok(secret) => {
                self.show(key, Value::Secret(secret.to_string()), source.clone());
                Some((secret, source))
            }
            Err(what) => {
                self.show(key, Value::Wrong("***".to_owned()), source.clone());
                self.note(source, key, what);
                None
            }
        }
    }

    /// Forgets what weaker sources say about keys that only make sense together, when a stronger one says anything.
    pub(super) fn keep_strongest(&mut self, keys: &[&str]) {
        let gives = |entry: &Entry| keys.iter().any(|key| entry.gives(key));
        let strengths = self.entries.iter().filter(|entry| gives(entry)).map(|entry| entry.source.strength());
        if let Some(strongest) = strengths.max() {
            self.entries.retain(|entry| entry.source.strength() == strongest || !gives(entry));
        }
    }

    /// The strongest of what was given for a key; the others are forgotten.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry> {
        let (mut giving, rest) =
            std::mem::take(&mut self.entries).into_iter().partition::<Vec<_>, _>(|entry| entry.gives(key));
        self.entries = rest;
        giving.sort_by_key(|entry| entry.source.strength());
        giving.pop()
    }

    /// Where the value of a key that was read comes from.
    pub(super) fn source_of(&self, key: &str) -> Source {
        let shown = self.shown.iter().find(|shown| shown.key == key);
        shown.map_or(Source::Default, |shown| shown.source.clone())
    }

    /// Notes what is wrong with a value that was read.
    pub(super) fn refuse(&mut self, key: &str, what: String) {
        self.note(self.source_of(key), key, what);
    }

    /// Notes what is wrong with what a source says.
    pub(super) fn note(&mut self, source: Source, key: &str, what: String) {
        self.problems.push(SettingProblem { source, key: key.to_owned(), what });
    }

    /// Says what the value of a key is.
    pub(super) fn show(&mut self, key: &str, value: Value, source: Source) {
        self.shown.push(Shown { key: key.to_owned(), value, source });
    }

    /// Ends the reading: what was given and never asked for is unknown.
    pub(super) fn finish(mut self) -> Outcome {
        let known: Vec<String> = self.shown.iter().map(|shown| shown.key.clone()).collect();
        self.problems.extend(unknown::among(&self.entries, &known));
        self.shown.sort_by_key(|shown| (shown.key.contains('.'), shown.key.clone()));
        Outcome { shown: self.shown, problems: self.problems, notes: self.notes }
    }

    fn understand<T: SettingText>(
        &mut self,
        key: &str,
        entry: &Entry,
        form: impl Fn(&Given) -> Result<T, String>,
    ) -> Option<T> {
        let Entry { given, source, .. } = entry;
        match form(given) {
            Ok(value) => {
                self.show(key, Value::Plain(value.written()), source.clone());
                Some(value)
            }
            Err(what) => {
                self.show(key, Value::Wrong(given.found()), source.clone());
                self.note(source.clone(), key, what);
                None
            }
        }
    }

    fn show_path(&mut self, key: &str, entry: Option<&Entry>) {
        let (value, source) = match entry {
            None => (Value::Absent, Source::Default),
            Some(Entry { given, source, .. }) => match text(given) {
                Ok(path) => (Value::Plain(toml::Value::from(repeatable(path))), source.clone()),
                Err(_told_by_whoever_reads_it) => (Value::Wrong(given.found()), source.clone()),
            },
        };
        self.show(key, value, source);
    }
}
