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

/// More than fit into one statement of any store, of two streams in turn; and none.
pub async fn one_transaction_takes_as_many_rows_as_it_is_given(subject: &impl BaselineUnderTest) {
    let (raw, streams) = (subject.raw(), [stream("a"), stream("b")]);
    let of = |number: u64| Recorded {
        payload: Bytes::from(format!("{number}\u{e9}")),
        ..row(number, &streams[(number % 2) as usize], number.div_ceil(2))
    };
    raw.write(vec![]).await.expect("nothing fits everywhere");
    for numbers in [1..=700, 701..=702] {
        raw.write(numbers.map(of).collect()).await.expect("the rows fit");
    }
    let page = raw.read_page(Position::START, 10_000).await.expect("the store is there");
    assert_eq!((page.rows, page.last.value()), (702, 702));
    let payloads = raw.read_stream(&streams[1]).await.expect("the store is there");
    let written: Vec<_> =
        (1..=702).filter(|number| number % 2 == 1).map(|number| of(number).payload).collect();
    assert_eq!(payloads, written);
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

/// What is counted comes late, so that it never goes back is all that holds at once.
pub async fn transactions_are_counted_upward_or_not_at_all(subject: &impl BaselineUnderTest) {
    let raw = subject.raw();
    let before = raw.transactions().await.expect("the store is there");
    write_five(&*raw).await;
    let after = raw.transactions().await.expect("the store is there");
    assert_eq!(before.is_some(), after.is_some());
    assert!(before <= after, "{before:?} and then {after:?}");
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
