//! The event-processing runtime: what is handled once, what waits, what is parked, and who may work.

mod ahead;
mod crashes;
mod doubt;
mod fair;
mod meanwhile;
mod nodes;
mod parking;
mod rebuilt;
mod reshaped;
mod retries;
mod running;
mod shared_out;
mod sources;
mod standstill;
mod together;
mod tokens;
mod turns;
mod unanswered;
mod unstorable;
mod waiting;

use application::codec::SequenceKeys;
use application::ports::dead_letters::DeadLetter;
use application::ports::event_store::Position;
use domain::BookNo;
use tests::library::{Library, Named, Node, RawEvent, Stores};

/// Puts an event of a book into the log that has this payload.
async fn book_event(library: &Library, no: BookNo, kind: &str, revision: u32, payload: &str) -> Position {
    let keys = SequenceKeys { book: Some(no), ..SequenceKeys::default() };
    let raw = RawEvent { kind, revision, payload: payload.as_bytes(), keys };
    library.append_past_rules(&format!("book-{no}"), raw).await
}

/// A library with these reactions, in which somebody has just asked for the books 12, 13 and 14.
async fn three_rents(reactions: fn(Named) -> Named) -> Library {
    let library = Library::over(Stores::empty(), Node { reactions, ..Node::default() });
    let jenny = library.join("jenny", 0).await;
    for no in [12, 13, 14] {
        let no = library.shelve(no).await;
        library.rent(&jenny, no).await;
    }
    library
}

/// The numbers in the catalogue.
async fn shelf(library: &Library) -> Vec<i64> {
    let rows = library.queries.books(&Default::default(), 100).await.unwrap();
    rows.iter().map(|row| row.no.value()).collect()
}

fn summary(letters: &[DeadLetter]) -> Vec<(String, u64, u32)> {
    letters.iter().map(|l| (l.sequence.clone(), l.position().value(), l.attempts)).collect()
}
