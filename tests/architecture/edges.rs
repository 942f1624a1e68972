//! Smells 1 and 2: the domain depends on something, an arrow points outward, a technology knows its sibling.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::complaint::Complaint;
use crate::manifest::{self, Dependency};
use crate::source::{File, Tree};

/// Crates that the rules may be built from.
const DOMAIN_MAY: [&str; 4] = ["jiff", "thiserror", "unicode-normalization", "uuid"];
/// Crates that only tests of the rules may use.
const DOMAIN_TESTS_MAY: [&str; 1] = ["proptest"];
/// Who may depend on whom, among ours.
const ALLOWED: [(&str, &[&str]); 5] = [
    ("domain", &[]),
    ("application", &["domain"]),
    ("adapters", &["application", "domain"]),
    ("bootstrap", &["adapters", "application", "domain"]),
    ("tests", &["adapters", "application", "domain"]),
];
/// Whose tests may use what the tests share: those of the binary itself.
const TESTED_WITH: (&str, &str) = ("bootstrap", "tests");
/// Crates that reach outside, and therefore stand behind a port.
const DRIVERS: [&str; 14] = [
    "axum",
    "bson",
    "clap",
    "diesel",
    "hyper",
    "mongodb",
    "rdkafka",
    "reqwest",
    "rusqlite",
    "rskafka",
    "sqlx",
    "tokio-postgres",
    "tower",
    "tower-http",
];

/// The room of the adapters that all technologies may use.
const SHARED: &str = "stores";

/// Dependencies of `domain` beyond the few that are allowed.
pub(crate) fn of_the_domain(metadata: &Value) -> Vec<Complaint> {
    let allowed = |it: &Dependency| match it.kind.as_deref() {
        None => DOMAIN_MAY.contains(&it.name.as_str()),
        Some("dev") => DOMAIN_TESTS_MAY.contains(&it.name.as_str()),
        Some(_) => false,
    };
    manifest::dependencies(metadata)
        .into_iter()
        .filter(|it| it.of == "domain" && !allowed(it))
        .map(|it| it.complaint("the rules may not depend on"))
        .collect()
}

/// Edges between our crates that are not among the allowed ones, and crates of ours that nobody has given a place.
pub(crate) fn outward(metadata: &Value) -> Vec<Complaint> {
    let ours: BTreeSet<String> = manifest::members(metadata).into_iter().collect();
    let place = |name: &str| ALLOWED.iter().find(|(of, _)| *of == name).map(|(_, may)| *may);
    let strangers = ours
        .iter()
        .filter(|name| place(name).is_none())
        .map(|name| Complaint::about(name, "this crate has no place among the allowed edges"));
    let wrong = manifest::dependencies(metadata)
        .into_iter()
        .filter(|it| ours.contains(&it.name))
        .filter(|it| !place(&it.of).is_some_and(|may| may.contains(&it.name.as_str())))
        .filter(|it| it.kind.as_deref() != Some("dev") || (&*it.of, &*it.name) != TESTED_WITH)
        .map(|it| it.complaint("no arrow may point to"));
    strangers.chain(wrong).collect()
}

/// Drivers among the dependencies of `domain` and `application`.
pub(crate) fn drivers_inside(metadata: &Value) -> Vec<Complaint> {
    manifest::dependencies(metadata)
        .into_iter()
        .filter(|it| it.of == "domain" || it.of == "application")
        .filter(|it| DRIVERS.contains(&it.name.as_str()))
        .map(|it| it.complaint("behind a port belongs"))
        .collect()
}

/// Imports from one folder of the adapters into another, and drivers in the one that is for all.
pub(crate) fn between_technologies(tree: &Tree) -> Vec<Complaint> {
    let all: BTreeSet<&str> = tree.rust().filter_map(technology).collect();
    let mut found = Vec::new();
    for file in tree.rust() {
        let Some(own) = technology(file) else { continue };
        if own == SHARED {
            found.extend(drivers_of(file));
        }
        for other in all.iter().filter(|other| ![own, SHARED].contains(other)) {
            let path = format!("crate::{other}");
            found.extend(
                file.lines()
                    .filter(|(_, line)| crate::source::has_word(line, &path))
                    .map(|(at, _)| Complaint::at(&file.path, at, format!("`{own}` must not know `{other}`"))),
            );
        }
    }
    found
}

