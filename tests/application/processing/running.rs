//! The endless loop: it wakes up by itself, and gives its claim back when it is stopped.

use application::processing::run;
use application::reactions::PROCESSES;
use domain::rental_card::attempt::Status;
use tests::library::Library;
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
