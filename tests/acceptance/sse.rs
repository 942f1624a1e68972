//! A client of server-sent events.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::timeout;

use crate::answer::Answer;
use crate::server::LIMIT;

/// One event as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its `id`.
    pub(crate) id: String,
    /// Its `event`.
    pub(crate) name: String,
    /// Its `data`.
    pub(crate) data: String,
    /// What stands behind colons.
    pub(crate) comment: String,
}

impl Event {
    /// The position that its `id` begins with.
    pub(crate) fn position(&self) -> &str {
        self.id.split(':').next().unwrap()
    }

    /// Its data as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

/// An open stream.
pub(crate) struct Sse {
    response: Response,
    unread: Vec<u8>,
}

impl Sse {
    /// Opens a stream and makes sure that it is one.
    pub(crate) async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let content_type = response.headers().get("content-type").cloned();
        if response.status() != 200 || content_type.is_none_or(|kind| kind != "text/event-stream") {
            panic!("no stream: {:?}", Answer::read(response).await);
        }
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        Self { response, unread: vec![] }
    }

    /// The next event that is not a comment; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            match self.next_of_any_kind().await {
                Some(event) if event.data.is_empty() => {}
                other => return other,
            }
        }
    }

    /// The next event or comment; none at the end.
    pub(crate) async fn next_of_any_kind(&mut self) -> Option<Event> {
        timeout(LIMIT, self.read()).await.expect("an event, or the end")
    }

    /// So many events.
    pub(crate) async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut events = vec![];
        for _ in 0..count {
            events.push(self.next().await.expect("one more event"));
        }
        events
    }

    /// Makes sure that the stream is over.
    pub(crate) async fn ends(mut self) {
        assert_eq!(self.next().await, None);
    }

    /// Whether nothing but comments comes for so long.
    pub(crate) async fn is_silent_for(&mut self, long: Duration) -> bool {
        timeout(long, self.next()).await.is_err()
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                return Some(event(std::str::from_utf8(&block).unwrap()));
            }
            self.unread.extend_from_slice(&self.response.chunk().await.ok().flatten()?);
        }
    }
}

fn event(block: &str) -> Event {
    let mut event = Event::default();
    for line in block.lines().filter(|line| !line.is_empty()) {
        let (field, value) = line.split_once(": ").or(line.split_once(':')).unwrap();
        match field {
            "id" => event.id.push_str(value),
            "event" => event.name.push_str(value),
            "data" => event.data.push_str(value),
            "" => event.comment.push_str(value),
            other => panic!("an unknown field {other}"),
        }
    }
    event
}
