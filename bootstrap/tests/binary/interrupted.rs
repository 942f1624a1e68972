//! Exports and imports that are interrupted: what they have made by then holds names of members.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::server::{LIMIT, command};
use crate::stores::names;

#[tokio::test]
async fn an_export_that_is_interrupted_leaves_nothing() {
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut export = command(&["events", "export", "--url", &url, "--to"]);
    let export = begun(export.arg(folder.path().join("log.jsonl")));
    has_begun(folder.path(), ".rental-export-").await;

    is_interrupted(export);

    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn an_import_that_is_interrupted_leaves_nothing_also_while_it_waits_for_its_input() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut import = command(&["events", "import", "--from", "-", "--data"]);
        let mut import = begun(import.arg(folder.path()));
        // A line that has not ended.
        import.stdin.as_mut().unwrap().write_all(b"{").unwrap();
        has_begun(folder.path(), ".rental-import-").await;

        is_interrupted_by(signal, import);

        assert_eq!(names(folder.path()), ["rental.lock"]);
    }
}

fn begun(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until something stands there whose name begins so.
async fn has_begun(folder: &Path, with: &str) {
    let begun = async {
        while !names(folder).iter().any(|name| name.starts_with(with)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, begun).await.unwrap();
}

fn is_interrupted(child: Child) {
    is_interrupted_by("TERM", child);
}

fn is_interrupted_by(signal: &str, mut child: Child) {
    let kill = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    // Its input stays open.
    let _input = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(70), "{told}");
    assert!(told.contains(&format!("SIG{signal} came before it was done; nothing was left")), "{told}");
}
