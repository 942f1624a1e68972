//! A library with members who come and go by themselves.

use serde_json::Value;

use crate::command::{ended, rental_at};
use crate::server::{LIMIT, Server, command};
use crate::stores::{register, stop};

async fn items(server: &Server, path: &str) -> Vec<Value> {
    let answer = reqwest::get(server.url(path)).await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json::<Value>().await.unwrap()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_new_library_is_furnished_and_lived_in_and_gets_guests_when_it_is_not_new() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &["serve", "--demo"]);
    server.wait_for_line("members of the demonstration come");
    let rented = async {
        while items(&server, "/v1/processes?status=COMPLETED&kind=RENT").await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, rented).await.expect("somebody rents something");
    assert_eq!(items(&server, "/v1/members").await.len(), 12);
    assert_eq!(items(&server, "/v1/books?minPosition=20").await.len(), 20);
    stop(server);

    let server = Server::start_in(folder.path(), &["serve", "--demo"]);
    server.wait_for_line("the library is not new");
    server.wait_for_line("members of the demonstration come");
    assert_eq!(items(&server, "/v1/members").await.len(), 18);
    let checked = rental_at(&server.url(""), &["verify"]);
    assert_eq!(checked.status.code(), Some(0), "{:?}", ended(&checked));
    stop(server);
}

#[tokio::test]
async fn a_library_that_is_not_new_and_has_no_books_is_served_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder.path(), &[]);
    register(&server, "jenny").await;
    stop(server);

    let server = Server::start_in(folder.path(), &["serve", "--demo"]);
    server.wait_for_line("no book that could be rented");
    assert_eq!(items(&server, "/v1/members").await.len(), 7);
    stop(server);
}

#[test]
fn a_part_of_the_services_has_no_demonstration() {
    let line = ["serve", "--demo", "--services", "rental", "--publisher", "kafka://127.0.0.1:9"];
    let output = command(&line).output().unwrap();
    let (code, said) = ended(&output);
    assert_eq!(code, Some(64));
    assert!(said.contains("ask all four services"), "{said}");
}
