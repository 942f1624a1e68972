//! A client that can tell an answer from none.

use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use tokio::time::{Instant, interval};

use crate::server::LIMIT;

/// An answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whether it says that it is the answer to an earlier request.
    pub(crate) replayed: bool,
    pub(crate) text: String,
}

impl Answer {
    /// Its body.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The last part of the type of a problem.
    pub(crate) fn slug(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned()
    }
}

/// A client of one process.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    client: Client,
    url: String,
}

impl Desk {
    /// Of the process at this address.
    pub(crate) fn at(address: &str) -> Self {
        let client = Client::builder().no_proxy().timeout(LIMIT).build().unwrap();
        Self { client, url: format!("http://{address}") }
    }

    /// Sends a command once; none when there was no whole answer.
    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Option<Answer> {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        whole(request.header("idempotency-key", key)).await
    }

    /// Reads something; none when there was no whole answer.
    pub(crate) async fn get(&self, path: &str) -> Option<Answer> {
        whole(self.client.get(format!("{}{path}", self.url))).await
    }

    /// Reads again and again until the answer is as wished, and gives it.
    pub(crate) async fn until(&self, path: &str, wished: impl Fn(&Answer) -> bool) -> Answer {
        let (mut again, begun) = (interval(Duration::from_millis(10)), Instant::now());
        loop {
            again.tick().await;
            let answer = self.get(path).await;
            match answer {
                Some(answer) if wished(&answer) => return answer,
                other => assert!(begun.elapsed() < LIMIT, "{path} is still not as wished: {other:?}"),
            }
        }
    }

    /// Waits until every processor has handled the whole log, and nothing was added to it by that. They may take as
    /// long as they like, but not stand still.
    pub(crate) async fn settled(&self) {
        let (mut before, mut head) = (0, None);
        loop {
            let moved = self.until("/v1/processors", |answer| {
                answer.status == 200 && (is_caught_up(&answer.json()) || positions(&answer.json()) > before)
            });
            let all = moved.await.json();
            before = positions(&all);
            if is_caught_up(&all) {
                let seen = all["items"][0]["head"].clone();
                if head.as_ref() == Some(&seen) {
                    return;
                }
                head = Some(seen);
            }
        }
    }
}

fn is_caught_up(processors: &Value) -> bool {
    processors["items"].as_array().unwrap().iter().all(|processor| processor["lagEvents"] == 0)
}

/// How far they have come, all together.
fn positions(processors: &Value) -> u64 {
    let all = processors["items"].as_array().unwrap().iter();
    all.map(|processor| processor["position"].as_u64().unwrap()).sum()
}

async fn whole(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let replayed = response.headers().get("idempotency-replayed").is_some_and(|value| value == "true");
    let text = response.text().await.ok()?;
    Some(Answer { status, replayed, text })
}
