//! Words that must not stand in the project: work left for later, tests that sleep or are switched off.

use crate::complaint::{Complaint, about_lines};
use crate::source::{File, Tree, has_word};

// Put together here, so that this file does not complain about itself.
const LATER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const SLEEPS: [&str; 3] = [concat!("sleep", "("), concat!("sleep_", "until("), concat!("sleep_", "ms(")];
const SWITCHED_OFF: [&str; 2] = [concat!("#[ign", "ore"), concat!("#[cfg(an", "y())]")];

/// Notes to oneself, in any file.
pub(crate) fn left_for_later(tree: &Tree) -> Vec<Complaint> {
    about_lines(&tree.files, "do it now or write an issue", |line| {
        LATER.iter().any(|word| has_word(line, word))
    })
}

/// Tests that wait for time to pass rather than for something to happen.
pub(crate) fn sleeping_tests(tree: &Tree) -> Vec<Complaint> {
    let what = "wait for a condition with a limit";
    about_lines(tests(tree), what, |line| SLEEPS.iter().any(|call| line.contains(call)))
}

/// Tests that look as if they ran.
pub(crate) fn tests_switched_off(tree: &Tree) -> Vec<Complaint> {
    let what = "a test that does not run proves nothing";
    about_lines(tree.rust(), what, |line| SWITCHED_OFF.iter().any(|attribute| line.contains(attribute)))
}

fn tests(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.rust().filter(|file| file.is_test)
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::complaint::lines;

    #[test]
    fn a_note_to_oneself_is_seen() {
        let note = format!("fine\n// {}: later\nto_do\n", LATER[0]);
        assert_eq!(lines(&left_for_later(&Tree::sample(&[("README.md", &note)]))), [("README.md", 2)]);
    }

    #[test]
    fn a_test_that_sleeps_is_seen() {
        let line = format!("tokio::time::{}d).await;", SLEEPS[0]);
        let tree = Tree::sample(&[("tests/a/main.rs", &line), ("application/src/a.rs", &line)]);
        assert_eq!(lines(&sleeping_tests(&tree)), [("tests/a/main.rs", 1)]);
    }

    #[test]
    fn a_test_that_is_switched_off_is_seen() {
        let text = format!("{}]\nfn a() {{}}\n", SWITCHED_OFF[0]);
        assert_eq!(lines(&tests_switched_off(&Tree::sample(&[("a/src/a.rs", &text)]))), [("a/src/a.rs", 1)]);
    }
}
