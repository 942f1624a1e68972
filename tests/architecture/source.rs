//! The source tree as the checks see it: paths from the root, and text.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are not source.
const SKIPPED: [&str; 5] = ["target", ".git", "data", "node_modules", "dist"];
/// Endings of the files that are read.
const READ: [&str; 10] = ["rs", "json", "toml", "md", "sql", "sh", "yml", "yaml", "ts", "tsx"];

/// Files of a tree, by path.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

/// A file: its path from the root with `/` between folders, its text, and whether it is compiled for tests only.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) is_test: bool,
}

impl Tree {
    /// The project itself.
    pub(crate) fn of_the_workspace() -> Self {
        let mut files = Vec::new();
        collect(&root(), &root(), &mut files);
        assert!(files.len() > 30, "only {} files were found below {}", files.len(), root().display());
        files.sort();
        Self::of(files)
    }

    /// A made-up tree, for tests of the checks.
    pub(crate) fn sample(files: &[(&str, &str)]) -> Self {
        Self::of(files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect())
    }

    fn of(files: Vec<(String, String)>) -> Self {
        let test_modules: Vec<String> =
            files.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
        let is_test = |path: &str| {
            path.split('/').any(|folder| folder == "tests")
                || test_modules.iter().any(|module| path.starts_with(module.as_str()))
        };
        let file = |(path, text): (String, String)| File { is_test: is_test(&path), path, text };
        Self { files: files.into_iter().map(file).collect() }
    }

    /// The Rust files below one of these folders.
    pub(crate) fn rust_in(&self, folders: &[&str]) -> impl Iterator<Item = &File> {
        self.rust().filter(move |file| folders.iter().any(|folder| file.path.starts_with(folder)))
    }

    /// All Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// The file at a path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// Lines with their numbers, counted from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    /// Lines of the code that ships: without test modules, and none when the whole file is a test.
    pub(crate) fn shipped_lines(&self) -> Vec<(usize, &str)> {
        if self.is_test { Vec::new() } else { without_test_modules(self.lines()) }
    }
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap()
}

/// Whether a line holds a word that is not a part of a longer one.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part)
            && !line[at + word.len()..].chars().next().is_some_and(part)
    })
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                collect(root, &path, files);
            }
        } else if is_read(&path) {
            let text = fs::read_to_string(&path).unwrap();
            files.push((from_root(root, &path), text));
        }
    }
}

fn is_read(path: &Path) -> bool {
    match path.extension() {
        Some(ending) => READ.iter().any(|known| ending == *known),
        // Scripts such as `check` have no ending.
        None => path.file_name().is_some_and(|name| name == "check" || name == "run"),
    }
}

fn from_root(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/")
}

/// The beginnings of the paths of modules that a file declares as `#[cfg(test)] mod name;`.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let folder = match path.rsplit_once('/') {
        Some((folder, "lib.rs" | "main.rs")) => folder,
        _ => path.trim_end_matches(".rs"),
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name));
    declared.flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/")]).collect()
}

/// Leaves out `#[cfg(test)] mod … { … }`. The code is formatted, so a module ends at the first `}` indented like it.
fn without_test_modules<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Vec<(usize, &'a str)> {
    let mut kept = Vec::new();
    let mut end: Option<String> = None;
    let mut after_cfg = false;
    for (number, line) in lines {
        if let Some(closing) = &end {
            end = (line != closing).then(|| closing.clone());
        } else if line.trim() == "#[cfg(test)]" {
            after_cfg = true;
        } else if after_cfg && line.trim_end().ends_with('{') {
            let indent = line.len() - line.trim_start().len();
            end = Some(format!("{}}}", &line[..indent]));
            after_cfg = false;
        } else if !after_cfg || !line.trim_start().starts_with("#[") {
            after_cfg = false;
            kept.push((number, line));
        }
    }
    kept
}

#[test]
fn a_test_module_is_left_out_and_what_follows_is_kept() {
    let text = "a\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    b {\n    }\n}\nc\n#[cfg(test)]\nmod d;\ne";
    let tree = Tree::sample(&[("x/src/a.rs", text)]);
    let kept: Vec<_> = tree.files[0].shipped_lines().into_iter().map(|(number, _)| number).collect();
    assert_eq!(kept, [1, 8, 10, 11]);
}

#[test]
fn a_file_that_its_parent_declares_for_tests_is_a_test() {
    let tree = Tree::sample(&[
        ("x/src/lib.rs", "#[cfg(test)]\npub mod scenario;\nmod b;\n"),
        ("x/src/scenario.rs", ""),
        ("x/src/b.rs", "#[cfg(test)]\nmod tests;"),
        ("x/src/b/tests.rs", ""),
        ("x/src/b/tests/c.rs", ""),
        ("x/src/b/c.rs", ""),
    ]);
    let shipped: Vec<_> = tree.files.iter().filter(|file| !file.is_test).map(|file| &*file.path).collect();
    assert_eq!(shipped, ["x/src/lib.rs", "x/src/b.rs", "x/src/b/c.rs"]);
}

#[test]
fn words_are_found_whole_only() {
    assert!(has_word("pub async fn a()", "async"));
    assert!(!has_word("asynchronous", "async"));
    assert!(!has_word("my_async", "async"));
}
