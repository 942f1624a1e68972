//! Requests that a browser sends for a page of somebody else, and what every answer says to browsers.

use adapters::http::HttpSettings;
use reqwest::Method;

use super::Server;
use super::disconnects::sent;
use super::slow::read_to_end;

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

/// T108: a page whose own name was made to lead here is of the same origin to its browser.
#[tokio::test]
async fn a_request_for_the_host_of_another_site_is_refused_by_every_route() {
    let settings =
        HttpSettings { origins: vec!["https://desk.example".to_owned()], ..HttpSettings::default() };
    let Some(server) = Server::with(settings).await else { return };
    let port = server.address.port();
    let asked = |method: Method, path: &str, host: &str| {
        let own = format!("http://{host}");
        server.send(server.request(method, path).header("host", host).header("origin", own))
    };
    for path in
        ["/v1/members/jenny", "/v1/events", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs/", "/x"]
    {
        for foreign in
            ["evil.example".to_owned(), format!("evil.example:{port}"), format!("localhost.evil:{port}")]
        {
            asked(Method::GET, path, &foreign).await.problem(421, "foreign-host");
        }
    }
    asked(Method::POST, RESOLVE, "evil.example").await.problem(421, "foreign-host");
    for own in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), "desk.example".to_owned()] {
        asked(Method::GET, "/livez", &own).await.is(200);
    }
}

#[tokio::test]
async fn a_request_that_names_no_host_or_two_is_refused() {
    let Some(server) = Server::at_a_standstill(HttpSettings::default()).await else { return };
    for head in ["", "host: localhost\r\nhost: localhost\r\n", "host: a b\r\n"] {
        let request = format!("GET /livez HTTP/1.1\r\n{head}connection: close\r\n\r\n");
        let answer = read_to_end(sent(&server, request.as_bytes()).await).await;
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("/problems/invalid-host"), "{answer}");
    }
    let old = read_to_end(sent(&server, b"GET /livez HTTP/1.0\r\n\r\n").await).await;
    assert!(old.starts_with(b"HTTP/1.0 200"), "{}", String::from_utf8_lossy(&old));
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
