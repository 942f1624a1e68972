//! A database server without room for its tables.

use super::Store;
use super::own_server::OwnServer;
use crate::small_disk::SmallDisk;
use crate::store::FaultStore;
use crate::visit::Visit;

/// T12: writes are refused, reads go on, nothing is half there, and it goes on by itself when there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_disk_is_full_refuses_what_has_no_room_and_goes_on_when_there_is_some() {
    let Some(disk) = SmallDisk::of(32) else { return };
    let Some(own) = OwnServer::started() else { return };
    own.make_tablespace("small", disk.path()).await;
    let place = Store::on(&format!("{}?options[default_tablespace]=small", own.url));
    let server = place.start(&[]);
    let visit = Visit::of(&server).await;
    disk.blow_up();
    let tried = visit.is_turned_away().await;
    disk.let_out();
    visit.is_served(tried).await;
    visit.finds_all_after_a_restart(tried, server, &place).await;
}
