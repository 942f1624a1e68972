//! Laws of dead letters.

use std::sync::Arc;

use crate::stores::TokenAdapter;
use application::ports::dead_letters::{
    DeadLetter, DeadLetterKind, DeadLetterQuery, FailedAttempt, ParkedSequence,
};
use application::ports::event_store::Position;
use application::ports::token_store::{Commit, Generation, ProcessorName, Segment};
use jiff::Timestamp;

use super::TokenStoreUnderTest;
use super::samples::{CATALOGUE, TTL, Worker, all_kept, kept, letters, node, state_of, token};

/// The event byte for byte, the attempts, and when it is due.
pub async fn a_letter_comes_back_whole(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let at = |second| Timestamp::from_second(second).expect("it is a time");
    let failures =
        [5, 6].map(|second| FailedAttempt { at: at(second), cause: format!("no {second}: 'x' \u{1f4a5}") });
    let letter = DeadLetter {
        attempts: 2,
        failures: failures.to_vec(),
        last_at: at(6),
        due: Some(at(8)),
        ..worker.letter(DeadLetterKind::Parked, "book:1 '\u{1f4d6}", 3)
    };

    worker.park(3, vec![letter.clone()]).await;

    assert_eq!(letters(&*worker.tokens, DeadLetterQuery::default()).await, [kept(&letter)]);
}

/// So the head of a sequence comes before its followers, whatever the order they were put in.
pub async fn letters_come_by_processor_kind_sequence_and_position(subject: &dyn TokenStoreUnderTest) {
    let mut loans = Worker::of(subject.tokens(), &ProcessorName::of("loans")).await;
    let mut books = Worker::on(subject.tokens()).await;
    let mut expected = Vec::new();
    for worker in [&books, &loans] {
        for kind in [DeadLetterKind::Parked, DeadLetterKind::Abandoned, DeadLetterKind::Rejected] {
            for sequence in ["a", "b"] {
                let sequence = format!("{sequence}{kind:?}");
                expected.extend([2, 10, 11].map(|position| worker.letter(kind, &sequence, position)));
            }
        }
    }
    let mixed = |worker: &Worker| {
        let name = &worker.claim().processor;
        expected.iter().rev().filter(|letter| letter.processor == *name).cloned().collect()
    };
    let (of_loans, of_books) = (mixed(&loans), mixed(&books));
    loans.park(20, of_loans).await;
    books.park(20, of_books).await;
    let expected = all_kept(&expected);

    assert_eq!(letters(&*books.tokens, DeadLetterQuery::default()).await, expected);
    let first = books.tokens.letters(&DeadLetterQuery::default(), 4).await.expect("the token store is there");
    assert_eq!(first, expected[..4]);
}

/// So a list can be read in pieces, also when letters of an earlier piece are gone.
pub async fn letters_come_after_the_place_named(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let mut all = Vec::new();
    for kind in [DeadLetterKind::Parked, DeadLetterKind::Abandoned, DeadLetterKind::Rejected] {
        for sequence in ["A", "a", "b c", "\u{1f4d6}"] {
            let sequence = format!("{sequence}{kind:?}");
            all.extend([2, 10].map(|position| worker.letter(kind, &sequence, position)));
        }
    }
    worker.park(20, all.clone()).await;
    let all = all_kept(&all);
    let after =
        |letter: &DeadLetter| DeadLetterQuery { after: Some(letter.place()), ..DeadLetterQuery::default() };

    for (at, letter) in all.iter().enumerate() {
        let next = worker.tokens.letters(&after(letter), 3).await.expect("the token store is there");
        assert_eq!(next, all[at + 1..].iter().take(3).cloned().collect::<Vec<_>>());
    }
    let gone = Commit { settled: vec![all[3].settled()], ..worker.next(21) };
    worker.commit(gone).await.expect("the claim is valid");
    assert_eq!(letters(&*worker.tokens, after(&all[3])).await, all[4..]);
    let of_one = DeadLetterQuery { sequence: Some(all[4].sequence.clone()), ..after(&all[4]) };
    assert_eq!(letters(&*worker.tokens, of_one).await, [all[5].clone()]);
}

