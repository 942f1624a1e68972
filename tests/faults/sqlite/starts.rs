//! First starts: two at once, and some that are killed before they are through.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::asking::Desk;
use crate::dice::Dice;
use crate::server::{LIMIT, Server};
use crate::store::{FaultStore, Files};

/// T91: one serves, the other is refused and says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_first_starts_at_once_one_serves_and_the_other_is_refused() {
    for _ in 0..5 {
        let files = Files::fresh().await.unwrap();
        let log = files.path().join("log");
        let mut both = [0, 1].map(|no| begun(&mut files.command(&[]), &log.with_extension(no.to_string())));
        let refused = tokio::time::timeout(LIMIT, first_to_end(&mut both)).await.expect("one that ends");
        let said = |no: usize| std::fs::read_to_string(log.with_extension(no.to_string())).unwrap();
        assert!(said(refused).contains("is held by another process"), "{}", said(refused));
        let other = 1 - refused;
        assert!(both[other].0.try_wait().unwrap().is_none(), "both ended:\n{}", said(other));
    }
}

/// T91: interrupted, again and again on the same folder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_starts_that_are_killed_leave_nothing_that_the_next_one_cannot_use() {
    let mut dice = Dice::of("first starts");
    for _ in 0..8 {
        let files = Files::fresh().await.unwrap();
        for _ in 0..3 {
            let child = begun(&mut files.command(&[]), &files.path().join("log"));
            std::thread::park_timeout(Duration::from_micros(dice.below(40_000)));
            drop(child); // which kills it
        }
        let server: Server = files.start(&[]);
        let desk = Desk::at(&server.address);
        let member = desk.post("/v1/members", "m", &json!({"id": "jenny", "name": "Jenny"})).await.unwrap();
        assert_eq!((member.status, &member.json()["position"]), (201, &json!(1)));
        desk.settled().await;
    }
}

/// A child that is killed when it is dropped.
struct Begun(Child);

impl Drop for Begun {
    fn drop(&mut self) {
        // It may have ended before; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn begun(start: &mut Command, log: &std::path::Path) -> Begun {
    let log = std::fs::File::create(log).unwrap();
    Begun(start.stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

async fn first_to_end(both: &mut [Begun; 2]) -> usize {
    let mut again = tokio::time::interval(Duration::from_millis(5));
    loop {
        again.tick().await;
        for (no, child) in both.iter_mut().enumerate() {
            if let Some(status) = child.0.try_wait().unwrap() {
                assert_eq!(status.code(), Some(69));
                return no;
            }
        }
    }
}
