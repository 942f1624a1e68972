//! Laws of how many letters there may be: beyond it the segment waits, and nothing is dropped but what blocks nothing.

use application::ports::dead_letters::{
    DeadLetterKind, DeadLetterQuery, LETTERS_PER_SEQUENCE_MAX, REJECTED_MAX, SEQUENCES_MAX,
};
use application::ports::token_store::{Commit, TokenError};

use super::TokenStoreUnderTest;
use super::samples::{CATALOGUE, Worker, all_kept, kept, letters, state_of};

/// Parked and abandoned ones count alike; a letter of a sequence that is there still finds its place.
pub async fn a_sequence_too_many_is_refused(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let letter = |number: usize| {
        let kind = if number.is_multiple_of(2) { DeadLetterKind::Parked } else { DeadLetterKind::Abandoned };
        worker.letter(kind, &format!("key-{number}"), number as u64)
    };
    let (fit, over) = ((1..=SEQUENCES_MAX).map(letter).collect(), letter(SEQUENCES_MAX + 1));
    worker.park(1, fit).await;

    let refusal = worker.commit(Commit { letters: vec![over], ..worker.next(2) }).await;

    let full = matches!(refusal, Err(TokenError::Full { limit: SEQUENCES_MAX, of: "sequences", .. }));
    assert!(full, "{refusal:?}");
    worker.park(2, vec![worker.letter(DeadLetterKind::Parked, "key-1", 5000)]).await;
    worker.park(3, vec![worker.letter(DeadLetterKind::Rejected, "another", 5001)]).await;
}

/// Other sequences still find their places.
pub async fn a_letter_too_many_in_a_sequence_is_refused(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let letter = |number: usize| worker.letter(DeadLetterKind::Parked, "long", number as u64);
    let (fit, over) =
        ((1..=LETTERS_PER_SEQUENCE_MAX).map(letter).collect(), letter(LETTERS_PER_SEQUENCE_MAX + 1));
    worker.park(1, fit).await;

    let refusal = worker.commit(Commit { letters: vec![over], ..worker.next(2) }).await;

    let of = "letters in a sequence";
    let Err(TokenError::Full { limit, of: found, .. }) = refusal else { panic!("it is full: {refusal:?}") };
    assert_eq!((limit, found), (LETTERS_PER_SEQUENCE_MAX, of));
    worker.park(2, vec![worker.letter(DeadLetterKind::Parked, "short", 5000)]).await;
}

/// A head that succeeds and a follower that comes are one commit.
pub async fn what_is_settled_makes_room_in_the_same_commit(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let letter = |number: usize| worker.letter(DeadLetterKind::Parked, "long", number as u64);
    let fit: Vec<_> = (1..=LETTERS_PER_SEQUENCE_MAX).map(letter).collect();
    let (head, next) = (kept(&fit[0]).settled(), letter(LETTERS_PER_SEQUENCE_MAX + 1));
    worker.park(1, fit).await;

    let commit = Commit { letters: vec![next.clone()], settled: vec![head], ..worker.next(2) };
    worker.commit(commit).await.expect("there is room");

    let found = letters(&*worker.tokens, DeadLetterQuery::default()).await;
    assert_eq!((found.len(), found.last()), (LETTERS_PER_SEQUENCE_MAX, Some(&kept(&next))));
}

/// They block nothing, so the newest are kept, and it shows how many went.
pub async fn the_oldest_rejected_letters_go_and_are_counted(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let letter = |number: usize| worker.letter(DeadLetterKind::Rejected, "key", number as u64);
    let all: Vec<_> = (1..=REJECTED_MAX + 3).map(letter).collect();
    for (round, some) in (1..).zip(all.chunks(1000)) {
        worker.park(round, some.to_vec()).await;
        worker.extend().await.expect("the claim is good");
    }

    let found = letters(&*worker.tokens, DeadLetterQuery::default()).await;
    assert_eq!(found.len(), REJECTED_MAX);
    let all = all_kept(&all);
    assert_eq!((found.first(), found.last()), (all.get(3), all.last()));
    let state = state_of(&*worker.tokens, &CATALOGUE).await;
    assert_eq!((state.rejected, state.rejected_dropped), (REJECTED_MAX, 3));
}
