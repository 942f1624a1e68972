//! The documents say every key there is, with its default, and none that is not.

use std::collections::BTreeMap;

use super::*;

const EXAMPLE: &str = include_str!("../../../../rental.example.toml");
const OPERATIONS: &str = include_str!("../../../../docs/OPERATIONS.md");

#[test]
fn the_example_changes_nothing_as_it_is() {
    let content = file::parse(Path::new("rental.example.toml"), EXAMPLE);
    assert!(content.problems.is_empty());
    let sections_only = content.entries.iter().all(|entry| matches!(entry.given, entry::Given::Section));
    assert!(sections_only, "something in rental.example.toml is not commented out");
}

#[test]
fn the_example_has_every_key_with_its_default() {
    let text = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line));
    let content = file::parse(Path::new("rental.example.toml"), &text.collect::<Vec<_>>().join("\n"));
    let (shown, problems) = Reading::with(content, &Words::default(), []).into_parts();
    assert_eq!(problems, []);
    let defaults: BTreeMap<String, shown::Value> =
        keys().into_iter().map(|one| (one.key, one.value)).collect();
    for one in shown {
        assert_eq!(one.value, defaults[&one.key], "{}", one.key);
        if one.value == shown::Value::Absent {
            let key = one.key.rsplit('.').next().unwrap();
            assert!(EXAMPLE.contains(&format!("# {key} = ")), "{} is not in rental.example.toml", one.key);
        } else if let Source::Like(_) = one.source {
            let name = one.key.split('.').nth(1).unwrap();
            assert!(EXAMPLE.contains(name), "the processor {name} is not in rental.example.toml");
        } else {
            assert!(matches!(one.source, Source::File { .. }), "{} is not in rental.example.toml", one.key);
        }
    }
}

#[test]
fn the_operations_document_has_every_key_with_its_default_and_no_other() {
    let settings = OPERATIONS.split("\n## ").find(|part| part.starts_with("Settings")).unwrap();
    let rows = settings.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut rows: BTreeMap<&str, &str> = rows.filter_map(|row| row.split_once("` | ")).collect();
    for one in keys() {
        let documented = match one.source {
            Source::Like(_) => {
                let name = one.key.split('.').nth(1).unwrap();
                assert!(settings.contains(&format!("`{name}`")), "the processor {name} is not documented");
                continue;
            }
            _ => rows.remove(&*one.key).unwrap_or_else(|| panic!("{} is not documented", one.key)),
        };
        let default = match &one.value {
            shown::Value::Plain(value) => format!("`{value}`"),
            _ => "none".to_owned(),
        };
        assert!(
            documented.starts_with(&format!("{default} |")),
            "{}: the default is {default}, not {documented}",
            one.key
        );
    }
    for key in ["processors.NAME.segments", "processors.NAME.start"] {
        rows.remove(key).expect("how a processor is set by its name");
    }
    assert!(rows.is_empty(), "documented and not there: {rows:?}");
}

fn keys() -> Vec<Shown> {
    Given::default().read().into_parts().0
}
