//! What was given: a value under a name, and where it stood.

use std::fmt;
use std::path::PathBuf;

use super::secret::repeatable;

/// What every variable of the environment that holds a setting begins with.
pub(super) const PREFIX: &str = "RENTAL__";

/// One value that was given. It may hold a secret, and so it cannot be printed.
pub(super) struct Entry {
    pub(super) name: Name,
    pub(super) given: Given,
    pub(super) source: Source,
}

/// The name it was given under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A key like `http.address`.
    Key(String),
    /// A variable like `RENTAL__HTTP__ADDRESS`; which key it means is known when the key is asked for.
    Variable(String),
    /// A variable that is not one of ours and may have been meant as one, like `RENTAL_HTTP_ADDRESS`.
    Nearly(String),
}

/// What was given.
pub(super) enum Given {
    /// A word from a place that has only words; it is read as what the key needs.
    Word(String),
    /// A value of a settings file.
    Value(toml::Value),
    /// The head of a section of a settings file.
    Section,
    /// Bytes that are no text.
    Unreadable,
}

/// Where a value comes from, from the weakest to the strongest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Nobody said anything.
    Default,
    /// What another key says.
    Like(String),
    /// A settings file; lines count from 1, and 0 stands for all of it.
    File { path: PathBuf, line: usize },
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl Entry {
    /// Whether it gives this key.
    pub(super) fn gives(&self, key: &str) -> bool {
        match &self.name {
            Name::Key(name) => name == key,
            Name::Variable(name) => *name == variable(key),
            Name::Nearly(_) => false,
        }
    }
}

impl Name {
    /// The name as a key, for comparing it with those there are.
    pub(super) fn as_key(&self) -> String {
        match self {
            Self::Key(key) => key.to_lowercase(),
            Self::Variable(name) | Self::Nearly(name) => {
                name.trim_start_matches(PREFIX).to_lowercase().replace("__", ".")
            }
        }
    }
}

impl Given {
    /// What was found, for a message: without what may be secret.
    pub(super) fn found(&self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", repeatable(word)),
            Self::Value(toml::Value::String(text)) => format!("the text `{}`", repeatable(text)),
            Self::Value(toml::Value::Integer(number)) => format!("the number {number}"),
            Self::Value(toml::Value::Float(number)) => format!("the number {number}"),
            Self::Value(toml::Value::Boolean(truth)) => truth.to_string(),
            Self::Value(toml::Value::Datetime(date)) => format!("the date {date}"),
            Self::Value(toml::Value::Array(_)) => "a list".to_owned(),
            Self::Value(toml::Value::Table(_)) | Self::Section => "a section".to_owned(),
            Self::Unreadable => "bytes that are not UTF-8".to_owned(),
        }
    }
}

impl Source {
    /// How strong it is: a stronger one hides a weaker one.
    pub(super) const fn strength(&self) -> u8 {
        match self {
            Self::Default | Self::Like(_) => 0,
            Self::File { .. } => 1,
            Self::Environment(_) => 2,
            Self::Flag(_) => 3,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Like(key) => write!(f, "as {key}"),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// The variable of the environment that gives a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").replace('-', "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_variable() {
        assert_eq!(variable("http.address"), "RENTAL__HTTP__ADDRESS");
        assert_eq!(
            variable("processors.best-sellers.segments"),
            "RENTAL__PROCESSORS__BEST_SELLERS__SEGMENTS"
        );
    }

    #[test]
    fn flags_are_stronger_than_the_environment_and_that_than_a_file() {
        let file = Source::File { path: "a".into(), line: 1 };
        let all = [Source::Default, file, Source::Environment("A".into()), Source::Flag("--a")];
        assert!(all.is_sorted_by_key(Source::strength));
        assert!(all.windows(2).all(|pair| pair[0].strength() < pair[1].strength()));
    }
}
