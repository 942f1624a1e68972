//! Documents that point to something which is not there.

use std::collections::BTreeSet;

use crate::complaint::Complaint;
use crate::source::{File, Tree};

/// Beginnings of paths that a document may name in passing and that a reader will look for.
const ROOMS: [&str; 6] = ["domain/src", "application/src", "adapters/src", "bootstrap/", "tests/", "docs/"];

/// Links to files of the project, and paths of source files named in the text, that lead nowhere.
pub(crate) fn dead_ends(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        for (at, line) in file.lines() {
            let links = links(line).map(|link| beside(file, link));
            let dead = links.chain(paths(line)).filter(|path| !exists(tree, path));
            found.extend(dead.map(|path| Complaint::at(&file.path, at, format!("`{path}` is not there"))));
        }
    }
    found
}

/// Targets of `[text](target)` that are not addresses of the web or places in the same document.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with('#'))
}

/// Paths in backticks; those with a placeholder in them are not paths.
fn paths(line: &str) -> impl Iterator<Item = String> {
    let quoted = line.split('`').skip(1).step_by(2);
    let named = quoted.filter(|text| ROOMS.iter().any(|room| text.starts_with(room)));
    named.filter(|text| !text.contains(['<', '*', '{', ' '])).map(str::to_owned)
}

fn beside(file: &File, link: &str) -> String {
    let link = link.split('#').next().unwrap_or_default();
    let mut folder: Vec<&str> = file.path.split('/').collect();
    folder.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(folder.pop()),
            "." => {}
            name => folder.push(name),
        }
    }
    folder.join("/")
}

fn exists(tree: &Tree, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let folder = format!("{path}/");
    tree.file(path).is_some() || tree.files.iter().any(|file| file.path.starts_with(&folder))
}

/// Where it stands what a change touches.
const CHANGES: &str = "docs/ARCHITECTURE.md";
/// The rows that a new command with a new event follows.
const COMMAND_ROWS: [&str; 2] = ["| a new command on a card |", "| a new event of a card |"];
/// The most source files that they may name together.
const COMMAND_FILES_MAX: usize = 9;

/// More source files than a command may cost, or rows that are not there.
pub(crate) fn what_a_command_costs(tree: &Tree) -> Vec<Complaint> {
    let Some(file) = tree.file(CHANGES) else { return vec![Complaint::about(CHANGES, "it is not there")] };
    let row = |start: &&str| file.text.lines().find(|line| line.starts_with(start));
    let missing = COMMAND_ROWS.iter().filter(|start| row(start).is_none());
    let missing = missing.map(|start| Complaint::about(CHANGES, format!("it has no row `{start}`")));
    let named: BTreeSet<String> = COMMAND_ROWS.iter().filter_map(row).flat_map(paths).collect();
    let sources = named.iter().filter(|path| path.ends_with(".rs") && !path.contains("/tests/")).count();
    let many = sources.checked_sub(COMMAND_FILES_MAX).filter(|more| *more > 0);
    let many = many.map(|_| Complaint::about(CHANGES, format!("a command touches {sources} source files")));
    missing.chain(many).collect()
}

/// Where the numbers of faults are explained.
const FAULTS: &str = "docs/TESTS.md";

/// Numbers of faults in comments that nobody explains.
pub(crate) fn unexplained_faults(tree: &Tree) -> Vec<Complaint> {
    let explained = tree.file(FAULTS).map(|file| numbers(&file.text)).unwrap_or_default();
    let mut found = Vec::new();
    for file in tree.rust() {
        for (at, line) in file.lines().filter(|(_, line)| line.trim_start().starts_with("//")) {
            let unknown = faults(line).filter(|fault| !explained.contains(*fault));
            found.extend(
                unknown.map(|fault| Complaint::at(&file.path, at, format!("`{fault}` is not in {FAULTS}"))),
            );
        }
    }
    found
}

/// The numbers that a text has, also those between two of them with `to` between.
fn numbers(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text.split_whitespace().map(|word| word.trim_matches([',', '|'])).collect();
    let mut all: BTreeSet<String> = words.iter().flat_map(|word| faults(word)).map(str::to_owned).collect();
    for range in words.windows(3).filter(|range| range[1] == "to") {
        let end = |word: &str| word.strip_prefix('T')?.parse::<u32>().ok();
        if let (Some(first), Some(last)) = (end(range[0]), end(range[2])) {
            all.extend((first..=last).map(|number| format!("T{number}")));
        }
    }
    all
}

/// Words such as `T24` and `T24a`.
fn faults(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| {
        let number =
            word.strip_prefix('T').map(|rest| rest.trim_end_matches(|c: char| c.is_ascii_lowercase()));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[test]
fn a_fault_that_nobody_explains_is_seen() {
    let tree = Tree::sample(&[
        ("docs/TESTS.md", "| T1, T3a | x |\n| T5 to T7 | y |\n"),
        ("a.rs", "/// T1, T3a and T6.\n// T2\nfn of<T>(t: T9) {}\n    /// T3: half of it.\n"),
    ]);
    assert_eq!(crate::complaint::lines(&unexplained_faults(&tree)), [("a.rs", 2), ("a.rs", 4)]);
}

#[test]
fn a_link_or_path_that_leads_nowhere_is_seen() {
    let text = "[a](b.md) and [c](../d.md#e)\n[f](g.md), [web](https://x.y/z)\n`domain/src/h.rs`, `domain/src/<i>/j.rs`\n";
    let tree = Tree::sample(&[("docs/a.md", text), ("docs/b.md", ""), ("d.md", "")]);
    assert_eq!(crate::complaint::lines(&dead_ends(&tree)), [("docs/a.md", 2), ("docs/a.md", 3)]);
}
