//! A process that writes, and is killed while it does.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use adapters::sqlite::{Folder, OpenError};
use application::ports::EventStore;
use tests::laws::event_store::samples::{append, positions, proposal, stream, whole_log};

use super::files::{folder, open_log};

/// T11, T30: five times on the same folder. What was acknowledged is there, whole, without gap, and in its order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_had_acknowledged_is_there() {
    let folder = folder();
    let mut before = 0;
    for round in 1..=5 {
        let acknowledged = write_and_kill(folder.path(), 20 * round);

        let store = open_log(folder.path()).await.unwrap();
        let log = whole_log(&store).await;
        store.close().await;

        let found = positions(&log);
        assert_eq!(found, (1..=found.len() as u64).collect::<Vec<_>>());
        assert_eq!(found.len() % 3, 0, "a part of an append is there");
        for first in acknowledged {
            assert!(first > before && first + 2 <= found.len() as u64, "{first} is lost");
        }
        before = found.len() as u64;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_another_process_holds_is_refused_until_it_is_killed() {
    let folder = folder();
    let mut writer = start(folder.path());
    said_by(&mut writer, 1);

    let refusal = Folder::hold(folder.path());

    assert!(matches!(refusal, Err(OpenError::Held { .. })), "{refusal:?}");
    kill(writer);
    let store = open_log(folder.path()).await.unwrap();
    assert!(store.head().await.unwrap().position.value() >= 3);
    append(&store, proposal(&stream("after"), 0, 1)).await;
}

/// The positions that were acknowledged.
fn write_and_kill(folder: &Path, appends: usize) -> Vec<u64> {
    let mut writer = start(folder);
    let said = said_by(&mut writer, appends);
    kill(writer);
    said
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_log_writer"));
    command.arg(folder).stdout(Stdio::piped()).spawn().unwrap()
}

fn said_by(writer: &mut Child, lines: usize) -> Vec<u64> {
    let said = BufReader::new(writer.stdout.as_mut().unwrap()).lines().take(lines);
    let said: Vec<u64> = said.map(|line| line.unwrap().parse().unwrap()).collect();
    assert_eq!(said.len(), lines, "the writer ended by itself");
    said
}

fn kill(mut writer: Child) {
    writer.kill().unwrap();
    writer.wait().unwrap();
}
