//! A log that nobody can write to or nobody reads: the service goes on, counts what was dropped, and drains as ever.

use std::fs::OpenOptions;
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::json;

use crate::server::{LIMIT, command};

/// A service that cannot say where it listens.
struct Mute {
    child: Child,
    url: String,
}

impl Mute {
    async fn start(flags: &[&str], stderr: Stdio) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut start = command(&["--store", "memory:", "--listen", &free]);
        let child = start.args(flags).stderr(stderr).spawn().unwrap();
        let mute = Self { child, url: format!("http://{free}") };
        mute.until("it answers", async || reqwest::get(format!("{}/livez", mute.url)).await.is_ok()).await;
        mute
    }

    async fn register(&self, id: &str) {
        let body = json!({"id": id, "name": "Somebody"});
        let answer = Client::new().post(format!("{}/v1/members", self.url)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
    }

    /// A request that is turned away, which is a line of the log.
    async fn says_something(&self) {
        let answer = Client::new().post(format!("{}/v1/members", self.url)).body("{").send().await.unwrap();
        assert!(answer.status().is_client_error());
    }

    async fn dropped(&self) -> u64 {
        let metrics = reqwest::get(format!("{}/metrics", self.url)).await.unwrap().text().await.unwrap();
        let line = metrics.lines().find_map(|line| line.strip_prefix("rental_log_lines_dropped_total "));
        line.expect("a count of dropped lines").parse().unwrap()
    }

    async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let mut again = tokio::time::interval(Duration::from_millis(10));
        let waiting = async {
            while !is_so().await {
                again.tick().await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, waiting).await.is_ok(), "not in time: {what}");
    }

    /// The code after a signal.
    async fn drained(mut self) -> Option<i32> {
        let term = format!("kill -TERM {}", self.child.id());
        assert!(std::process::Command::new("sh").args(["-c", &term]).status().unwrap().success());
        let mut again = tokio::time::interval(Duration::from_millis(10));
        let ending = async {
            loop {
                again.tick().await;
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status.code();
                }
            }
        };
        tokio::time::timeout(LIMIT, ending).await.expect("it has not ended")
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        // It may have ended before; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// T105: a full disk.
#[tokio::test]
async fn a_log_without_room_is_counted_and_the_service_goes_on_and_drains() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    for flags in [&[][..], &["--log-format", "json"]] {
        let service = Mute::start(flags, full.try_clone().unwrap().into()).await;
        service.register("jenny").await;
        service.until("lines are counted", async || service.dropped().await > 0).await;
        assert_eq!(service.drained().await, Some(0));
    }
}

/// T105: whoever read it has gone.
#[tokio::test]
async fn a_log_whose_reader_is_gone_is_counted_and_the_service_goes_on_and_drains() {
    let mut service = Mute::start(&["--log-level", "debug"], Stdio::piped()).await;
    drop(service.child.stderr.take());
    service.says_something().await;
    service.until("lines are counted", async || service.dropped().await > 0).await;
    service.register("jenny").await;
    assert_eq!(service.drained().await, Some(0));
}

/// T105: whoever reads it is stopped, and a pipe holds 64 KiB.
#[tokio::test]
async fn a_log_whose_reader_sleeps_holds_nobody_up() {
    let service = Mute::start(&["--log-level", "trace"], Stdio::piped()).await;
    for _ in 0..600 {
        service.says_something().await;
    }
    service.register("jenny").await;
    assert_eq!(service.drained().await, Some(0));
}

#[test]
fn an_answer_that_cannot_be_written_is_no_success() {
    for words in [&["--help"][..], &["--version"], &["config", "show"], &["config", "check"]] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command(words).stdout(full).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(70), "{words:?}: {told}");
        assert!(told.contains("writing the answer failed"), "{words:?}: {told}");
    }
}
