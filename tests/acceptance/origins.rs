//! Requests that a browser sends for a page of somebody else, and what every answer says to browsers.

use adapters::http::HttpSettings;
use reqwest::Method;

use super::Server;

const RESOLVE: &str = "/v1/processes/rent-01955f3a-6c00-7000-8000-000000000001/resolve";

#[tokio::test]
async fn only_own_pages_and_named_origins_may_do_what_operators_do() {
    let settings =
        HttpSettings { origins: vec!["https://desk.example".to_owned()], ..HttpSettings::default() };
    let Some(server) = Server::with(settings).await else { return };
    let body = serde_json::json!({ "as": "cancel", "reason": "x" });
    let resolve = |origin: String| {
        server.send(server.request(Method::POST, RESOLVE).header("origin", origin).json(&body))
    };
    for foreign in ["http://evil.example", "null", "http://localhost", "https://desk.example.evil"] {
        resolve(foreign.to_owned()).await.problem(403, "foreign-origin");
    }
    for own in [format!("http://{}", server.address), "https://desk.example".to_owned()] {
        resolve(own).await.problem(404, "process-not-found");
    }
}

#[tokio::test]
async fn a_page_of_another_site_reaches_neither_operators_routes_nor_the_desk() {
    let Some(server) = Server::start().await else { return };
    server.shelve(1).await;
    let cross =
        |method: Method, path: &str| server.request(method, path).header("sec-fetch-site", "cross-site");
    for (method, path) in
        [(Method::POST, RESOLVE), (Method::POST, "/v1/books/1/unavailable"), (Method::GET, "/v1/events/live")]
    {
        server.send(cross(method, path)).await.problem(403, "foreign-origin");
    }
    assert_eq!(server.get("/v1/books/1").await.get("status"), "AVAILABLE");
    server.send(cross(Method::GET, "/v1/events").header("sec-fetch-mode", "navigate")).await.is(200);
    server.send(cross(Method::GET, "/livez")).await.is(200);
}

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_and_to_embed_nothing() {
    let Some(server) = Server::start().await else { return };
    for path in [
        "/v1/books",
        "/v1/books/x",
        "/nowhere",
        "/livez",
        "/metrics",
        "/problems/not-found",
        "/docs/",
        "/openapi.json",
    ] {
        let answer = server.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains('*'), "{path}: {policy}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe-eval"), "{path}: {policy}");
        if path.starts_with("/v1/") || path == "/nowhere" {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
    }
}
