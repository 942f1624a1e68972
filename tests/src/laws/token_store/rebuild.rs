//! Laws of a generation that is built beside the live one (T68, T70).

use std::time::Duration;

use application::control::sweep_all;
use application::ports::catalogue_view::BookQuery;
use application::ports::dead_letters::{DeadLetterKind, DeadLetterQuery, EventOverride};
use application::ports::event_store::Position;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{Generation, ProcessorName, Row, RowKey, Segment, TokenError};

use super::TokenStoreUnderTest;
use super::fencing::assert_fenced;
use super::samples::{CATALOGUE, Worker, book, event_id, kept, letters, no, state_of, token};

/// Readers stay on the live rows, and both work on.
pub async fn a_rebuild_starts_empty_beside_the_live_rows(subject: &dyn TokenStoreUnderTest) {
    let mut live = Worker::on(subject.tokens()).await;
    live.put(5, [Row::Catalogue(book(1, "Live"))]).await;

    let mut beside = rebuild(&live, 2).await;
    assert_eq!((beside.claimed.token, beside.claimed.commits), (token(2), 0));
    assert_eq!(beside.row(RowKey::Catalogue(no(1))).await, None);
    beside.put(3, [Row::Catalogue(book(1, "Rebuilt")), Row::Catalogue(book(2, "More"))]).await;

    assert_eq!(titles(subject).await, ["Live"]);
    live.put(6, [Row::Catalogue(book(1, "Still live"))]).await;
    assert_eq!(titles(subject).await, ["Still live"]);
    assert_eq!(beside.row(RowKey::Catalogue(no(1))).await, Some(Row::Catalogue(book(1, "Rebuilt"))));
    let state = state_of(&*live.tokens, &CATALOGUE).await;
    assert_eq!((state.live, state.rebuilding), (live.claim().generation, Some(beside.claim().generation)));
    let found: Vec<_> = state.segments.iter().map(|segment| segment.token).collect();
    assert_eq!(found, [token(6), token(3)], "by generation");
}

/// A restart asks again and must not start over.
pub async fn a_rebuild_that_runs_is_answered_as_it_is(subject: &dyn TokenStoreUnderTest) {
    let live = Worker::on(subject.tokens()).await;
    let mut beside = rebuild(&live, 0).await;
    beside.move_to(3).await;

    let again = live.tokens.start_rebuild(&CATALOGUE, token(0)).await.expect("it runs");

    assert_eq!(again, beside.claim().generation);
    beside.move_to(4).await;
}

/// Whoever works on the live generation learns with the next beat that there is another one to work on, or none any more.
pub async fn those_who_hold_claims_are_told_that_a_rebuild_starts_or_ends(subject: &dyn TokenStoreUnderTest) {
    let live = Worker::on(subject.tokens()).await;
    let said = async || {
        let claims = [live.claim().clone()];
        let beat = live.tokens.beat(live.claim().node, &claims, Duration::from_secs(10)).await;
        beat.expect("it is there").extended.remove(0).expect("it holds").said
    };
    let before = said().await;
    assert_eq!(said().await, before);
    live.tokens.start_rebuild(&CATALOGUE, token(0)).await.expect("it is known");
    let started = said().await;
    assert_ne!(started, before);

    live.tokens.cancel_rebuild(&CATALOGUE).await.expect("it runs");

    assert_ne!(said().await, started);
}

/// New rows and letters are there, the old ones and all claims are gone, and the next owner goes on.
pub async fn a_generation_switches_in_one_step(subject: &dyn TokenStoreUnderTest) {
    let mut live = Worker::on(subject.tokens()).await;
    live.put(5, [Row::Catalogue(book(1, "Old")), Row::Catalogue(book(2, "Wrong"))]).await;
    live.park(6, vec![live.letter(DeadLetterKind::Abandoned, "book:9", 6)]).await;
    let mut beside = rebuild(&live, 0).await;
    beside.put(6, [Row::Catalogue(book(1, "New"))]).await;

    live.tokens.switch(&CATALOGUE, false).await.expect("it has caught up");

    assert_eq!(titles(subject).await, ["New"]);
    assert_eq!(letters(&*live.tokens, DeadLetterQuery::default()).await, []);
    let state = state_of(&*live.tokens, &CATALOGUE).await;
    assert_eq!((state.live, state.rebuilding), (beside.claim().generation, None));
    assert_eq!((state.parked, state.abandoned, state.segments.len()), (0, 0, 1));
    assert_fenced(&mut live).await;
    assert_fenced(&mut beside).await;
    let mut next = Worker::at(subject.tokens(), &CATALOGUE, state.live, Segment::WHOLE).await;
    next.put(7, [Row::Catalogue(book(2, "Next"))]).await;
    assert_eq!(titles(subject).await, ["New", "Next"]);
}

