//! Rows go in as they are, and nothing is left out or added when they are read.

use application::ports::Baseline;
use application::ports::baseline::RawPage;
use application::ports::event_store::{Position, Recorded, StreamName, Version};
use bytes::Bytes;

use super::BaselineUnderTest;
use crate::laws::event_store::samples::{HAPPENED, command, event, stream};

/// Nothing was written.
pub async fn an_empty_place_has_no_rows(subject: &impl BaselineUnderTest) {
    let page = subject.raw().read_page(Position::START, 10).await.expect("the store is there");
    assert_eq!(page, RawPage { rows: 0, bytes: 0, last: Position::START });
    let payloads = subject.raw().read_stream(&stream("a")).await.expect("the store is there");
    assert!(payloads.is_empty());
}

/// Five rows in two transactions, read two at a time.
pub async fn rows_are_read_in_pages_that_end_where_the_next_begins(subject: &impl BaselineUnderTest) {
    let raw = subject.raw();
    write_five(&*raw).await;
    let (mut at, mut seen) = (Position::START, Vec::new());
    loop {
        let page = raw.read_page(at, 2).await.expect("the store is there");
        if page.rows == 0 {
            assert_eq!(page.last, at);
            break;
        }
        seen.push((page.rows, page.bytes, page.last.value()));
        at = page.last;
    }
    // Payloads of 1, 2, 3, 4 and 5 bytes, and two of metadata each.
    assert_eq!(seen, [(2, 7, 2), (2, 11, 4), (1, 7, 5)]);
}

/// Rows of two streams in turn.
pub async fn a_stream_has_its_own_payloads_in_order(subject: &impl BaselineUnderTest) {
    let raw = subject.raw();
    write_five(&*raw).await;
    let payloads = raw.read_stream(&stream("a")).await.expect("the store is there");
    assert_eq!(payloads, [&b"x"[..], b"xxx", b"xxxxx"]);
}

/// A report that did not say what was measured would be worth nothing.
pub async fn the_terms_name_the_store(subject: &impl BaselineUnderTest) {
    let terms = subject.raw().terms().await.expect("the store is there");
    assert!(!terms.kind.is_empty() && !terms.version.is_empty(), "{terms:?}");
    assert!(!terms.durability.is_empty(), "what becomes of a commit is not said: {terms:?}");
}

async fn write_five(raw: &dyn Baseline) {
    let (a, b) = (stream("a"), stream("b"));
    let first = vec![row(1, &a, 1), row(2, &b, 1), row(3, &a, 2)];
    raw.write(first).await.expect("the rows fit");
    raw.write(vec![row(4, &b, 2), row(5, &a, 3)]).await.expect("the rows fit");
}

/// A row whose payload has as many bytes as its position says.
fn row(position: u64, stream: &StreamName, version: u64) -> Recorded {
    let event = event();
    Recorded {
        position: Position::new(position),
        stream: stream.clone(),
        version: Version::new(version),
        id: event.id,
        command: Some(command()),
        kind: HAPPENED,
        revision: event.revision,
        payload: Bytes::from("x".repeat(position as usize)),
        metadata: event.metadata,
        occurred_at: event.occurred_at,
    }
}
