//! What the service counts of its commands.

use std::collections::BTreeMap;

use futures::future::join_all;
use reqwest::Client;
use serde_json::json;

use crate::server::Server;
use crate::stores::register;

/// In files, where an append takes long enough for others to wait for the next turn.
#[tokio::test]
async fn every_command_is_counted_once_by_its_outcome_however_many_share_a_turn() {
    let server = Server::start(&[]);
    register(&server, "jenny").await;
    let client = Client::new();
    let sent = (0..100).map(async |at| {
        let (path, body) = match at / 50 {
            0 => ("/v1/members/jenny/points/save", json!({"amount": 1})),
            _ => ("/v1/members", json!({"id": "jenny", "name": "Somebody else"})),
        };
        client.post(server.url(path)).json(&body).send().await.unwrap();
    });

    join_all(sent).await;
    register(&server, "jenny").await;

    let metrics = client.get(server.url("/metrics")).send().await.unwrap().text().await.unwrap();
    let counted: BTreeMap<&str, &str> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("rental_commands_total")?.split_once(' '))
        .collect();
    let member = |outcome: &str| counted[format!("{{aggregate=\"member\",outcome=\"{outcome}\"}}").as_str()];
    assert_eq!((member("done"), member("refused"), member("repeated")), ("51", "50", "1"), "{counted:?}");
}
