//! The next page is read while one is handled, and only believed while it is fresh.

use std::sync::Arc;

use application::processing::{Processor, StepOutcome};
use application::reactions::KEEP_POINTS;
use jiff::SignedDuration;
use tests::faulty_store::AppendFault;
use tests::library::Library;
use tokio::sync::Notify;

/// A handler that waits for the end of its first page, whose rent is in it; there is one page more.
struct Held {
    library: Library,
    keeps_points: Processor,
    gate: Arc<Notify>,
}

impl Held {
    async fn open() -> Self {
        let mut library = Library::open();
        let jenny = library.join("jenny", 0).await;
        let no = library.shelve(1).await;
        library.rent(&jenny, no).await;
        for number in 0..60 {
            library.join(&format!("member{number}"), 0).await;
        }
        let at = library.processors.iter().position(|processor| *processor.name() == KEEP_POINTS).unwrap();
        let keeps_points = library.processors.remove(at);
        let gate = Arc::new(Notify::new());
        library.stores.log.next_append(AppendFault::Held(Arc::clone(&gate)));
        library.stores.log.take_calls();
        Self { library, keeps_points, gate }
    }

    fn reads(&self) -> usize {
        self.library.stores.log.take_calls().log_reads
    }

    /// Handles the first page to its end, and says how often the log was read before that end.
    async fn first_page(&mut self) -> usize {
        let (mut reads, log) = (0, Arc::clone(&self.library.stores.log));
        let (step, gate) = (self.keeps_points.step(), Arc::clone(&self.gate));
        let looked = async {
            // Everything in memory answers within a few turns; what has not begun by then waits for the gate.
            for _ in 0..1_000 {
                reads += log.take_calls().log_reads;
                tokio::task::yield_now().await;
            }
            gate.notify_one();
        };
        let (step, ()) = futures::join!(step, looked);
        assert_eq!(step, StepOutcome::Advanced);
        reads
    }
}

#[tokio::test]
async fn the_next_page_is_read_while_one_is_handled() {
    let mut held = Held::open().await;

    assert_eq!(held.first_page().await, 2, "the page, and the one after it");

    held.reads();
    held.keeps_points.step().await;
    assert_eq!(held.reads(), 0, "it is there already");
}

/// The log may have lost its events meanwhile.
#[tokio::test]
async fn a_page_that_was_read_long_ago_is_read_again() {
    let mut held = Held::open().await;
    held.first_page().await;
    held.reads();

    held.library.stores.clock.advance(SignedDuration::from_secs(1));
    held.keeps_points.step().await;

    assert_eq!(held.reads(), 1);
}
