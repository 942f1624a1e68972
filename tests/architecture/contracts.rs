//! Smell 10: an adapter that is not held to the laws of its ports.

use std::collections::BTreeMap;

use crate::complaint::Complaint;
use crate::edges::technology;
use crate::source::{File, Tree, has_word};

/// Ports that several technologies stand behind, and the macro that writes down the laws of each.
const LAWS: [(&str, &str); 7] = [
    ("EventStore", "event_store_laws!"),
    ("TokenStore", "token_store_laws!"),
    ("DeadLetters", "token_store_laws!"),
    ("ProcessorAdmin", "token_store_laws!"),
    ("Publisher", "publisher_laws!"),
    ("MessageSource", "message_source_laws!"),
    ("Baseline", "baseline_laws!"),
];
const CONTRACT: &str = "tests/contract/main.rs";

/// Technologies that implement a port and whose contract file is missing, not compiled, or leaves out the port's laws.
pub(crate) fn adapters_without_laws(tree: &Tree) -> Vec<Complaint> {
    implemented(tree).into_iter().flat_map(|(adapter, laws)| missing(tree, adapter, &laws)).collect()
}

/// The laws that each technology has to keep.
fn implemented(tree: &Tree) -> BTreeMap<&str, Vec<&'static str>> {
    let mut found: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for file in tree.rust() {
        let Some(adapter) = technology(file) else { continue };
        let lines = file.shipped_lines();
        let laws = LAWS.iter().filter(|(port, _)| lines.iter().any(|(_, line)| implements(line, port)));
        found.entry(adapter).or_default().extend(laws.map(|(_, law)| law));
    }
    found
}

fn implements(line: &str, port: &str) -> bool {
    line.trim_start().starts_with("impl") && has_word(line, &format!("{port} for"))
}

fn missing(tree: &Tree, adapter: &str, laws: &[&'static str]) -> Vec<Complaint> {
    if laws.is_empty() {
        return Vec::new();
    }
    let path = format!("tests/contract/{adapter}.rs");
    let Some(contract) = tree.file(&path) else {
        return vec![Complaint::about(&path, format!("missing; it has to invoke {}", laws.join(", ")))];
    };
    let compiled = tree.file(CONTRACT).is_some_and(|main| main.text.contains(&format!("mod {adapter};")));
    let unlisted = (!compiled)
        .then(|| Complaint::about(CONTRACT, format!("`mod {adapter};` is missing, so its laws never run")));
    let files = compiled_files(tree, contract);
    let invoked = |law: &str| files.iter().any(|file| invokes(file, law));
    let left_out = laws
        .iter()
        .filter(|law| !invoked(law))
        .map(|law| Complaint::about(&path, format!("`{law}` is not invoked")));
    unlisted.into_iter().chain(left_out).collect()
}

/// A contract's file and those beside it in its folder that it declares; others are never compiled.
fn compiled_files<'a>(tree: &'a Tree, contract: &'a File) -> Vec<&'a File> {
    let folder = format!("{}/", contract.path.trim_end_matches(".rs"));
    let declared = |file: &&File| {
        let name = file.path.strip_prefix(&folder).and_then(|name| name.strip_suffix(".rs"));
        name.is_some_and(|name| contract.text.contains(&format!("mod {name};")))
    };
    std::iter::once(contract).chain(tree.files.iter().filter(declared)).collect()
}

fn invokes(file: &File, law: &str) -> bool {
    file.lines().any(|(_, line)| line.contains(law) && !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::complaint::lines;

    const ADAPTER: (&str, &str) = (
        "adapters/src/stone/tablet.rs",
        "impl EventStore for Tablet {\nimpl<T> ports::TokenStore for X<T> {\n",
    );

    #[test]
    fn an_adapter_without_a_contract_file_is_seen() {
        assert_eq!(
            lines(&adapters_without_laws(&Tree::sample(&[ADAPTER]))),
            [("tests/contract/stone.rs", 0)]
        );
    }

    #[test]
    fn laws_that_are_left_out_or_never_compiled_are_seen() {
        let tree = Tree::sample(&[
            ADAPTER,
            ("tests/contract/main.rs", "mod iron;"),
            ("tests/contract/stone.rs", "tests::event_store_laws!(x);\n// tests::token_store_laws!(x);\n"),
            ("tests/contract/stone/never.rs", "tests::token_store_laws!(x);\n"),
        ]);
        let expected = [("tests/contract/main.rs", 0), ("tests/contract/stone.rs", 0)];
        assert_eq!(lines(&adapters_without_laws(&tree)), expected);
    }

    #[test]
    fn an_adapter_that_keeps_all_its_laws_is_left_alone() {
        let tree = Tree::sample(&[
            ADAPTER,
            ("tests/contract/main.rs", "mod stone;"),
            ("tests/contract/stone.rs", "mod tokens;\ntests::event_store_laws!(x);\n"),
            ("tests/contract/stone/tokens.rs", "tests::token_store_laws!(x);\n"),
        ]);
        assert!(adapters_without_laws(&tree).is_empty());
    }
}
