//! Smells 5 to 8: too large, undocumented, a name that says nothing, a feature switched where nobody looks for it.

use std::collections::BTreeMap;

use crate::complaint::Complaint;
use crate::source::{File, Tree, has_word};

/// The most lines a Rust file may have.
const LINES_MAX: usize = 400;
/// The most types that may have one name.
const NAMESAKES_MAX: usize = 2;
/// Names of files and folders that say nothing.
const EMPTY_FILES: [&str; 7] = ["util", "utils", "common", "helper", "helpers", "misc", "mod"];
/// Endings of types' names that say nothing.
const EMPTY_ENDINGS: [&str; 6] = ["Manager", "Info", "Impl", "Helper", "Util", "Utils"];
/// The files that may ask which features are on.
const FEATURE_FILES: [&str; 2] = ["adapters/src/lib.rs", "bootstrap/src/ports.rs"];

/// Rust files with too many lines.
pub(crate) fn too_large(tree: &Tree) -> Vec<Complaint> {
    let size = |file: &File| file.text.lines().count();
    let large = tree.rust().filter(|file| size(file) > LINES_MAX);
    large.map(|file| complain(file, format!("{} lines, and {LINES_MAX} is the most", size(file)))).collect()
}

/// Modules in a file `mod.rs`, which looks like every other one in an editor.
pub(crate) fn mod_files(tree: &Tree) -> Vec<Complaint> {
    let bad = tree.rust().filter(|file| file.path.ends_with("/mod.rs"));
    bad.map(|file| complain(file, "put it beside its folder, under the folder's name")).collect()
}

/// Rust files whose first paragraph is not a sentence about the file.
pub(crate) fn without_first_sentence(tree: &Tree) -> Vec<Complaint> {
    let bad = tree.rust().filter(|file| !first_paragraph(file).is_some_and(|text| text.ends_with('.')));
    bad.map(|file| Complaint::at(&file.path, 1, "open the file with one `//!` sentence")).collect()
}

/// Files, folders and types whose names say nothing.
pub(crate) fn empty_names(tree: &Tree) -> Vec<Complaint> {
    let files = tree
        .rust()
        .filter(|file| file.path.split('/').any(|part| EMPTY_FILES.contains(&part.trim_end_matches(".rs"))));
    let named = files.map(|file| complain(file, "this name says nothing; name what is inside"));
    let typed = tree.rust().flat_map(|file| {
        let bad = file.lines().filter_map(|(at, line)| Some((at, type_name(line)?)));
        bad.filter(|(_, name)| EMPTY_ENDINGS.iter().any(|ending| name.ends_with(ending)))
            .map(|(at, name)| {
                Complaint::at(&file.path, at, format!("`{name}` says nothing; name what it is"))
            })
            .collect::<Vec<_>>()
    });
    named.chain(typed).collect()
}

/// Types of the shipped code, by their names, that more than two of them have: whoever meets such a name has to guess.
pub(crate) fn overused_names(tree: &Tree) -> Vec<Complaint> {
    let mut defined: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for file in tree.rust().filter(|file| !file.is_test) {
        for (at, line) in file.shipped_lines() {
            let is_alias = line.contains("type ");
            if let Some(name) = type_name(line).filter(|_| !is_alias && !line.starts_with(' ')) {
                defined.entry(name).or_default().push((&file.path, at));
            }
        }
    }
    let overused = defined.into_iter().filter(|(_, places)| places.len() > NAMESAKES_MAX);
    overused
        .flat_map(|(name, places)| {
            let count = places.len();
            places.into_iter().map(move |(path, at)| {
                Complaint::at(
                    path,
                    at,
                    format!("{count} types are called `{name}`, and {NAMESAKES_MAX} is the most"),
                )
            })
        })
        .collect()
}

