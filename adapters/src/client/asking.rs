//! One request and its answer, and lists that are given in pieces.

use application::ports::BoxError;
use reqwest::{Method, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Answer, Client, ClientError, Problem};

/// How many items of a list are asked for at once: the most a service gives.
pub(super) const PIECE: usize = 200;
const REPLAYED: &str = "idempotency-replayed";

/// A command on its way: where it goes, what it says, and what makes a repeat of it known.
#[derive(Debug, Clone)]
pub(super) struct SentCommand {
    /// The parts of its path after `/v1`.
    pub(super) path: Vec<String>,
    pub(super) body: Value,
    pub(super) key: String,
    /// How many seconds to wait for the end of what it starts.
    pub(super) wait: Option<u8>,
}

/// A piece of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Piece<T> {
    pub(super) items: Vec<T>,
    pub(super) next_cursor: Option<String>,
}

impl Client {
    /// Sends a command once.
    pub(super) async fn post(&self, command: &SentCommand) -> Result<Answer, ClientError> {
        let path: Vec<&str> = command.path.iter().map(String::as_str).collect();
        let url = self.url(&path, &[]);
        let mut request = self.http.post(url.clone()).json(&command.body);
        request = request.header("idempotency-key", &command.key);
        if let Some(seconds) = command.wait {
            request = request.header("prefer", format!("wait={seconds}"));
        }
        self.send(&named(&Method::POST, &url), request).await
    }

    /// Reads something; `path` are its parts after `/v1`.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        let url = self.url(path, query);
        let request = named(&Method::GET, &url);
        let answer = self.send(&request, self.http.get(url)).await?;
        read(&request, &answer)
    }

    /// Sends something that an operator does, once.
    pub(super) async fn send_action(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Value,
        key: &str,
    ) -> Result<Value, ClientError> {
        let url = self.url(path, query);
        let mut request = self.http.request(method.clone(), url.clone()).header("idempotency-key", key);
        if !body.is_null() {
            request = request.json(body);
        }
        let named = named(method, &url);
        let answer = self.send(&named, request).await?;
        read(&named, &answer)
    }

    /// The piece of a list after a cursor, or its first.
    pub(super) async fn piece<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        cursor: Option<&str>,
    ) -> Result<Piece<T>, ClientError> {
        let limit = PIECE.to_string();
        let mut query = query.to_vec();
        if !query.iter().any(|(name, _)| *name == "limit") {
            query.push(("limit", &limit));
        }
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.get(path, &query).await
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let resource = path.first().copied().unwrap_or_default();
        let mut url = self.places.of_resource(resource).url().clone();
        // An http address has segments always; the arm without is never met.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    async fn send(&self, request: &str, builder: RequestBuilder) -> Result<Answer, ClientError> {
        // The semaphore is never closed; were it, the request would go out uncounted.
        let _place = self.room.acquire().await;
        let sent = builder.send().await.map_err(|source| failed(request, source))?;
        let status = sent.status();
        let replayed = sent.headers().get(REPLAYED).is_some_and(|value| value == "true");
        let body = sent.bytes().await.map_err(|source| failed(request, source))?;
        if status.is_success() {
            return Ok(Answer { status: status.as_u16(), replayed, body });
        }
        let problem = Box::new(Problem::of(status.as_u16(), replayed, &body));
        Err(ClientError::Problem { request: request.to_owned(), problem })
    }
}

/// Reads the body of an answer.
pub(super) fn read<T: DeserializeOwned>(request: &str, answer: &Answer) -> Result<T, ClientError> {
    serde_json::from_slice(&answer.body).map_err(|error| unreadable(request, error))
}

/// An answer to `request` that cannot be understood.
pub(super) fn unreadable(request: &str, source: impl Into<BoxError>) -> ClientError {
    ClientError::Unreadable { request: request.to_owned(), source: source.into() }
}

fn named(method: &Method, url: &Url) -> String {
    format!("{method} {url}")
}

fn failed(request: &str, source: reqwest::Error) -> ClientError {
    // The address stands in the message already.
    let (request, is_connect, source) = (request.to_owned(), source.is_connect(), source.without_url());
    if is_connect {
        ClientError::Unreachable { request, source }
    } else {
        ClientError::NoAnswer { request, source }
    }
}
