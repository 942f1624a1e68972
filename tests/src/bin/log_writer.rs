//! Appends to a log in files for ever, and says each position once it is acknowledged: made to be killed.
#![expect(clippy::unwrap_used, reason = "whoever started it sees that it has ended")]

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use adapters::sqlite::{Bounds, Folder, SqliteEventStore};
use adapters::system_clock::SystemIds;
use application::ports::Ids;
use application::ports::event_store::LogId;
use tests::laws::event_store::samples::{append, proposal, stream};

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let folder = Folder::hold(&folder).unwrap();
    let id = LogId::new(SystemIds.next());
    let store = Arc::new(SqliteEventStore::open(folder, Bounds::default(), id).await.unwrap());
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { write(&store).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

/// Appends of three events each to a stream of its own; the position of the first is said.
async fn write(store: &SqliteEventStore) {
    let stream = stream(&SystemIds.next().to_string());
    for round in 0.. {
        let first = append(store, proposal(&stream, round * 3, 3)).await;
        let mut out = stdout().lock();
        writeln!(out, "{first}").unwrap();
        out.flush().unwrap();
    }
}
