//! A stream so long that it must not be in memory whole.

use std::fs;

use application::ports::EventStore;
use serde_json::json;

use super::Store;
use crate::asking::Desk;
use crate::raw_rows::{append, event};
use crate::server::Server;
use crate::store::FaultStore;

const EVENTS: u64 = 100_000;
/// One that is long enough to take all the memory that loading in pieces takes.
const EVENTS_BEFORE: u64 = 10_000;
/// What the long one may take beyond that: its events, as they are stored, take five times as much in one piece.
const MEMORY_MAX_KIB: u64 = 40 * 1024;

/// T20.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_a_hundred_thousand_events_is_loaded_in_pieces() {
    let Some(store) = Store::fresh().await else { return };
    drop(store.start(&[]));
    let stores = store.stores_to_write().await;
    written(&*stores.log, "tom", EVENTS_BEFORE).await;
    written(&*stores.log, "jenny", EVENTS).await;
    stores.let_go().await;
    // What follows the log has nothing to do with it; it shall not be measured.
    caught_up(&store).await;
    let server = store.start(&[]);
    let desk = Desk::at(&server.address);
    desk.settled().await;
    assert_eq!(desk.get("/v1/members/tom").await.unwrap().json()["points"], EVENTS_BEFORE);
    let before = most_memory_kib(&server);

    let member = desk.get("/v1/members/jenny").await.unwrap();

    assert_eq!(member.json()["points"], EVENTS, "{}", member.text);
    // The system adds up pages now and then, and may say a few less than before.
    let added = most_memory_kib(&server).saturating_sub(before);
    eprintln!("{before} KiB for a stream of {EVENTS_BEFORE} events, {added} KiB more for one of {EVENTS}");
    assert!(added < MEMORY_MAX_KIB, "{added} KiB");
}

async fn written(log: &dyn EventStore, id: &str, count: u64) {
    let keys = json!({"member": format!("member:{id}")});
    let (stream, registered) = (format!("member-{id}"), json!({"member": {"id": id, "name": {"plain": id}}}));
    let registered = event("member.member-registered", 2, registered.to_string(), &keys);
    append(log, &stream, vec![registered]).await;
    for piece in 0..count / 1_000 {
        let saved = |no: u64| json!({"amount": 1, "balance": piece * 1_000 + no}).to_string();
        let events = (1..=1_000).map(|no| event("member.points-saved", 1, saved(no), &keys)).collect();
        append(log, &stream, events).await;
    }
}

async fn caught_up(store: &Store) {
    let server = store.start(&[]);
    Desk::at(&server.address).settled().await;
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}

/// The most memory that a process ever had.
fn most_memory_kib(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
