//! Controls: what breaks a law on purpose has to be caught by it.

use adapters::system_clock::SystemIds;
use application::ports::Ids;
use std::sync::Arc;

use adapters::memory::MemoryEventStore;
use application::ports::event_store::LogId;
use tests::laws::event_store::naive::NaiveStore;
use tests::laws::event_store::order::read_beside_writers;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_a_store_that_shows_later_positions_first_misses_an_event() {
    let naive = NaiveStore::on(Arc::new(MemoryEventStore::new(LogId::new(SystemIds.next()))));

    let outcome = read_beside_writers(Arc::new(naive)).await;

    assert_eq!(outcome, Err("1 of 800 events were never seen".to_owned()));
}
