//! Golden files: one a type and revision, never edited once events of it were stored.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::samples::events;
use super::{encode, stored};
use crate::codec::{AnyEvent, decode, known_types};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");

#[test]
fn the_newest_revision_is_written_exactly_as_its_golden_file() {
    for event in one_of_each_type() {
        let encoded = encode(&event);
        let written = std::str::from_utf8(&encoded.payload).unwrap();
        assert_eq!(golden(encoded.kind.as_str(), encoded.revision), written, "{}", encoded.kind);
    }
}

/// T17.
#[test]
fn every_revision_is_read_as_the_event_of_today() {
    for event in one_of_each_type() {
        let newest = encode(&event);
        let kind = newest.kind.as_str();
        for revision in 1..=newest.revision {
            let read = decode(&stored(kind, revision, golden(kind, revision))).unwrap();
            assert_eq!(read, event, "{kind} revision {revision}");
        }
    }
}

#[test]
fn every_type_and_revision_has_its_golden_file_and_no_file_is_left_over() {
    let expected: BTreeSet<_> = known_types()
        .flat_map(|known| {
            (1..=known.revision).map(move |revision| format!("{}.v{revision}.json", known.kind))
        })
        .collect();
    let found: BTreeSet<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(expected, found);
}

fn one_of_each_type() -> Vec<AnyEvent> {
    let mut seen = BTreeSet::new();
    let firsts: Vec<_> = events().into_iter().filter(|event| seen.insert(encode(event).kind)).collect();
    assert_eq!(firsts.len(), known_types().count());
    firsts
}

fn golden(kind: &str, revision: u32) -> String {
    let path = PathBuf::from(FOLDER).join(format!("{kind}.v{revision}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.trim_end().to_owned()
}
