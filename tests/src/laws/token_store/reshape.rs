//! Laws of split and merge: every key keeps its position, its rows and its letters (T71).

use std::sync::Arc;

use crate::stores::TokenAdapter;
use application::ports::dead_letters::{DeadLetterKind, DeadLetterQuery};
use application::ports::token_store::{ProcessorName, Row, RowKey, Segment, TokenError};

use super::TokenStoreUnderTest;
use super::fencing::assert_fenced;
use super::samples::{CATALOGUE, Worker, book, kept, letters, no, state_of, token};

const EVEN: Segment = Segment { id: 0, mask: 1 };
const ODD: Segment = Segment { id: 1, mask: 1 };

/// Together they hold what it held.
pub async fn both_halves_of_a_split_start_where_it_stood(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    worker.move_to(5).await;

    assert_eq!(split(&worker, Segment::WHOLE).await, (EVEN, ODD));
    assert_eq!(split(&worker, ODD).await, (Segment { id: 1, mask: 3 }, Segment { id: 3, mask: 3 }));

    let found = segments(&worker).await;
    assert_eq!(found, [(0, 1), (1, 3), (3, 3)]);
    let state = state_of(&*worker.tokens, &CATALOGUE).await;
    assert!(state.segments.iter().all(|segment| segment.token == token(5)), "{state:?}");
}

/// And the whole is what was split.
pub async fn joined_halves_stand_where_both_stood(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let live = worker.claim().generation;
    worker.move_to(5).await;
    split(&worker, Segment::WHOLE).await;
    for half in [EVEN, ODD] {
        Worker::at(subject.tokens(), &CATALOGUE, live, half).await.move_to(9).await;
    }

    let whole = worker.tokens.merge(&CATALOGUE, ODD).await.expect("both are at 9");

    assert_eq!(whole, Segment::WHOLE);
    assert_eq!(segments(&worker).await, [(0, 0)]);
    let mut joined = Worker::at(subject.tokens(), &CATALOGUE, live, whole).await;
    assert_eq!(joined.claimed.token, token(9));
    joined.move_to(10).await;
}

/// Else one of them would repeat or skip.
pub async fn halves_at_different_positions_cannot_be_joined(subject: &dyn TokenStoreUnderTest) {
    let worker = Worker::on(subject.tokens()).await;
    split(&worker, Segment::WHOLE).await;
    let live = worker.claim().generation;
    Worker::at(subject.tokens(), &CATALOGUE, live, EVEN).await.move_to(9).await;

    for half in [EVEN, ODD] {
        assert_cannot(worker.tokens.merge(&CATALOGUE, half).await);
    }
    assert_eq!(segments(&worker).await, [(0, 1), (1, 1)]);
}

/// It is the only one, or the sibling was split further.
pub async fn a_segment_without_its_sibling_cannot_be_joined(subject: &dyn TokenStoreUnderTest) {
    let worker = Worker::on(subject.tokens()).await;
    assert_cannot(worker.tokens.merge(&CATALOGUE, Segment::WHOLE).await);
    split(&worker, Segment::WHOLE).await;
    split(&worker, ODD).await;

    assert_cannot(worker.tokens.merge(&CATALOGUE, EVEN).await);
}

/// Also the claims of the same node on segments of the same name that come back later.
pub async fn a_reshaped_segment_ends_its_claims_for_ever(subject: &dyn TokenStoreUnderTest) {
    let mut whole = Worker::on(subject.tokens()).await;
    split(&whole, Segment::WHOLE).await;
    assert_fenced(&mut whole).await;
    let mut half = whole.also(EVEN).await;

    half.tokens.merge(&CATALOGUE, EVEN).await.expect("both are at the beginning");

    assert_fenced(&mut half).await;
    assert_fenced(&mut whole).await;
    let again = whole.also(Segment::WHOLE).await;
    assert_fenced(&mut whole).await;
    split(&again, Segment::WHOLE).await;
    let mut last = half.also(EVEN).await;
    assert_fenced(&mut half).await;
    last.move_to(1).await;
}

/// They belong to keys, not to segments.
pub async fn rows_and_letters_outlast_split_and_merge(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let live = worker.claim().generation;
    worker.put(1, [Row::Catalogue(book(1, "Kept"))]).await;
    let letter = worker.letter(DeadLetterKind::Parked, "book:1", 2);
    worker.park(2, vec![letter.clone()]).await;

    split(&worker, Segment::WHOLE).await;
    for half in [EVEN, ODD] {
        let half = Worker::at(Arc::clone(&worker.tokens), &CATALOGUE, live, half).await;
        let own = half.claimed.claim.segment.holds("book:1");
        assert_eq!(half.claimed.parked.len(), usize::from(own));
        let row = half.row(RowKey::Catalogue(no(1))).await;
        assert_eq!(row, Some(Row::Catalogue(book(1, "Kept"))));
    }
    worker.tokens.merge(&CATALOGUE, EVEN).await.expect("both are at 2");

    let whole = Worker::at(subject.tokens(), &CATALOGUE, live, Segment::WHOLE).await;
    assert_eq!(whole.claimed.parked.len(), 1);
    assert_eq!(letters(&*whole.tokens, DeadLetterQuery::default()).await, [kept(&letter)]);
}

/// A wrong name must not look like success.
pub async fn what_is_not_there_cannot_be_reshaped(subject: &dyn TokenStoreUnderTest) {
    let worker = Worker::on(subject.tokens()).await;
    for (processor, segment) in [(ProcessorName::of("nobody"), Segment::WHOLE), (CATALOGUE, ODD)] {
        let refusal = worker.tokens.split(&processor, segment).await;
        assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{processor} {segment}: {refusal:?}");
        let refusal = worker.tokens.merge(&processor, segment).await;
        assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{processor} {segment}: {refusal:?}");
    }
}

fn assert_cannot(refusal: Result<Segment, TokenError>) {
    assert!(matches!(refusal, Err(TokenError::CannotReshape { .. })), "{refusal:?}");
}

async fn split(worker: &Worker, segment: Segment) -> (Segment, Segment) {
    worker.tokens.split(&CATALOGUE, segment).await.expect("it can be split")
}

async fn segments(worker: &Worker) -> Vec<(u32, u32)> {
    let tokens: &dyn TokenAdapter = &*worker.tokens;
    let segments = state_of(tokens, &CATALOGUE).await.segments;
    segments.iter().map(|state| (state.segment.id, state.segment.mask)).collect()
}