/// One part at a time and all together.
pub async fn each_part_of_a_question_restricts_the_letters(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let parked = worker.letter(DeadLetterKind::Parked, "a", 1);
    let abandoned = worker.letter(DeadLetterKind::Abandoned, "b", 2);
    let rejected = worker.letter(DeadLetterKind::Rejected, "a", 3);
    worker.park(3, vec![parked.clone(), abandoned.clone(), rejected.clone()]).await;
    let [parked, abandoned, rejected] = [parked, abandoned, rejected].map(|letter| kept(&letter));
    let generation = worker.claim().generation;
    let any = DeadLetterQuery::default;
    let all = vec![parked.clone(), abandoned.clone(), rejected.clone()];
    let cases = [
        (DeadLetterQuery { id: Some(rejected.id), ..any() }, vec![rejected.clone()]),
        (DeadLetterQuery { sequence: Some("a".to_owned()), ..any() }, vec![parked.clone(), rejected]),
        (DeadLetterQuery { kind: Some(DeadLetterKind::Abandoned), ..any() }, vec![abandoned.clone()]),
        (DeadLetterQuery { processor: Some(CATALOGUE), generation: Some(generation), ..any() }, all),
        (DeadLetterQuery { processor: Some(ProcessorName::of("loans")), ..any() }, vec![]),
        (DeadLetterQuery { generation: Some(Generation(generation.0 + 1)), ..any() }, vec![]),
        (DeadLetterQuery { id: Some(parked.id), sequence: Some("b".to_owned()), ..any() }, vec![]),
    ];
    for (wanted, expected) in cases {
        assert_eq!(letters(&*worker.tokens, wanted.clone()).await, expected, "{wanted:?}");
    }
}

/// T51: the head says when its sequence is tried; rejected ones block nothing.
pub async fn followers_are_counted_behind_their_head(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let due = Some(Timestamp::from_second(2_000_000).expect("it is a time"));
    let head = DeadLetter { due, attempts: 1, ..worker.letter(DeadLetterKind::Parked, "book:1", 2) };
    let followers = [9, 3, 10].map(|position| worker.letter(DeadLetterKind::Parked, "book:1", position));
    let rejected = worker.letter(DeadLetterKind::Rejected, "book:2", 1);
    worker.park(10, [vec![head, rejected], followers.to_vec()].concat()).await;

    let parked = claim_again(&worker).await;

    let head = Position::new(2);
    assert_eq!(parked, [ParkedSequence { sequence: "book:1".to_owned(), letters: 4, head, due }]);
    let state = state_of(&*worker.tokens, &CATALOGUE).await;
    assert_eq!((state.parked, state.abandoned, state.rejected, state.rejected_dropped), (4, 0, 1, 0));
}

/// It still blocks, and nothing is tried by itself.
pub async fn an_abandoned_head_is_not_due(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let due = Some(Timestamp::from_second(2_000_000).expect("it is a time"));
    let head = DeadLetter { due, attempts: 10, ..worker.letter(DeadLetterKind::Abandoned, "book:1", 2) };
    let follower = DeadLetter { due, ..worker.letter(DeadLetterKind::Parked, "book:1", 3) };
    worker.park(3, vec![head, follower]).await;

    let parked = claim_again(&worker).await;

    let head = Position::new(2);
    assert_eq!(parked, [ParkedSequence { sequence: "book:1".to_owned(), letters: 2, head, due: None }]);
    let state = state_of(&*worker.tokens, &CATALOGUE).await;
    assert_eq!((state.parked, state.abandoned), (1, 1));
}

/// Those whose keys it holds, ordered by nothing in particular.
pub async fn a_segment_gets_its_own_sequences_only(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(2, token(0))).await.expect("it can be registered");
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    let keys: Vec<_> = (1..=20).map(|number| format!("book:{number}")).collect();
    for segment in Segment::all(2) {
        let mut worker = Worker::at(Arc::clone(&tokens), &CATALOGUE, live, segment).await;
        let own = keys
            .iter()
            .filter(|key| segment.holds(key))
            .map(|key| worker.letter(DeadLetterKind::Parked, key, 1));
        let own: Vec<_> = own.collect();
        worker.park(1, own).await;

        let mut parked: Vec<_> =
            claim_again(&worker).await.into_iter().map(|parked| parked.sequence).collect();
        parked.sort();
        let mut expected: Vec<_> = keys.iter().filter(|key| segment.holds(key)).cloned().collect();
        expected.sort();
        assert_eq!(parked, expected, "segment {segment}");
    }
}

