//! Laws of who may not work any more.

use std::sync::Arc;

use application::ports::dead_letters::{DeadLetterKind, DeadLetterQuery, EventOverride};
use application::ports::processor_admin::Desired;
use application::ports::token_store::{
    Beat, Claim, Claimed, Commit, ProcessorName, Row, RowKey, Segment, TokenError,
};
use jiff::SignedDuration;

use super::TokenStoreUnderTest;
use super::samples::{CATALOGUE, TTL, Worker, book, event_id, letters, no, node, state_of, token};

/// T23: whoever was overtaken learns it from the store, whatever it tries, and changes nothing.
pub async fn a_stale_epoch_cannot_commit_extend_release_or_read(subject: &dyn TokenStoreUnderTest) {
    let mut old = Worker::on(subject.tokens()).await;
    old.tokens.release(old.claim()).await.expect("it is held");
    let mut new = old.also(old.claim().segment).await;
    new.put(3, [Row::Catalogue(book(1, "Kept"))]).await;

    assert_fenced(&mut old).await;

    assert_eq!(new.row(RowKey::Catalogue(no(1))).await, Some(Row::Catalogue(book(1, "Kept"))));
    assert_eq!(letters(&*new.tokens, DeadLetterQuery::default()).await, []);
    new.move_to(4).await;
}

/// T23: a node that was paused beyond its time finds its claim gone, even when nobody else has taken it.
pub async fn a_claim_runs_out_by_the_stores_clock(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    subject.clock_jumps(SignedDuration::from_secs(9)).await;
    worker.move_to(1).await;
    assert!(matches!(claim(&worker).await, Err(TokenError::Held { .. })));

    subject.clock_jumps(SignedDuration::from_secs(2)).await;

    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await.segments[0].owner, None);
    let refusal = worker.commit(worker.next(2)).await;
    assert!(matches!(refusal, Err(TokenError::Stale { .. })), "{refusal:?}");
    let refusal = worker.extend().await;
    assert!(matches!(refusal, Err(TokenError::Stale { .. })), "{refusal:?}");
    assert_eq!(claim(&worker).await.expect("it is free").token, token(1));
}

/// From when it was extended, not from its old end.
pub async fn an_extended_claim_lasts(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    for round in 1..=3 {
        subject.clock_jumps(SignedDuration::from_secs(6)).await;
        let extended = worker.extend().await.expect("it is held");
        assert_eq!(extended.desired, Desired::Running);
        worker.move_to(round).await;
    }
    subject.clock_jumps(SignedDuration::from_secs(11)).await;
    claim(&worker).await.expect("it ran out");
}

/// T25: an owner that died before the clock went back an hour must not hold its claim for that hour, nor count as
/// alive.
pub async fn a_clock_that_jumps_back_locks_nobody_out(subject: &dyn TokenStoreUnderTest) {
    let dead = Worker::on(subject.tokens()).await;
    dead.tokens.beat(dead.claim().node, &[], TTL).await.expect("the token store is there");

    subject.clock_jumps(SignedDuration::from_hours(-1)).await;
    subject.clock_jumps(SignedDuration::from_secs(21)).await;

    claim(&dead).await.expect("it is free");
    let other = node();
    let alive = dead.tokens.beat(other, &[], TTL).await.expect("the token store is there").alive;
    assert_eq!(alive, [other]);
}

/// T25: and who still works goes on working.
pub async fn a_clock_that_jumps_back_does_not_stop_the_owner(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;

    subject.clock_jumps(SignedDuration::from_hours(-1)).await;

    worker.move_to(1).await;
    worker.extend().await.expect("it is held");
    assert!(matches!(claim(&worker).await, Err(TokenError::Held { .. })));
    subject.clock_jumps(SignedDuration::from_secs(11)).await;
    claim(&worker).await.expect("it ran out by the new time");
}

/// T25: every claim has run out at once; it is taken over where it stood, and its old owner is fenced off, also when
/// the clock is set right again.
pub async fn a_clock_that_jumps_ahead_hands_a_claim_on_where_it_stood(subject: &dyn TokenStoreUnderTest) {
    let mut old = Worker::on(subject.tokens()).await;
    old.put(3, [Row::Catalogue(book(1, "Kept"))]).await;

    subject.clock_jumps(SignedDuration::from_hours(24)).await;
    let mut new = old.also(old.claim().segment).await;

    assert_fenced(&mut old).await;
    subject.clock_jumps(SignedDuration::from_hours(-24)).await;
    assert_fenced(&mut old).await;
    assert_eq!(new.row(RowKey::Catalogue(no(1))).await, Some(Row::Catalogue(book(1, "Kept"))));
    new.move_to(4).await;
}

