//! The console as a browser gets it: the page, its assets, and what it may load.

use reqwest::Method;
use tests::stores::Memory;

use crate::answer::Answer;
use crate::server::Server;

/// Addresses of the assets that a page names.
fn assets(page: &Answer) -> Vec<&str> {
    let quoted = page.text.split('"').skip(1).step_by(2);
    quoted.filter(|address| address.starts_with("/assets/")).collect()
}

fn is_strict(answer: &Answer) -> bool {
    let policy = answer.header("content-security-policy").unwrap();
    let own = ["default-src 'self'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"];
    own.iter().all(|rule| policy.contains(rule)) && !policy.contains("unsafe")
}

#[tokio::test]
async fn the_address_of_the_service_is_the_console() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let page = server.get("/").await.is(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(is_strict(&page), "{page:?}");
    assert!(!page.text.contains("<style") && !page.text.contains(" style="), "{}", page.text);
    let scripts = page.text.split("<script").skip(1);
    assert!(scripts.clone().count() > 0 && scripts.into_iter().all(|script| script.contains("></script>")));
}

#[tokio::test]
async fn assets_of_the_page_are_in_the_binary_and_never_change() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let page = server.get("/").await.is(200);
    let named = assets(&page);
    assert!(named.len() >= 3, "{named:?}");
    for address in named {
        let asset = server.get(address).await.is(200);
        assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"), "{address}");
        assert!(is_strict(&asset) && !asset.text.is_empty(), "{address}");
        let expected = match address.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(asset.header("content-type"), Some(expected), "{address}");
    }
}

#[tokio::test]
async fn a_page_that_is_the_same_is_not_sent_again() {
    let Some(server) = Server::<Memory>::start().await else { return };
    let tag = server.get("/").await.header("etag").unwrap().to_owned();
    for (known, status) in [(tag.as_str(), 304), ("\"another\"", 200)] {
        let request = server.request(Method::GET, "/").header("if-none-match", known);
        let answer = server.send(request).await.is(status);
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
    }
    let head = server.send(server.request(Method::HEAD, "/")).await.is(200);
    assert!(head.text.is_empty() && head.header("etag") == Some(tag.as_str()));
}

#[tokio::test]
async fn a_file_that_the_console_does_not_have_is_a_problem() {
    let Some(server) = Server::<Memory>::start().await else { return };
    for nothing in
        ["/assets/index.html", "/assets/..%2findex.html", "/assets/x.js", "/assets/", "/index.html"]
    {
        server.get(nothing).await.problem(404, "not-found");
    }
    server.post("/", serde_json::json!({})).await.problem(405, "method-not-allowed");
}

/// The page with its assets, as a browser asks for them.
#[tokio::test]
async fn the_first_load_is_sent_compressed_and_stays_below_150_kb() {
    const FIRST_LOAD_MAX: usize = 150 * 1_000;
    let Some(server) = Server::<Memory>::start().await else { return };
    let page = server.get("/").await.is(200);
    let mut sent = 0;
    for address in std::iter::once("/").chain(assets(&page)) {
        let request = server.request(Method::GET, address).header("accept-encoding", "gzip");
        let answer = request.send().await.unwrap();
        let small = address.ends_with(".svg") || address == "/";
        let encoding = answer.headers().get("content-encoding").map(|name| name.to_str().unwrap().to_owned());
        assert!(small || encoding.as_deref() == Some("gzip"), "{address}: {encoding:?}");
        assert!(answer.headers()["vary"].to_str().unwrap().contains("accept-encoding"), "{address}");
        sent += answer.bytes().await.unwrap().len();
    }
    assert!((10_000..FIRST_LOAD_MAX).contains(&sent), "{sent} bytes");
}