/// After a switch, a rebuild that was cancelled, and a processor that began anew; rows that are in use stay.
pub async fn rows_of_what_has_ended_are_seen_by_nobody_and_go_in_small_pieces(
    subject: &dyn TokenStoreUnderTest,
) {
    let mut live = Worker::on(subject.tokens()).await;
    live.put(1, (1..=25).map(|no| Row::Catalogue(book(no, "Old")))).await;
    let mut beside = rebuild(&live, 1).await;
    beside.put(2, [Row::Catalogue(book(1, "New"))]).await;
    live.tokens.switch(&CATALOGUE, false).await.expect("it has caught up");
    let state = state_of(&*live.tokens, &CATALOGUE).await;
    assert_eq!((state.segments.len(), titles(subject).await), (1, vec!["New".to_owned()]));
    let next = Worker::at(subject.tokens(), &CATALOGUE, state.live, Segment::WHOLE).await;
    let mut cancelled = rebuild(&next, 0).await;
    cancelled.put(1, (1..=25).map(|no| Row::Catalogue(book(no, "Wrong")))).await;
    next.tokens.cancel_rebuild(&CATALOGUE).await.expect("it runs");
    let mut growing = rebuild(&next, 0).await;
    growing.put(1, [Row::Catalogue(book(3, "Grows"))]).await;

    sweep(&next).await;

    assert_eq!(titles(subject).await, ["New"]);
    let grown = growing.row(RowKey::Catalogue(no(3))).await;
    assert_eq!(grown, Some(Row::Catalogue(book(3, "Grows"))));
    next.tokens.begin_anew(&CATALOGUE, token(0)).await.expect("it is known");
    sweep_all(&*next.tokens).await.expect("all can be swept");
    assert_eq!(next.tokens.sweep(&CATALOGUE, 10).await.expect("it can be swept"), 0);
    assert_eq!(titles(subject).await, [""; 0]);
    assert_eq!(state_of(&*next.tokens, &CATALOGUE).await.segments.len(), 1);
}

async fn sweep(worker: &Worker) {
    loop {
        let swept = worker.tokens.sweep(&CATALOGUE, 10).await.expect("it can be swept");
        assert!(swept <= 10, "{swept} rows in one piece");
        if swept == 0 {
            return;
        }
    }
}

/// Readers never see less than before; force does not change that.
pub async fn a_generation_that_is_behind_cannot_switch(subject: &dyn TokenStoreUnderTest) {
    let mut live = Worker::on(subject.tokens()).await;
    live.move_to(5).await;
    let mut beside = rebuild(&live, 0).await;
    beside.move_to(4).await;

    for force in [false, true] {
        assert_cannot(live.tokens.switch(&CATALOGUE, force).await);
    }
    beside.move_to(5).await;
    live.tokens.switch(&CATALOGUE, false).await.expect("it has caught up");
}

/// Its own letters; those of the live generation go with it.
pub async fn a_generation_with_letters_switches_only_by_force(subject: &dyn TokenStoreUnderTest) {
    let mut live = Worker::on(subject.tokens()).await;
    live.move_to(1).await;
    for kind in [DeadLetterKind::Parked, DeadLetterKind::Abandoned] {
        let mut beside = rebuild(&live, 1).await;
        let letter = beside.letter(kind, "book:1", 2);
        beside.park(2, vec![letter.clone()]).await;

        assert_cannot(live.tokens.switch(&CATALOGUE, false).await);
        assert_eq!(letters(&*live.tokens, DeadLetterQuery::default()).await, [kept(&letter)]);
        live.tokens.cancel_rebuild(&CATALOGUE).await.expect("it runs");
    }
    let mut beside = rebuild(&live, 1).await;
    let letter = beside.letter(DeadLetterKind::Parked, "book:1", 2);
    beside.park(2, vec![letter.clone()]).await;
    live.tokens.switch(&CATALOGUE, true).await.expect("it is forced");
    assert_eq!(letters(&*live.tokens, DeadLetterQuery::default()).await, [kept(&letter)]);
}

