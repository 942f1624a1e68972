//! A log or a view that somebody has changed behind the back of the service: what the check says of it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::command::ended;
use crate::stores::{at, names, tamper, used};

/// What is done to the log, and what has to be said of it.
const LOG: [(&str, &[&str]); 15] = [
    (
        "update event set payload = cast(replace(cast(payload as text), '\"title\":\"', '\"title\":\"X') as blob)
         where position = (select min(position) from event where type = 'book.book-entered')",
        &["I8: row", "catalogue"],
    ),
    ("delete from event where position = 20", &["I7: position 21 follows 19", "I7: version"]),
    ("delete from event where position in (21, 22, 23)", &["I7: position 24 follows 20"]),
    ("delete from event where position = (select max(position) from event)", &["I7: ", "passed event"]),
    ("delete from event", &["I7: ", "passed event", "has none"]),
    (
        "update event set version = version + 1000 where position = (select max(position) from event)",
        &["I7: version"],
    ),
    (
        "update event set position = position + 5000 where position = (select max(position) from event)",
        &["I7: position ", " follows "],
    ),
    ("update event set payload = x'7b' where position = 20", &["event 20 of ", "cannot be read"]),
    ("update event set metadata = x'' where position = 20", &["event 20 of ", "in the metadata"]),
    ("update event set type = 'book.burnt' where position = 20", &["event 20 of ", "does not know"]),
    ("update event set revision = 99 where position = 20", &["event 20 of ", "revision 99"]),
    (
        "update event set command = null
         where position = (select max(position) from event where command is not null)",
        &["I7: ", "marked with no command"],
    ),
    ("update event set id = x'00' where position = 20", &["position 20"]),
    ("update event set stream = '' where position = 20", &["position 20", "no name of a stream"]),
    ("update log set id = zeroblob(16)", &["I7: ", "of log"]),
];

/// The same with the views.
const VIEWS: [(&str, &[&str]); 2] = [
    ("delete from loan_row", &["I8: row", "loans"]),
    ("delete from catalogue_row", &["I8: row", "catalogue"]),
];

#[tokio::test]
async fn each_change_behind_the_back_of_the_service_is_found() {
    let sound = used();
    let before = at(sound.path(), &["verify"]);
    assert_eq!(before.status.code(), Some(0), "{}", String::from_utf8_lossy(&before.stdout));
    for (file, changes) in [("rental.db", &LOG[..]), ("views.db", &VIEWS)] {
        for (sql, said) in changes {
            let changed = copy_of(sound.path());
            tamper(&changed.path().join(file), sql).await;

            let output = at(changed.path(), &["verify"]);

            let (code, told) = ended(&output);
            let told = String::from_utf8_lossy(&output.stdout).into_owned() + &told;
            assert_eq!(code, Some(1), "after `{sql}`: {told}");
            for part in *said {
                assert!(told.contains(part), "`{part}` is not said after `{sql}`:\n{told}");
            }
            assert!(!told.contains("panicked"), "after `{sql}`: {told}");
        }
    }
}

/// A copy of the files of a folder.
fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in names(folder) {
        fs::copy(folder.join(&name), copy.path().join(&name)).unwrap();
    }
    copy
}