fn drivers_of(file: &File) -> Vec<Complaint> {
    let is_driver =
        |line: &str| DRIVERS.iter().any(|driver| crate::source::has_word(line, &driver.replace('-', "_")));
    let named = file.lines().filter(|(_, line)| is_driver(line));
    named
        .map(|(at, _)| Complaint::at(&file.path, at, "what all stores use names no driver".to_owned()))
        .collect()
}

/// The folder of the adapters that a file belongs to: `memory` for `memory.rs` and all that lies in `memory/`.
pub(crate) fn technology(file: &File) -> Option<&str> {
    let inside = file.path.strip_prefix("adapters/src/")?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    (name != "lib").then_some(name)
}

#[cfg(test)]
mod samples {
    use serde_json::json;

    use super::*;
    use crate::complaint::lines;

    fn workspace(of: &str, dependencies: &Value) -> Value {
        let package = |name: &str, dependencies: &Value| json!({"name": name, "dependencies": dependencies});
        let names = ["domain", "application", "adapters", "bootstrap", "tests"];
        let packages: Vec<_> = names
            .iter()
            .map(|name| package(name, if *name == of { dependencies } else { &Value::Null }))
            .collect();
        json!({ "packages": packages })
    }

    #[test]
    fn a_domain_that_serialises_is_seen() {
        let bad =
            workspace("domain", &json!([{"name": "serde", "kind": null}, {"name": "uuid", "kind": null}]));
        assert_eq!(lines(&of_the_domain(&bad)), [("domain/Cargo.toml", 0)]);
    }

    #[test]
    fn a_crate_for_tests_of_the_rules_is_not_taken_for_the_rules_themselves() {
        let bad = workspace("domain", &json!([{"name": "proptest", "kind": null}]));
        let good = workspace("domain", &json!([{"name": "proptest", "kind": "dev"}]));
        assert_eq!(of_the_domain(&bad).len(), 1);
        assert!(of_the_domain(&good).is_empty());
    }

    #[test]
    fn an_arrow_outward_is_seen() {
        let bad = workspace("application", &json!([{"name": "adapters", "kind": "dev"}]));
        assert_eq!(lines(&outward(&bad)), [("application/Cargo.toml", 0)]);
        assert!(outward(&workspace("application", &json!([{"name": "domain"}]))).is_empty());
    }

    #[test]
    fn a_sixth_crate_is_seen() {
        let bad = json!({"packages": [{"name": "shared", "dependencies": []}]});
        assert_eq!(lines(&outward(&bad)), [("shared", 0)]);
    }

    #[test]
    fn tests_of_the_binary_may_use_what_tests_share_and_the_binary_may_not() {
        let uses =
            |kind: Option<&str>| outward(&workspace("bootstrap", &json!([{"name": "tests", "kind": kind}])));
        assert_eq!((uses(Some("dev")).len(), uses(None).len()), (0, 1));
    }

    #[test]
    fn a_driver_in_the_application_is_seen() {
        let bad = workspace("application", &json!([{"name": "sqlx"}]));
        assert_eq!(lines(&drivers_inside(&bad)), [("application/Cargo.toml", 0)]);
    }

    #[test]
    fn a_technology_that_imports_its_sibling_is_seen() {
        let tree = Tree::sample(&[
            ("adapters/src/lib.rs", "pub mod http;\npub use crate::memory::X;"),
            ("adapters/src/memory.rs", "use crate::memory::log;"),
            ("adapters/src/http/desk.rs", "use crate::http::problem;\nuse crate::memory::Memory;"),
        ]);
        assert_eq!(lines(&between_technologies(&tree)), [("adapters/src/http/desk.rs", 2)]);
    }

    #[test]
    fn all_technologies_may_use_the_shared_room_which_may_use_no_driver() {
        let tree = Tree::sample(&[
            ("adapters/src/postgres.rs", "use crate::stores::poller;"),
            ("adapters/src/stores/poller.rs", "use tokio::time;"),
            ("adapters/src/stores/failure.rs", "use sqlx::Error;\nuse crate::postgres::X;"),
        ]);
        let found = [("adapters/src/stores/failure.rs", 1), ("adapters/src/stores/failure.rs", 2)];
        assert_eq!(lines(&between_technologies(&tree)), found);
    }
}
