//! The series of metrics: there are only so many, whatever is sent.

use std::collections::BTreeSet;

use reqwest::Method;
use tests::clock::CountedIds;

use application::ports::Ids;

use super::Server;

/// The series of requests to addresses that are not there, as `/metrics` shows them.
async fn unmatched(server: &Server) -> BTreeSet<String> {
    let text = server.get("/metrics").await.is(200).text;
    let series = text.lines().filter(|line| line.contains("route=\"unmatched\""));
    series.filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned())).collect()
}

/// T92.
#[tokio::test]
async fn a_thousand_paths_and_methods_that_nobody_knows_add_no_series() {
    let Some(server) = Server::start().await else { return };
    let ids = CountedIds::new(92);
    let send = async |method: &str, path: &str| {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        server.send(server.request(method, path)).await
    };
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        send(method, "/nowhere").await.is(404);
        send(method, "/v1/nowhere").await.is(404);
    }
    let before = unmatched(&server).await;
    assert!(before.len() > 7, "{before:#?}");
    for at in 0..1_000 {
        let word = ids.next().simple().to_string();
        let unknown = word.to_uppercase();
        let method = ["GET", "POST", "DELETE", &unknown][at % 4];
        let path = ["/", "/v1/", "/v1/members/a/"][at % 3];
        send(method, &format!("{path}{word}")).await.is(404);
        send(method, &format!("/v1/processes/{word}")).await;
        server.get(&format!("/v1/members/{word}")).await.is(404);
    }
    assert_eq!(unmatched(&server).await, before);
    let text = server.get("/metrics").await.is(200).text;
    for at in 0..1_000 {
        let word = CountedIds::new(92 + at).next().simple().to_string();
        assert!(!text.contains(&word) && !text.contains(&word.to_uppercase()));
    }
}

/// T92: patterns of routes, methods that are known, and statuses.
#[tokio::test]
async fn labels_of_requests_are_patterns_and_known_words() {
    let Some(server) = Server::start().await else { return };
    server.join("jenny").await;
    server.get("/v1/members/somebody-else").await.is(404);
    let document = server.get("/openapi.json").await.json();
    let mut routes: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    routes.extend(["unmatched", "/openapi.json", "/docs", "/docs/", "/docs/{*rest}", "/", "/assets/{file}"]);
    let text = server.get("/metrics").await.is(200).text;
    for line in text.lines().filter(|line| line.starts_with("rental_http_requests_total{")) {
        let route = label(line, "route");
        assert!(routes.contains(route), "{line}");
        assert!(
            ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "other"].contains(&label(line, "method"))
        );
        assert!(label(line, "status").parse::<u16>().is_ok(), "{line}");
    }
}

fn label<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap()
}