/// T23b: nobody can claim, owners are told when they extend, and what they had begun is still taken.
pub async fn paused_is_obeyed_by_every_node(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let mine = worker.claim().clone();
    let paused = Desired::Paused { by: "kim".to_owned(), reason: "stock-taking".to_owned() };
    worker.tokens.set_desired(&CATALOGUE, paused.clone()).await.expect("it is known");

    assert_eq!(worker.extend().await.expect("it is held").desired, paused);
    worker.move_to(1).await;
    worker.tokens.release(&mine).await.expect("it is held");
    let refusal = claim(&worker).await;
    let Err(TokenError::Paused { by, reason, .. }) = refusal else { panic!("it is paused: {refusal:?}") };
    assert_eq!((by.as_str(), reason.as_str()), ("kim", "stock-taking"));
    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await.desired, paused);

    worker.tokens.set_desired(&CATALOGUE, Desired::Running).await.expect("it is known");
    assert_eq!(claim(&worker).await.expect("it runs again").token, token(1));
}

/// A wrong name must not look like success.
pub async fn an_unknown_processor_cannot_be_paused(subject: &dyn TokenStoreUnderTest) {
    let refusal = subject.tokens().set_desired(&ProcessorName::of("nobody"), Desired::Running).await;
    assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{refusal:?}");
}

/// Asserts that a claim is refused everything, and that trying changes nothing of the token.
///
/// # Panics
/// When something is allowed.
pub async fn assert_fenced(worker: &mut Worker) {
    let (tokens, mine) = (Arc::clone(&worker.tokens), worker.claim().clone());
    let before = tokens.processors().await.expect("the token store is there");
    let letter = worker.letter(DeadLetterKind::Parked, "book:1", 9);
    let rows = vec![(RowKey::Catalogue(no(1)), None)];
    let commit = Commit { rows, letters: vec![letter], ..worker.next(9) };
    assert_stale("commit", &worker.commit(commit).await);
    assert_stale("extend", &worker.extend().await);
    assert_stale("release", &tokens.release(&mine).await);
    assert_stale("rows", &tokens.rows(&mine, &[RowKey::Catalogue(no(1))]).await);
    assert_eq!(tokens.processors().await.expect("the token store is there"), before);
}

fn assert_stale<T: std::fmt::Debug>(tried: &str, refusal: &Result<T, TokenError>) {
    assert!(matches!(refusal, Err(TokenError::Stale { .. })), "{tried}: {refusal:?}");
}

/// Another node tries to get what `worker` has.
async fn claim(worker: &Worker) -> Result<Claimed, TokenError> {
    let Claim { processor, generation, segment, .. } = worker.claim();
    worker.tokens.claim(processor, *generation, *segment, node(), TTL).await
}

/// So that whoever works on a sequence need not ask for itself. The claim that is got afterwards knows it.
pub async fn a_beat_tells_that_operators_have_spoken(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let parked = worker.letter(DeadLetterKind::Parked, "book:1", 1);
    worker.park(1, vec![parked]).await;
    assert_eq!(said(&worker).await, worker.claimed.said, "what the owner does is no news");

    for speaks in [true, false] {
        if speaks {
            worker.tokens.retry_now(&CATALOGUE, None).await.expect("it is there");
        } else {
            let skipped = EventOverride::Skipped;
            worker.tokens.put_override(&CATALOGUE, event_id(9), skipped).await.expect("it can be kept");
        }

        let heard = said(&worker).await;
        assert_ne!(heard, worker.claimed.said);
        assert_eq!(said(&worker).await, heard, "it is told until it is learnt");
        worker = worker.also(worker.claim().segment).await;
        assert_eq!(said(&worker).await, worker.claimed.said);
    }
}

async fn said(worker: &Worker) -> u64 {
    worker.extend().await.expect("the claim is good").said
}

/// Each is judged alone, and the number of its last commit shows whether the store has forgotten any.
pub async fn claims_that_are_extended_together_are_answered_in_order(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(4, token(0))).await.expect("it can be registered");
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    let mut worker = Worker::at(subject.tokens(), &CATALOGUE, live, Segment { id: 0, mask: 3 }).await;
    let mut claims = vec![worker.claim().clone()];
    for id in 1..4 {
        worker = worker.also(Segment { id, mask: 3 }).await;
        for position in 1..=u64::from(id) {
            worker.move_to(position).await;
        }
        claims.push(worker.claim().clone());
    }
    claims.reverse();
    tokens.release(&claims[2]).await.expect("it is held");

    let node = worker.claim().node;
    let Beat { alive, extended } = tokens.beat(node, &claims, TTL).await.expect("the token store is there");

    assert_eq!(alive, [node]);

    let commits = extended.iter().map(|extended| extended.as_ref().ok().map(|extended| extended.commits));
    assert_eq!(commits.collect::<Vec<_>>(), [Some(3), Some(2), None, Some(0)]);
    assert!(matches!(&extended[2], Err(TokenError::Stale { segment: Segment { id: 1, .. }, .. })));
}
