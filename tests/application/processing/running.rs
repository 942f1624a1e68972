//! The endless loop: it wakes up by itself, and gives its claim back when it is stopped.

use std::sync::Arc;
use std::time::Duration;

use application::ports::TokenStore;
use application::processing::run;
use application::reactions::{KEEP_POINTS, PROCESSES};
use domain::rental_card::attempt::Status;
use jiff::SignedDuration;
use tests::faulty_store::AppendFault;
use tests::library::Library;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn processors_that_run_wake_up_by_themselves_and_let_go_when_stopped() {
    let mut library = Library::open();
    let (stop, mut running) = (CancellationToken::new(), JoinSet::new());
    for processor in library.processors.drain(..) {
        running.spawn(run(processor, stop.clone()));
    }
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    let process = library.rent(&jenny, no).await;

    while library.queries.process(process).await.unwrap().is_none_or(|row| row.status != Status::Completed) {
        let seen = library.events().await.last().unwrap().position;
        library.queries.wait_for(&PROCESSES, seen).await.unwrap();
        // The view may be there already, and then nothing here would let anybody else run.
        tokio::task::yield_now().await;
    }
    stop.cancel();
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }

    for state in library.control.processors().await.unwrap() {
        assert!(state.segments.iter().all(|segment| segment.owner.is_none()), "{state:?}");
        assert_eq!(state.waiting, "stopped");
    }
}

/// It may hold what others wait for, such as the reader that all share.
#[tokio::test]
async fn a_step_goes_on_while_the_extension_of_its_claim_gets_no_answer() {
    let library = Library::open();
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    let head = library.events().await.last().unwrap().position;
    let (gate, tokens) = (Arc::new(Notify::new()), Arc::clone(&library.stores.tokens));
    library.stores.log.next_append(AppendFault::Held(Arc::clone(&gate)));
    tokens.hang_extensions();
    let (stop, clock) = (CancellationToken::new(), Arc::clone(&library.stores.clock));
    let keeps_points = library.processors.into_iter().find(|processor| *processor.name() == KEEP_POINTS);
    let running = tokio::spawn(run(keeps_points.unwrap(), stop));
    until(async || tokens.progress(&KEEP_POINTS).await.unwrap().is_some()).await;
    clock.advance(SignedDuration::from_secs(4));
    until(async || tokens.extensions() > 0).await;

    gate.notify_one();

    until(async || tokens.progress(&KEEP_POINTS).await.unwrap() >= Some(head)).await;
    running.abort();
}

/// Waits for a condition, but not for ever.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while !holds().await {
            ticks.tick().await;
        }
    });
    assert!(waited.await.is_ok(), "it does not come to that");
}
