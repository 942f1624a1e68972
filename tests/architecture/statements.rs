//! Statements in files: none may have the database prepare it anew each time.

use crate::complaint::{Complaint, about_lines};
use crate::source::Tree;

/// Limits that are a bare parameter. SQLite looks at its value to plan with, and so prepares the statement again
/// whenever one is bound; it does not look into a sum.
pub(crate) fn prepared_each_time(tree: &Tree) -> Vec<Complaint> {
    let files = tree.files.iter().filter(|file| file.path.starts_with("adapters/src/sqlite/"));
    about_lines(files, "write `+ 0` after the limit's parameter", has_bare_limit)
}

fn has_bare_limit(line: &str) -> bool {
    let line = line.to_lowercase();
    let Some((_, after)) = line.split_once("limit ?") else { return false };
    !after.trim_start_matches(|each: char| each.is_ascii_digit()).starts_with(" + 0")
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::complaint::lines;

    #[test]
    fn a_bare_limit_is_seen() {
        let sql = "select a from b limit ?1 + 0\nselect a from b\nLIMIT ?12\nlimit 5\n";
        let tree =
            Tree::sample(&[("adapters/src/sqlite/sql/a.sql", sql), ("adapters/src/postgres/sql/a.sql", sql)]);
        assert_eq!(lines(&prepared_each_time(&tree)), [("adapters/src/sqlite/sql/a.sql", 3)]);
    }
}