/// With rows and letters; a later rebuild is another one, and old claims do not fit it.
pub async fn a_cancelled_rebuild_is_gone_for_ever(subject: &dyn TokenStoreUnderTest) {
    let mut live = Worker::on(subject.tokens()).await;
    live.put(1, [Row::Catalogue(book(1, "Live"))]).await;
    let mut first = rebuild(&live, 0).await;
    first.put(1, [Row::Catalogue(book(1, "Wrong"))]).await;
    first.park(2, vec![first.letter(DeadLetterKind::Parked, "book:1", 2)]).await;

    live.tokens.cancel_rebuild(&CATALOGUE).await.expect("it runs");

    assert_eq!(letters(&*live.tokens, DeadLetterQuery::default()).await, []);
    assert_eq!(state_of(&*live.tokens, &CATALOGUE).await.rebuilding, None);
    assert_eq!(titles(subject).await, ["Live"]);
    live.move_to(2).await;
    let second = rebuild(&live, 0).await;
    assert_ne!(second.claim().generation, first.claim().generation);
    assert_eq!(second.row(RowKey::Catalogue(no(1))).await, None);
    assert_fenced(&mut first).await;
}

/// Both generations have the same segments until it has ended.
pub async fn a_rebuild_cannot_be_reshaped(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(2, token(0))).await.expect("it can be registered");
    tokens.start_rebuild(&CATALOGUE, token(0)).await.expect("it is known");
    let half = Segment { id: 0, mask: 1 };

    let refusal = tokens.split(&CATALOGUE, half).await;
    assert!(matches!(refusal, Err(TokenError::CannotReshape { .. })), "{refusal:?}");
    let refusal = tokens.merge(&CATALOGUE, half).await;
    assert!(matches!(refusal, Err(TokenError::CannotReshape { .. })), "{refusal:?}");
    let state = state_of(&*tokens, &CATALOGUE).await;
    assert_eq!(state.segments.len(), 4, "two of each generation");
}

/// Nor for a name nobody registered.
pub async fn without_a_rebuild_nothing_can_be_switched_or_cancelled(subject: &dyn TokenStoreUnderTest) {
    let worker = Worker::on(subject.tokens()).await;
    let nobody = ProcessorName::of("nobody");
    for name in [CATALOGUE, nobody.clone()] {
        let refusals = [worker.tokens.switch(&name, true).await, worker.tokens.cancel_rebuild(&name).await];
        for refusal in refusals {
            assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{name}: {refusal:?}");
        }
    }
    let refusal = worker.tokens.start_rebuild(&nobody, token(0)).await;
    assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{refusal:?}");
}

/// Rows and letters go, and the tokens stand where they were told to.
pub async fn a_processor_that_begins_anew_keeps_its_segments_its_pause_and_what_was_said_of_events(
    subject: &dyn TokenStoreUnderTest,
) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(2, token(0))).await.expect("it can be registered");
    let before = state_of(&*tokens, &CATALOGUE).await;
    for segment in Segment::all(2) {
        let mut worker = Worker::at(subject.tokens(), &CATALOGUE, before.live, segment).await;
        worker.put(5, [Row::Catalogue(book(i64::from(segment.id) + 1, "Old"))]).await;
        let kinds = [DeadLetterKind::Parked, DeadLetterKind::Abandoned, DeadLetterKind::Rejected];
        worker.park(6, kinds.map(|kind| worker.letter(kind, "book:9", 6)).to_vec()).await;
    }
    let paused = Desired::Paused { by: "me".to_owned(), reason: "a look".to_owned() };
    tokens.set_desired(&CATALOGUE, paused.clone()).await.expect("it is known");
    tokens.put_override(&CATALOGUE, event_id(6), EventOverride::Skipped).await.expect("it can be kept");
    let other = ProcessorName::of("loans");
    tokens.register(&other, &Segment::all_at(1, token(3))).await.expect("it can be registered");

    for _ in 0..2 {
        tokens.begin_anew(&CATALOGUE, token(1)).await.expect("it is known");
    }

    assert_eq!(titles(subject).await, [""; 0]);
    assert_eq!(letters(&*tokens, DeadLetterQuery::default()).await, []);
    let state = state_of(&*tokens, &CATALOGUE).await;
    assert_eq!((state.parked, state.abandoned, state.rejected, state.rebuilding), (0, 0, 0, None));
    assert_eq!(state.desired, paused);
    let segments: Vec<_> = state.live_segments().map(|known| (known.segment, known.token)).collect();
    assert_eq!(segments, Segment::all(2).map(|segment| (segment, token(1))).collect::<Vec<_>>());
    assert_eq!(state.segments.len(), 2, "nothing is left of the generations before");
    let overrides = tokens.overrides(&CATALOGUE).await.expect("the token store is there");
    assert_eq!(overrides.len(), 1);
    assert_eq!(tokens.progress(&other).await.expect("the token store is there"), Some(Position::new(3)));
    tokens.set_desired(&CATALOGUE, Desired::Running).await.expect("it is known");
    let mut next = Worker::at(subject.tokens(), &CATALOGUE, state.live, Segment { id: 0, mask: 1 }).await;
    next.put(2, [Row::Catalogue(book(1, "New"))]).await;
    assert_eq!(titles(subject).await, ["New"]);
}

