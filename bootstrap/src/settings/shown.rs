//! The settings as `config show` says them: each value with its source, and no secret.

use std::fmt::Write;

use clap::ValueEnum;
use serde_json::json;

use super::entry::Source;

/// How they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// As a settings file, with the source behind each value.
    Toml,
    /// As one object; each key has `value` and `source`.
    Json,
}

/// A key with its effective value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) key: String,
    pub(super) value: Value,
    pub(super) source: Source,
}

/// What is said of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// The value itself.
    Plain(toml::Value),
    /// A secret, masked.
    Secret(String),
    /// What was found and cannot be.
    Wrong(String),
    /// Nothing was given, and nothing is the default.
    Absent,
}

/// All of them, as text.
pub(crate) fn render(all: &[Shown], output: Output) -> String {
    match output {
        Output::Toml => toml(all),
        Output::Json => json(all),
    }
}

fn toml(all: &[Shown]) -> String {
    let (mut text, mut open) = (String::new(), "");
    for shown in all {
        let (section, key) = shown.key.rsplit_once('.').unwrap_or(("", &shown.key));
        if section != open {
            let _ = writeln!(text, "\n[{section}]"); // a String takes all that is written to it
            open = section;
        }
        let _ = writeln!(text, "{}", shown.line(key)); // as above
    }
    text
}

fn json(all: &[Shown]) -> String {
    let entry = |shown: &Shown| {
        let (value, note) = match &shown.value {
            Value::Plain(value) => (json!(value), None),
            Value::Secret(masked) => (json!(masked), Some("secret")),
            Value::Wrong(found) => (json!(found), Some("wrong")),
            Value::Absent => (json!(null), None),
        };
        let mut entry = json!({ "value": value, "source": shown.source.to_string() });
        if let Some(note) = note {
            entry[note] = json!(true);
        }
        (shown.key.clone(), entry)
    };
    let all: serde_json::Map<_, _> = all.iter().map(entry).collect();
    format!("{:#}\n", json!(all))
}

impl Shown {
    fn line(&self, key: &str) -> String {
        let source = &self.source;
        match &self.value {
            Value::Plain(value) => format!("{key} = {value}  # {source}"),
            Value::Secret(masked) => format!("{key} = {}  # {source}", toml::Value::from(masked.as_str())),
            Value::Wrong(found) => format!("# {key}: {found} cannot be  # {source}"),
            Value::Absent => format!("# {key}: not given"),
        }
    }
}
