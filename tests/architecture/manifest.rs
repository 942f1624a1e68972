//! What cargo says about the workspace: its members, what they depend on, and the lints they inherit.

use std::process::Command;

use serde_json::Value;

use crate::complaint::Complaint;
use crate::source::{Tree, root};

/// A line in a table of dependencies.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) of: String,
    pub(crate) name: String,
    /// `None` for what ships, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

impl Dependency {
    /// That this dependency should not be there.
    pub(crate) fn complaint(&self, rule: &str) -> Complaint {
        Complaint::about(&format!("{}/Cargo.toml", self.of), format!("{rule} `{}`", self.name))
    }
}

/// `cargo metadata` of the workspace.
pub(crate) fn of_the_workspace() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The names of the crates of the workspace.
pub(crate) fn members(metadata: &Value) -> Vec<String> {
    packages(metadata).map(|package| text(package, "name")).collect()
}

/// All dependencies of all members, of every kind.
pub(crate) fn dependencies(metadata: &Value) -> Vec<Dependency> {
    packages(metadata).flat_map(dependencies_of).collect()
}

/// Members whose manifest does not take over the lint table of the workspace.
pub(crate) fn members_without_lints(tree: &Tree) -> Vec<Complaint> {
    tree.files
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .filter(|file| !file.text.contains("[lints]\nworkspace = true"))
        .map(|file| Complaint::about(&file.path, "inherit the lints: `[lints]`, `workspace = true`"))
        .collect()
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn dependencies_of(package: &Value) -> Vec<Dependency> {
    let of = text(package, "name");
    let all = package["dependencies"].as_array().into_iter().flatten();
    all.map(|it| Dependency {
        of: of.clone(),
        name: text(it, "name"),
        kind: it["kind"].as_str().map(str::to_owned),
    })
    .collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_member_that_does_not_inherit_the_lints_is_seen() {
    let tree = Tree::sample(&[
        ("Cargo.toml", "[workspace]"),
        ("good/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n"),
        ("bad/Cargo.toml", "[package]\n"),
    ]);
    assert_eq!(crate::complaint::lines(&members_without_lints(&tree)), [("bad/Cargo.toml", 0)]);
}