/// Whoever worked on it, and on the rows beside, is fenced for ever.
pub async fn beginning_anew_ends_a_rebuild_and_every_claim(subject: &dyn TokenStoreUnderTest) {
    let mut live = Worker::on(subject.tokens()).await;
    live.put(5, [Row::Catalogue(book(1, "Old"))]).await;
    let mut beside = rebuild(&live, 0).await;
    beside.put(1, [Row::Catalogue(book(1, "Beside"))]).await;

    live.tokens.begin_anew(&CATALOGUE, token(0)).await.expect("it is known");

    assert_fenced(&mut live).await;
    assert_fenced(&mut beside).await;
    let state = state_of(&*live.tokens, &CATALOGUE).await;
    let known = [live.claim().generation, beside.claim().generation];
    assert!(!known.contains(&state.live), "a generation's number is never given out twice");
    let next = Worker::at(subject.tokens(), &CATALOGUE, state.live, Segment::WHOLE).await;
    assert_eq!((next.claimed.token, next.claimed.commits), (token(0), 0));
    assert_eq!(next.row(RowKey::Catalogue(no(1))).await, None);
}

/// Of a torn one, and of one that has lost all of them.
pub async fn a_segment_that_is_missing_is_seen_and_there_again_when_its_processor_begins_anew(
    subject: &dyn TokenStoreUnderTest,
) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(4, token(0))).await.expect("it can be registered");
    for (lost, left) in [(1..=1, 4), (0..=3, 1)] {
        for id in lost {
            if !subject.take_segment_away(Segment { id, mask: 3 }).await {
                return;
            }
        }
        assert!(!state_of(&*tokens, &CATALOGUE).await.is_whole());

        tokens.begin_anew(&CATALOGUE, token(0)).await.expect("it is known");

        let state = state_of(&*tokens, &CATALOGUE).await;
        assert_eq!((state.is_whole(), state.segments.len()), (true, left));
    }
}

/// A name nobody registered.
pub async fn what_is_not_there_cannot_begin_anew(subject: &dyn TokenStoreUnderTest) {
    let refusal = subject.tokens().begin_anew(&ProcessorName::of("nobody"), token(0)).await;
    assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{refusal:?}");
}

async fn rebuild(live: &Worker, from: u64) -> Worker {
    let started = live.tokens.start_rebuild(&CATALOGUE, token(from)).await;
    let generation: Generation = started.expect("it is known");
    Worker::at(live.tokens.clone(), &CATALOGUE, generation, Segment::WHOLE).await
}

async fn titles(subject: &dyn TokenStoreUnderTest) -> Vec<String> {
    let books = subject.catalogue().books(&BookQuery::default(), 100).await.expect("the view is there");
    books.iter().map(|row| row.title.as_str().to_owned()).collect()
}

fn assert_cannot(refusal: Result<(), TokenError>) {
    assert!(matches!(refusal, Err(TokenError::CannotSwitch { .. })), "{refusal:?}");
}