/// After a further attempt; it may change its kind.
pub async fn a_letter_is_replaced_as_it_was_read(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let letter = worker.letter(DeadLetterKind::Parked, "book:1", 1);
    worker.park(1, vec![letter]).await;

    for (position, kind) in
        [(2, DeadLetterKind::Abandoned), (3, DeadLetterKind::Rejected), (4, DeadLetterKind::Parked)]
    {
        let read = letters(&*worker.tokens, DeadLetterQuery::default()).await.remove(0);
        let changed = DeadLetter { kind, attempts: 5, ..read };
        worker.park(position, vec![changed.clone()]).await;
        assert_eq!(letters(&*worker.tokens, DeadLetterQuery::default()).await, [kept(&changed)]);
    }
    let state = state_of(&*worker.tokens, &CATALOGUE).await;
    assert_eq!((state.parked, state.abandoned, state.rejected), (1, 0, 0));
}

/// Of one sequence or of all; abandoned ones are parked again and start to count anew, rejected ones stay as they are.
pub async fn retry_now_makes_parked_and_abandoned_letters_due(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let far = Some(Timestamp::from_second(100_000_000_000).expect("it is a time"));
    let parked = DeadLetter { due: far, attempts: 2, ..worker.letter(DeadLetterKind::Parked, "a", 1) };
    let abandoned = DeadLetter { attempts: 10, ..worker.letter(DeadLetterKind::Abandoned, "b", 2) };
    let rejected = DeadLetter { attempts: 1, ..worker.letter(DeadLetterKind::Rejected, "b", 3) };
    worker.park(3, vec![parked.clone(), abandoned, rejected]).await;

    let count = worker.tokens.retry_now(&CATALOGUE, Some("b")).await.expect("the token store is there");
    let found = letters(&*worker.tokens, DeadLetterQuery::default()).await;
    let seen =
        found.iter().map(|letter| (letter.kind, letter.attempts, letter.due.is_some() && letter.due < far));
    let seen = seen.collect::<Vec<_>>();
    let (parked, rejected) = (DeadLetterKind::Parked, DeadLetterKind::Rejected);
    assert_eq!((count, seen), (1, vec![(parked, 2, false), (parked, 0, true), (rejected, 1, false)]));

    let count = worker.tokens.retry_now(&CATALOGUE, None).await.expect("the token store is there");
    let found =
        letters(&*worker.tokens, DeadLetterQuery { kind: Some(parked), ..DeadLetterQuery::default() }).await;
    assert_eq!(count, 2);
    assert!(found.iter().all(|letter| letter.due.is_some() && letter.due < far), "{found:?}");
    let state = state_of(&*worker.tokens, &CATALOGUE).await;
    assert_eq!((state.parked, state.abandoned, state.rejected), (2, 0, 1));
}

/// T53: an unknown processor, an unknown sequence, an empty queue.
pub async fn retry_now_of_nothing_counts_nothing(subject: &dyn TokenStoreUnderTest) {
    let worker = Worker::on(subject.tokens()).await;
    let tokens: &dyn TokenAdapter = &*worker.tokens;

    assert_eq!(tokens.retry_now(&ProcessorName::of("nobody"), None).await.expect("it is there"), 0);
    assert_eq!(tokens.retry_now(&CATALOGUE, Some("none")).await.expect("it is there"), 0);
    assert_eq!(tokens.retry_now(&CATALOGUE, None).await.expect("it is there"), 0);
}

async fn claim_again(worker: &Worker) -> Vec<ParkedSequence> {
    let claim = worker.claim();
    worker.tokens.release(claim).await.expect("it is held");
    let claimed = worker.tokens.claim(&claim.processor, claim.generation, claim.segment, node(), TTL).await;
    claimed.expect("it is free").parked
}
