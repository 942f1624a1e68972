//! What a check has found, and where.

use std::fmt;

use crate::source::File;

/// One finding: a file, the line in it (0 for the whole file), and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Complaint {
    /// About one line, counted from 1.
    pub(crate) fn at(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }

    /// About a file as a whole.
    pub(crate) fn about(file: &str, what: impl Into<String>) -> Self {
        Self::at(file, 0, what)
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// About each line of these files that is bad.
pub(crate) fn about_lines<'a>(
    files: impl IntoIterator<Item = &'a File>,
    what: &str,
    bad: impl Fn(&str) -> bool,
) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in files {
        let lines = file.lines().filter(|(_, line)| bad(line));
        found.extend(lines.map(|(at, _)| Complaint::at(&file.path, at, what)));
    }
    found
}

/// Fails the test that calls it when there are complaints, and lists all of them.
#[track_caller]
pub(crate) fn none_of(complaints: Vec<Complaint>) {
    let list: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "\n{}\n", list.join("\n"));
}

/// Where complaints were raised, for tests of the checks themselves.
pub(crate) fn lines(complaints: &[Complaint]) -> Vec<(&str, usize)> {
    complaints.iter().map(|complaint| (complaint.file.as_str(), complaint.line)).collect()
}
