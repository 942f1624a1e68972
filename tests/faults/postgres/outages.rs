//! The database away under two nodes.

use super::Store;
use super::own_server::OwnServer;
use crate::outages::two_nodes_outlive;

/// T1, T10, T24, T31.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_outlive_a_database_that_is_killed_or_stands_still() {
    let Some(server) = OwnServer::started() else { return };
    two_nodes_outlive(server.infra(), Store::on(&server.url)).await;
}
