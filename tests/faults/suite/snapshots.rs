//! Snapshots that cannot be used, in the store of a real service.

use application::ports::event_store::{EventId, LoadFrom, Snapshot, StreamName, Version};
use serde_json::json;

use super::Store;
use crate::asking::Desk;
use crate::server::Server;
use crate::store::FaultStore;

/// What is done to a snapshot.
type Spoil = fn(&mut Snapshot);

const SPOILT: [(&str, Spoil); 4] = [
    ("unreadable", |snapshot| snapshot.state = "{".into()),
    ("of another form", |snapshot| snapshot.schema ^= 1),
    ("ahead", |snapshot| {
        snapshot.version = Version::new(snapshot.version.value() + 1_000);
        snapshot.event = EventId::new(uuid::Uuid::nil());
    }),
    ("of another type", |snapshot| snapshot.state = "[\"Entered\"]".into()),
];
const SAVE: &str = "/v1/members/jenny/points/save";

/// T21.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshots_that_cannot_be_used_are_said_once_and_written_anew() {
    let Some(store) = Store::fresh().await else { return };
    let (server, desk) = start(&store);
    let body = json!({"id": "jenny", "name": "Jenny"});
    assert_eq!(desk.post("/v1/members", "m", &body).await.unwrap().status, 201);
    let mut points = save(&desk, 0, 12).await;
    goes_down(server);
    for (what, spoil) in SPOILT {
        spoilt(&store, spoil).await;
        let (server, desk) = start(&store);
        for _ in 0..3 {
            let shown = desk.get("/v1/members/jenny").await.unwrap().json();
            assert_eq!(shown["points"], points, "{what}");
        }
        points = save(&desk, points, 12).await;
        let log = goes_down(server);
        assert_eq!(log.matches("a snapshot cannot be used and is written anew").count(), 1, "{what}: {log}");
        let usable = usable(&store).await.unwrap_or_else(|| panic!("none was written anew: {what}"));
        assert!(usable.version.value() > points - 11, "{what}: {usable:?} of {points}");
    }
}

fn start(store: &Store) -> (Server, Desk) {
    let mut start = store.command(&[]);
    start.env("RENTAL__SNAPSHOTS__EVERY", "5");
    let server = Server::run(start);
    let desk = Desk::at(&server.address);
    (server, desk)
}

async fn save(desk: &Desk, before: u64, count: u64) -> u64 {
    for no in before + 1..=before + count {
        let saved = desk.post(SAVE, &format!("save-{no}"), &json!({"amount": 1})).await.unwrap();
        assert_eq!(saved.json()["points"], no, "{}", saved.text);
    }
    before + count
}

async fn spoilt(store: &Store, spoil: Spoil) {
    let mut snapshot = usable(store).await.expect("a snapshot");
    spoil(&mut snapshot);
    let stores = store.stores_to_write().await;
    stores.log.save_snapshot(&StreamName::parse("member-jenny").unwrap(), snapshot).await.unwrap();
    stores.let_go().await;
}

async fn usable(store: &Store) -> Option<Snapshot> {
    let (stores, stream) = (store.stores().await, StreamName::parse("member-jenny").unwrap());
    stores.log.load(&stream, LoadFrom::Snapshot, 1).await.unwrap().snapshot
}

fn goes_down(server: Server) -> String {
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    log
}
