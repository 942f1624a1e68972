//! What operators ask and do, as documents: whatever a service shows is passed on as it is.

use reqwest::Method;
use serde_json::Value;

use super::asking::Piece;
use super::{Client, ClientError};

/// Something that is read.
#[derive(Debug, Clone)]
pub struct Question {
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
}

/// Something that is done.
#[derive(Debug, Clone)]
pub struct Action {
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Value,
}

impl Question {
    /// What stands at this path after `/v1`, in its parts.
    #[must_use]
    pub fn of(path: &[&str]) -> Self {
        Self { path: owned(path), query: Vec::new() }
    }

    /// The same with a parameter, if there is one.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<String>) -> Self {
        self.query.extend(value.map(|value| (name, value)));
        self
    }
}

impl Action {
    /// A body sent to this path after `/v1`, in its parts.
    #[must_use]
    pub fn post(path: &[&str], body: Value) -> Self {
        Self { method: Method::POST, path: owned(path), query: Vec::new(), body }
    }

    /// What stands at this path goes; `name` is the parameter that says why.
    #[must_use]
    pub fn delete(path: &[&str], name: &'static str, value: String) -> Self {
        Self { method: Method::DELETE, path: owned(path), query: vec![(name, value)], body: Value::Null }
    }

    /// The same with one more field in its body.
    #[must_use]
    pub fn saying(mut self, name: &str, value: Value) -> Self {
        self.body[name] = value;
        self
    }
}

impl Client {
    /// One document.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn shown(&self, question: &Question) -> Result<Value, ClientError> {
        let query = borrowed(&question.query);
        self.get(&parts(&question.path), &query).await
    }

    /// The items of a list, at most `limit`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn listed(&self, question: &Question, limit: usize) -> Result<Vec<Value>, ClientError> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        // Processors are few, and given whole.
        let is_whole = matches!(question.path.last().map(String::as_str), Some("processors" | "deliveries"));
        while items.len() < limit {
            let (path, query) = (parts(&question.path), borrowed(&question.query));
            let piece: Piece<Value> = match is_whole {
                true => self.get(&path, &query).await?,
                false => self.piece(&path, &query, cursor.as_deref()).await?,
            };
            items.extend(piece.items);
            cursor = piece.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        items.truncate(limit);
        Ok(items)
    }

    /// Does something; `key` makes a repeat of it known.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn act(&self, action: &Action, key: &str) -> Result<Value, ClientError> {
        let (path, query) = (parts(&action.path), borrowed(&action.query));
        self.send_action(&action.method, &path, &query, &action.body, key).await
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|part| (*part).to_owned()).collect()
}

fn parts(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

fn borrowed<'a>(query: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    query.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
