//! `docs/EVENTS.md` says what the code does.

use crate::codec::known_types;
use crate::messages::{Handler, Topic};

const EVENTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/EVENTS.md"));

#[test]
fn every_type_stands_in_a_table_with_its_newest_revision() {
    for known in known_types() {
        let row = format!("| `{}` | {} |", known.kind, known.revision);
        assert_eq!(EVENTS.matches(&row).count(), 1, "docs/EVENTS.md needs one row `{row}`");
    }
}

#[test]
fn no_table_has_a_type_that_nobody_knows() {
    let is_revision = |cell: &str| cell.trim().parse::<u32>().is_ok();
    let rows = EVENTS.lines().filter(|line| line.split('|').nth(2).is_some_and(is_revision));
    assert_eq!(rows.count(), known_types().count());
}

#[test]
fn every_topic_and_every_handler_is_explained() {
    let names = Topic::ALL.map(Topic::name).into_iter().chain(Handler::ALL.map(Handler::name));
    for name in names {
        assert!(EVENTS.contains(&format!("`{name}`")), "docs/EVENTS.md does not mention `{name}`");
    }
}
