//! Smells 1, 3 and 4: what must stay outside has come in.

use crate::complaint::Complaint;
use crate::source::{File, Tree, has_word};

const INSIDE: [&str; 2] = ["domain/src/", "application/src/"];
const TECHNOLOGIES: [&str; 7] = ["postgres", "sqlite", "mongo", "kafka", "sqlx", "bson", "axum"];
const CLOCKS: [&str; 7] = ["SystemTime", "Instant", "Utc", "Local", "Timestamp", "Zoned", "OffsetDateTime"];

/// Waiting and serialising in the rules.
pub(crate) fn async_or_serde_in_the_domain(tree: &Tree) -> Vec<Complaint> {
    let bad = |line: &str| ["async", "await", "serde"].into_iter().find(|word| has_word(line, word));
    found(tree.rust_in(&["domain/src/"]), |line| {
        bad(line).map(|word| format!("`{word}` does not belong into the rules"))
    })
}

/// The name of a technology, whatever its case, or a path into one.
pub(crate) fn technologies(tree: &Tree) -> Vec<Complaint> {
    let bad = |line: &str| {
        let lower = line.to_lowercase();
        let named = TECHNOLOGIES.into_iter().find(|name| lower.contains(name));
        named.or_else(|| path_into(line, "http").then_some("http::"))
    };
    found(tree.rust_in(&INSIDE), |line| bad(line).map(|name| format!("`{name}` belongs into the adapters")))
}

/// Clocks, dice and the environment, read where nobody can see it.
pub(crate) fn hidden_inputs(tree: &Tree) -> Vec<Complaint> {
    let clock = |line: &str| CLOCKS.into_iter().find(|it| has_word(line, &format!("{it}::now")));
    let other = |line: &str| {
        let paths = ["Uuid::new_v4", "Uuid::now_v7", "env::var", "env::vars", "env::var_os"];
        let path = paths.into_iter().find(|path| has_word(line, path));
        path.or_else(|| path_into(line, "rand").then_some("rand::"))
    };
    found(tree.rust_in(&INSIDE), |line| {
        clock(line).or_else(|| other(line)).map(|what| format!("`{what}` has to come in through a port"))
    })
}

fn found<'a>(files: impl Iterator<Item = &'a File>, bad: impl Fn(&str) -> Option<String>) -> Vec<Complaint> {
    let of = |file: &'a File| file.lines().filter_map(|(at, line)| Some((file, at, bad(line)?))).collect();
    files
        .flat_map(|file| -> Vec<_> { of(file) })
        .map(|(file, at, what)| Complaint::at(&file.path, at, what))
        .collect()
}

/// Whether a line holds `name::` where `name` is a whole word.
fn path_into(line: &str, name: &str) -> bool {
    let pattern = format!("{name}::");
    line.match_indices(&pattern)
        .any(|(at, _)| !line[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::complaint::lines;

    #[test]
    fn a_rule_that_waits_is_seen() {
        let tree = Tree::sample(&[
            ("domain/src/a.rs", "fn a() {}\nasync fn b() {}\n"),
            ("application/src/a.rs", "async fn b() {}\n"),
        ]);
        assert_eq!(lines(&async_or_serde_in_the_domain(&tree)), [("domain/src/a.rs", 2)]);
    }

    #[test]
    fn a_technology_is_seen_in_code_and_comments_of_any_case() {
        let tree = Tree::sample(&[
            ("domain/src/a.rs", "// As Kafka wants it.\n"),
            ("application/src/a.rs", "use http::StatusCode;\nlet my_http::x;\nuse sqlx::Row;\n"),
            ("adapters/src/a.rs", "use axum::Router;\n"),
        ]);
        let expected = [("domain/src/a.rs", 1), ("application/src/a.rs", 1), ("application/src/a.rs", 3)];
        assert_eq!(lines(&technologies(&tree)), expected);
    }

    #[test]
    fn a_hidden_clock_id_die_or_variable_is_seen() {
        let text = "Timestamp::now()\nUuid::now_v7()\nrand::random()\nenv::var(\"X\")\nself.clock.now()\n";
        let found = hidden_inputs(&Tree::sample(&[("application/src/a.rs", text)]));
        assert_eq!(found.iter().map(|it| it.line).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }
}
