//! The description of the API, and the pages that come with it.

use std::collections::BTreeSet;

use serde_json::Value;

use tests::stores::Memory;

use crate::server::Server;

const ROUTES: [&str; 31] = [
    "post /v1/members",
    "get /v1/members/{id}",
    "get /v1/members/{id}/points",
    "post /v1/members/{id}/points/save",
    "post /v1/members/{id}/points/use",
    "post /v1/books",
    "get /v1/books",
    "get /v1/books/{no}",
    "post /v1/books/{no}/available",
    "post /v1/books/{no}/unavailable",
    "post /v1/rental-cards",
    "get /v1/rental-cards/{memberId}",
    "post /v1/rental-cards/{memberId}/rent",
    "post /v1/rental-cards/{memberId}/return",
    "post /v1/rental-cards/{memberId}/overdue",
    "post /v1/rental-cards/{memberId}/clear-overdue",
    "get /v1/processes",
    "get /v1/processes/{id}",
    "get /v1/best-sellers",
    "post /v1/processes/{id}/resolve",
    "get /v1/events",
    "get /v1/events/live",
    "get /v1/events/{position}",
    "get /v1/streams/{name}/events",
    "get /v1/processors",
    "get /v1/processors/{name}",
    "get /v1/dead-letters",
    "get /v1/dead-letters/{id}",
    "get /livez",
    "get /readyz",
    "get /metrics",
];

#[tokio::test]
async fn every_route_is_described_with_its_answers() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let document = server.get("/openapi.json").await.is(200).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    for route in ROUTES {
        let (method, path) = route.split_once(' ').unwrap();
        let operation = &document["paths"][path][method];
        assert!(operation["responses"].is_object(), "{route} is not described");
        assert!(operation["summary"].is_string(), "{route} is not explained");
    }
}

#[tokio::test]
async fn every_reference_of_the_description_leads_somewhere() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let document = server.get("/openapi.json").await.is(200).json();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 10);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn every_problem_of_a_route_stands_under_its_own_status() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let document = server.get("/openapi.json").await.is(200).json();
    let known = document["info"]["description"].as_str().unwrap();
    let mut named = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (status, answer) in item.as_object().unwrap().values().flat_map(answers) {
            let kinds = &answer["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"];
            for kind in kinds["type"]["enum"].as_array().into_iter().flatten() {
                let row = format!("]({}) | {status} |", kind.as_str().unwrap());
                assert!(known.contains(&row), "{path} names {kind} under {status}");
                named += 1;
            }
        }
    }
    assert!(named > 100, "{named}");
}

#[tokio::test]
async fn every_route_that_a_foreign_page_may_not_ask_says_so() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let document = server.get("/openapi.json").await.is(200).json();
    for route in ROUTES.into_iter().filter(|route| route.contains(" /v1/")) {
        let (method, path) = route.split_once(' ').unwrap();
        let refused = document["paths"][path][method]["responses"]["403"]["description"].as_str();
        assert_eq!(refused, Some("foreign-origin"), "{route}");
    }
}

fn answers(operation: &Value) -> impl Iterator<Item = (&String, &Value)> {
    operation["responses"].as_object().into_iter().flatten()
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn a_page_of_the_docs_that_is_not_there_is_a_problem() {
    let Some(server) = Server::<Memory>::start().await else { return };
    for path in ["/docs/zzz", "/docs/zzz/y"] {
        server.get(path).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn the_pages_to_try_the_api_load_nothing_from_elsewhere() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let page = server.get("/docs/").await.is(200);
    assert!(
        !page.text.contains("//cdn")
            && !page.text.contains("src=\"http")
            && !page.text.contains("href=\"http")
    );
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'self'"));
    for line in page.text.lines().filter(|line| line.contains("<script")) {
        assert!(line.contains("src="), "a script in the page itself would not run: {line}");
    }
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        let loaded = server.get(&format!("/docs/{file}")).await.is(200);
        assert!(!loaded.text.is_empty(), "{file}");
    }
}

#[tokio::test]
async fn every_problem_that_the_description_names_has_a_page() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let document = server.get("/openapi.json").await.is(200).json();
    let description = document["info"]["description"].as_str().unwrap();
    let paths: Vec<&str> =
        description.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(paths.len() > 40);
    for path in paths {
        let page = server.get(path).await.is(200);
        let slug = path.trim_start_matches("/problems/");
        assert!(page.text.contains(&format!("<code>{slug}</code>")), "{path}");
    }
}
