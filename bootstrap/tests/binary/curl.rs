//! The commands of a document's examples, understood and sent: the few flags of curl that they use.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Method};
use serde_json::Value;

/// One request, as a line of `curl` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Curl {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Curl {
    /// Reads a line. A flag that is not known is a mistake in the document, or asks for a few lines here.
    pub(crate) fn read(line: &str) -> Self {
        let mut words = words(line).into_iter();
        assert_eq!(words.next().as_deref(), Some("curl"), "{line}");
        let mut curl = Self { method: Method::GET, path: String::new(), headers: vec![], body: None };
        while let Some(word) = words.next() {
            match word.as_str() {
                "-s" => {}
                "-X" => curl.method = words.next().unwrap().parse().unwrap(),
                "-H" => curl.headers.push(header(&words.next().unwrap())),
                "--json" => curl = curl.with_json(words.next().unwrap()),
                url => curl.path = path(url, line),
            }
        }
        curl
    }

    /// Sends it to a server and gives the body of the answer.
    pub(crate) async fn send(&self, client: &Client, url: impl Fn(&str) -> String) -> Value {
        let mut request =
            client.request(self.method.clone(), url(&self.path)).timeout(Duration::from_secs(20));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{self:?} got `{text}`: {error}"))
    }

    fn with_json(mut self, body: String) -> Self {
        for name in [CONTENT_TYPE, ACCEPT] {
            self.headers.push((name.to_string(), "application/json".to_owned()));
        }
        if self.method == Method::GET {
            self.method = Method::POST;
        }
        Self { body: Some(body), ..self }
    }
}

fn header(word: &str) -> (String, String) {
    let (name, value) = word.split_once(':').unwrap();
    (name.trim().to_owned(), value.trim().to_owned())
}

fn path(url: &str, line: &str) -> String {
    let (_, path) =
        url.split_once("localhost:8080").unwrap_or_else(|| panic!("unknown word `{url}` in: {line}"));
    path.to_owned()
}

/// The words of a line of shell, with single quotes as the only quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    let (mut word, mut quoted) = (None::<String>, false);
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    assert!(!quoted, "a quote is not closed in: {line}");
    words.extend(word);
    words
}

#[test]
fn a_line_of_curl_is_understood() {
    let line = "curl -s -H 'Prefer: wait=5' --json '{\"a\": \"b c\"}' 'localhost:8080/v1/x?y=z'";
    let curl = Curl::read(line);
    assert_eq!((curl.method.as_str(), curl.path.as_str()), ("POST", "/v1/x?y=z"));
    assert_eq!(curl.headers[0], ("Prefer".to_owned(), "wait=5".to_owned()));
    assert_eq!(curl.body.as_deref(), Some("{\"a\": \"b c\"}"));
}