/// Questions about features outside the two files that may ask them.
pub(crate) fn scattered_features(tree: &Tree) -> Vec<Complaint> {
    let asks =
        |line: &str| line.contains("cfg") && has_word(line, "feature") && !line.trim().starts_with("//");
    let files = tree.rust().filter(|file| !FEATURE_FILES.contains(&file.path.as_str()) && !file.is_test);
    files
        .flat_map(|file| {
            let bad = file.lines().filter(|(_, line)| asks(line));
            bad.map(|(at, _)| Complaint::at(&file.path, at, "features are switched elsewhere"))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn complain(file: &File, what: impl Into<String>) -> Complaint {
    Complaint::about(&file.path, what)
}

fn first_paragraph(file: &File) -> Option<String> {
    let lines = file.text.lines().map_while(|line| line.strip_prefix("//! "));
    let text = lines.collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

fn type_name(line: &str) -> Option<&str> {
    let line = line.trim();
    let item = match line.strip_prefix("pub(") {
        Some(limited) => limited.split_once(')')?.1,
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    let mut words = item.split(|c: char| !c.is_alphanumeric() && c != '_').skip_while(|word| word.is_empty());
    let keyword = words.next()?;
    ["struct", "enum", "trait", "type"].contains(&keyword).then(|| words.next()).flatten()
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::complaint::lines;

    #[test]
    fn a_file_of_401_lines_is_seen() {
        let tree = Tree::sample(&[("a/src/a.rs", &"x\n".repeat(401)), ("a/src/b.rs", &"x\n".repeat(400))]);
        assert_eq!(lines(&too_large(&tree)), [("a/src/a.rs", 0)]);
    }

    #[test]
    fn a_module_file_is_seen() {
        let tree = Tree::sample(&[("a/src/b/mod.rs", ""), ("a/src/b.rs", "")]);
        assert_eq!(lines(&mod_files(&tree)), [("a/src/b/mod.rs", 0)]);
    }

    #[test]
    fn a_file_without_a_first_sentence_is_seen() {
        let tree = Tree::sample(&[
            ("a.rs", "//! Two lines\n//! of one sentence.\n\nuse x;"),
            ("b.rs", "use x;\n"),
            ("c.rs", "//! no end\nuse x;"),
        ]);
        assert_eq!(lines(&without_first_sentence(&tree)), [("b.rs", 1), ("c.rs", 1)]);
    }

    #[test]
    fn names_that_say_nothing_are_seen() {
        let tree = Tree::sample(&[
            ("a/src/utils.rs", ""),
            ("a/src/common/b.rs", ""),
            ("a/src/c.rs", "pub(crate) struct TokenManager;\nstruct Imply;\nimpl X for Y {}\n"),
        ]);
        let expected = [("a/src/utils.rs", 0), ("a/src/common/b.rs", 0), ("a/src/c.rs", 1)];
        assert_eq!(lines(&empty_names(&tree)), expected);
    }

    #[test]
    fn a_name_of_more_than_two_types_is_seen_wherever_it_stands() {
        let tree = Tree::sample(&[
            ("a/src/a.rs", "pub struct Place;\nstruct Twice;\ntype Alias = u8;\n"),
            ("a/src/b.rs", "\npub(in crate::a) enum Place {}\nstruct Twice;\ntype Alias = u8;\n"),
            ("b/src/c.rs", "trait Place {}\ntype Alias = u8;\n"),
            ("b/tests/c.rs", "struct Twice;\n"),
        ]);
        let expected = [("a/src/a.rs", 1), ("a/src/b.rs", 2), ("b/src/c.rs", 1)];
        assert_eq!(lines(&overused_names(&tree)), expected);
    }

    #[test]
    fn a_feature_asked_for_elsewhere_is_seen() {
        let ask = "#[cfg(feature = \"x\")]\nmod x;\n#[cfg(test)]\nmod feature;\n";
        let tree = Tree::sample(&[("adapters/src/lib.rs", ask), ("application/src/lib.rs", ask)]);
        assert_eq!(lines(&scattered_features(&tree)), [("application/src/lib.rs", 1)]);
    }
}
