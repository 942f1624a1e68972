//! An answer as a client sees it.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body as text.
    pub(crate) text: String,
}

impl Answer {
    /// Reads an answer to its end. Nothing that a test does is answered as a defect; a damaged log is none.
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let defect =
            status == StatusCode::INTERNAL_SERVER_ERROR && !text.contains("/problems/stream-unreadable");
        assert!(!defect, "{text}");
        Self { status: status.as_u16(), headers, text }
    }

    /// Its body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A member of its body.
    pub(crate) fn get(&self, name: &str) -> Value {
        self.json()[name].clone()
    }

    /// A member of its body that is a text.
    pub(crate) fn text_of(&self, name: &str) -> String {
        self.get(name).as_str().unwrap_or_else(|| panic!("no text `{name}` in {}", self.text)).to_owned()
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The same answer, once it is sure that it has this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The same answer, once it is sure that it is this problem, described as every problem is.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, slug: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.text);
        assert_eq!(answer.get("type"), format!("/problems/{slug}"), "{}", answer.text);
        assert_eq!(answer.get("status"), status);
        assert_eq!(Some(answer.text_of("instance").as_str()), answer.header("x-request-id"));
        assert!(!answer.text_of("title").is_empty() && !answer.text_of("detail").is_empty());
        answer
    }

    /// The fields that a 422 complains of.
    pub(crate) fn wrong_fields(&self) -> Vec<String> {
        let errors = self.get("errors");
        let errors = errors.as_array().unwrap_or_else(|| panic!("no errors in {}", self.text));
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}
