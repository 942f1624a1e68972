//! The replica set away under two nodes.

use tests::own_infra::OwnInfra;
use tests::servers;

use super::Store;
use crate::outages::two_nodes_outlive;

/// T1, T10, T24, T31.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_outlive_a_replica_set_that_is_killed_or_stands_still() {
    if servers::mongo().is_none() {
        return;
    }
    let (server, url) = OwnInfra::started("mongo", "MONGO_URL");
    two_nodes_outlive(&server, Store::on(&url)).await;
}
