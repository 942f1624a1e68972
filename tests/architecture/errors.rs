//! Smell 9: an error swallowed, or thrown at the user.

use crate::complaint::Complaint;
use crate::source::{File, Tree};

/// What hides an error or turns it into a crash. A comment on the line or the line above may say why it is right.
const SWALLOWS: [&str; 9] =
    ["Err(_)=>", "let_=", "let_:", ".ok();", ".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!("];

/// Errors swallowed in code that ships, without a reason beside them.
pub(crate) fn swallowed(tree: &Tree) -> Vec<Complaint> {
    tree.rust().flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<Complaint> {
    let lines = file.shipped_lines();
    let above = |at: usize| at.checked_sub(1).map_or("", |at| lines[at].1);
    let bad = lines.iter().enumerate().filter_map(|(at, (number, line))| {
        let what = swallow_in(line)?;
        (!gives_reason(line) && !above(at).trim_start().starts_with("//")).then_some((*number, what))
    });
    bad.map(|(number, what)| {
        Complaint::at(&file.path, number, format!("`{what}` without a reason beside it"))
    })
    .collect()
}

fn swallow_in(line: &str) -> Option<&'static str> {
    if line.trim_start().starts_with("//") {
        return None;
    }
    let dense: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    SWALLOWS.into_iter().find(|pattern| dense.contains(pattern))
}

fn gives_reason(line: &str) -> bool {
    line.contains("// ")
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::complaint::lines;

    #[test]
    fn a_swallowed_error_is_seen() {
        let text =
            "Err(_) => None,\nlet _ = send();\nsend().ok();\nx.unwrap();\nx.expect(\"y\");\npanic!(\"z\");\n";
        let found = swallowed(&Tree::sample(&[("a/src/a.rs", text)]));
        assert_eq!(found.iter().map(|it| it.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_reason_on_the_line_or_above_it_is_enough() {
        let text =
            "// Nobody waits any more.\nlet _ = send();\nsend().ok(); // a hint only\n\nlet _ = send();\n";
        assert_eq!(lines(&swallowed(&Tree::sample(&[("a/src/a.rs", text)]))), [("a/src/a.rs", 5)]);
    }

    #[test]
    fn tests_may_unwrap() {
        let inline = "#[cfg(test)]\nmod tests {\n    fn a() {\n        x.unwrap();\n    }\n}\n";
        let tree = Tree::sample(&[
            ("a/src/a.rs", inline),
            ("tests/src/b.rs", "x.unwrap();"),
            ("a/src/c.rs", "#[cfg(test)]\nmod tests;"),
            ("a/src/c/tests.rs", "x.unwrap();"),
            ("a/tests/d.rs", "x.unwrap();"),
        ]);
        assert!(swallowed(&tree).is_empty());
    }
}
