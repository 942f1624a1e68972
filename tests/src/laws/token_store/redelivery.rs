//! Laws of an event that an operator has handled once more.

use std::sync::Arc;

use application::ports::dead_letters::{
    DeadLetter, DeadLetterKind, DeadLetterQuery, FailedAttempt, SEQUENCES_MAX,
};
use application::ports::token_store::{Commit, Generation, ProcessorName, TokenError};
use jiff::Timestamp;

use super::TokenStoreUnderTest;
use super::samples::{Worker, kept, letters};

/// Although the token is beyond it and nothing waited there; its owner is told, and finds it.
pub async fn an_event_is_handled_once_more_in_the_turn_of_its_sequence(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    worker.park(9, vec![worker.letter(DeadLetterKind::Parked, "a", 3)]).await;
    let [behind, alone] = [("a", 5), ("b", 4)]
        .map(|(sequence, position)| worker.letter(DeadLetterKind::Rejected, sequence, position));

    for letter in [&behind, &alone] {
        worker.tokens.redeliver(letter.clone()).await.expect("there is room");
    }

    for letter in [behind, alone] {
        let found = found(&worker, &letter).await;
        assert!(found.due.is_some(), "{found:?}");
        let parked = DeadLetter { kind: DeadLetterKind::Parked, due: found.due, ..kept(&letter) };
        assert_eq!(found, parked);
    }
    let said = worker.extend().await.expect("the claim is good").said;
    assert_ne!(said, worker.claimed.said);
    worker = worker.also(worker.claim().segment).await;
    let parked = worker.claimed.parked.iter();
    let parked: Vec<_> =
        parked.map(|parked| (parked.sequence.as_str(), parked.letters, parked.head.value())).collect();
    assert_eq!(parked, [("a", 2, 3), ("b", 1, 4)]);
}

/// And whoever has read it before does not write over that.
pub async fn a_letter_that_is_there_is_parked_anew_with_what_it_knows(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let failures = vec![FailedAttempt { at: Timestamp::UNIX_EPOCH, cause: "it was away".to_owned() }];
    for (position, kind) in
        (1..).zip([DeadLetterKind::Parked, DeadLetterKind::Abandoned, DeadLetterKind::Rejected])
    {
        let letter = worker.letter(kind, &format!("{kind:?}"), position);
        let letter = DeadLetter { attempts: 7, failures: failures.clone(), ..letter };
        worker.park(position, vec![letter.clone()]).await;
        let read = found(&worker, &letter).await;

        let asked = DeadLetter { failures: vec![], ..letter };
        worker.tokens.redeliver(asked).await.expect("it is there");

        let again = found(&worker, &read).await;
        assert!(again.due.is_some() && again.revision > read.revision, "{again:?}");
        let (due, revision) = (again.due, again.revision);
        assert_eq!(
            again,
            DeadLetter { kind: DeadLetterKind::Parked, attempts: 0, due, revision, ..read.clone() }
        );
        let refusal = worker.commit(Commit { settled: vec![read.settled()], ..worker.next(9) }).await;
        assert!(matches!(refusal, Err(TokenError::LetterChanged { .. })), "{refusal:?}");
    }
}

/// As little as its processor could park it.
pub async fn an_event_without_a_place_is_not_redelivered(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let letter =
        |number: usize| worker.letter(DeadLetterKind::Parked, &format!("key-{number}"), number as u64);
    let (fit, over) = ((1..=SEQUENCES_MAX).map(letter).collect(), letter(SEQUENCES_MAX + 1));
    worker.park(9, fit).await;

    let refusal = worker.tokens.redeliver(over.clone()).await;

    let full = matches!(refusal, Err(TokenError::Full { limit: SEQUENCES_MAX, of: "sequences", .. }));
    assert!(full, "{refusal:?}");
    let wanted = DeadLetterQuery { id: Some(over.id), ..DeadLetterQuery::default() };
    assert_eq!(letters(&*worker.tokens, wanted).await, []);
}

/// Nor to rows that nobody sees yet.
pub async fn to_what_is_not_there_nothing_is_redelivered(subject: &dyn TokenStoreUnderTest) {
    let worker = Worker::on(subject.tokens()).await;
    let tokens = Arc::clone(&worker.tokens);
    let letter = worker.letter(DeadLetterKind::Parked, "a", 1);
    let cases = [
        DeadLetter { processor: ProcessorName::of("nobody"), ..letter.clone() },
        DeadLetter { generation: Generation(letter.generation.0 + 1), ..letter },
    ];
    for letter in cases {
        let refusal = tokens.redeliver(letter).await;
        assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{refusal:?}");
    }
    assert_eq!(letters(&*tokens, DeadLetterQuery::default()).await, []);
}

async fn found(worker: &Worker, letter: &DeadLetter) -> DeadLetter {
    let wanted = DeadLetterQuery { id: Some(letter.id), ..DeadLetterQuery::default() };
    letters(&*worker.tokens, wanted).await.pop().expect("it is there")
}
