//! Documents that point to something which is not there.

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

#[test]
fn a_link_or_path_that_leads_nowhere_is_seen() {
    let text = "[a](b.md) and [c](../d.md#e)\n[f](g.md), [web](https://x.y/z)\n`domain/src/h.rs`, `domain/src/<i>/j.rs`\n";
    let tree = Tree::sample(&[("docs/a.md", text), ("docs/b.md", ""), ("d.md", "")]);
    assert_eq!(crate::complaint::lines(&dead_ends(&tree)), [("docs/a.md", 2), ("docs/a.md", 3)]);
}
