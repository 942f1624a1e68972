//! Laws of letters that two want to change: nobody overwrites what the other one made of them.

use crate::stores::TokenAdapter;
use application::ports::dead_letters::{
    DeadLetter, DeadLetterKind, DeadLetterQuery, EventOverride, WaitingLetter,
};
use application::ports::token_store::{Commit, ProcessorName, Row, RowKey, TokenError};
use bytes::Bytes;
use jiff::Timestamp;

use super::TokenStoreUnderTest;
use super::samples::{CATALOGUE, Worker, book, event_id, kept, letters, no, state_of, token};

/// T104: an operator asks for a retry, or edits the event, while the owner tries it.
pub async fn what_an_operator_said_meanwhile_is_not_overwritten(subject: &dyn TokenStoreUnderTest) {
    for says_retry in [true, false] {
        let mut worker = Worker::on(subject.tokens()).await;
        let position = 10 + u64::from(says_retry);
        let letter = worker.letter(DeadLetterKind::Abandoned, "book:1", position);
        worker.park(position, vec![DeadLetter { attempts: 10, ..letter }]).await;
        let read = letter_at(&worker, position).await;

        if says_retry {
            let count = worker.tokens.retry_now(&CATALOGUE, Some("book:1")).await.expect("it is there");
            assert_eq!(count, 1);
        } else {
            let edit = EventOverride::Edited(Bytes::from_static(b"{}"));
            worker.tokens.put_override(&CATALOGUE, event_id(position), edit).await.expect("it can be kept");
        }

        let said = letter_at(&worker, position).await;
        assert!(said.revision > read.revision, "{said:?}");
        refuses_all_that_rests_on(&worker, &read, position).await;
        assert_eq!(letter_at(&worker, position).await, said);
        worker
            .commit(Commit { settled: vec![said.settled()], ..worker.next(20) })
            .await
            .expect("it was read again");
        worker.tokens.release(worker.claim()).await.expect("it is held");
    }
}

/// Of two commits that read the same letter, the second would undo the first.
pub async fn a_letter_that_was_changed_or_settled_since_is_refused(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let letter = worker.letter(DeadLetterKind::Parked, "book:1", 1);
    worker.park(1, vec![letter]).await;
    let first = letter_at(&worker, 1).await;
    worker.park(2, vec![DeadLetter { attempts: 3, ..first.clone() }]).await;

    refuses_all_that_rests_on(&worker, &first, 2).await;

    let second = letter_at(&worker, 1).await;
    assert_eq!((second.attempts, second.revision), (3, first.revision + 1));
    worker
        .commit(Commit { settled: vec![second.settled()], ..worker.next(3) })
        .await
        .expect("it is as it was read");
    refuses_all_that_rests_on(&worker, &second, 3).await;
    assert_eq!(letters(&*worker.tokens, DeadLetterQuery::default()).await, [], "it is not brought back");
}

/// Whoever reads an event again whose letter is there has to read that one first.
pub async fn a_new_letter_does_not_replace_one_that_is_there(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    for kind in [DeadLetterKind::Parked, DeadLetterKind::Abandoned, DeadLetterKind::Rejected] {
        let letter = worker.letter(kind, &format!("{kind:?}"), 1);
        worker.park(1, vec![letter.clone()]).await;

        refuses_all_that_rests_on(&worker, &letter, 1).await;

        let of_kind = DeadLetterQuery { kind: Some(kind), ..DeadLetterQuery::default() };
        assert_eq!(letters(&*worker.tokens, of_kind).await, [kept(&letter)]);
    }
}

/// Parked and abandoned ones in one order, so that a piece of it always begins with the head; rejected ones block
/// nothing.
pub async fn what_a_sequence_waits_for_comes_by_position(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let due = Some(Timestamp::from_second(2_000_000).expect("it is a time"));
    let waiting = [
        DeadLetter { due, ..worker.letter(DeadLetterKind::Parked, "a", 2) },
        DeadLetter { attempts: 10, ..worker.letter(DeadLetterKind::Abandoned, "a", 3) },
        worker.letter(DeadLetterKind::Parked, "a", 10),
        worker.letter(DeadLetterKind::Abandoned, "a", 11),
    ];
    let others =
        [worker.letter(DeadLetterKind::Rejected, "a", 1), worker.letter(DeadLetterKind::Parked, "b", 4)];
    let all = waiting.iter().rev().chain(&others).cloned();
    worker.park(20, all.collect()).await;
    let generation = worker.tokens.start_rebuild(&CATALOGUE, token(0)).await.expect("it is registered");
    let mut beside = Worker::at(subject.tokens(), &CATALOGUE, generation, worker.claim().segment).await;
    beside.park(20, vec![beside.letter(DeadLetterKind::Parked, "a", 5)]).await;

    let expected: Vec<_> = waiting.iter().map(kept).collect();
    for limit in [1, 3, 4, 9] {
        let found = waiting_of(&worker, "a", limit).await;
        let found: Vec<_> = found.into_iter().map(|waiting| waiting.letter).collect();
        assert_eq!(found, expected.iter().take(limit).cloned().collect::<Vec<_>>());
    }
    assert_eq!(waiting_of(&worker, "none", 9).await, []);
}

/// What was said for this processor, and nothing where nothing was said.
pub async fn what_a_sequence_waits_for_comes_with_what_was_said(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let all = [1, 2, 3].map(|position| worker.letter(DeadLetterKind::Parked, "a", position));
    worker.park(3, all.to_vec()).await;
    let edit = EventOverride::Edited(Bytes::from_static(b"\xffnot text\0"));
    let loans = ProcessorName::of("loans");
    let said = [
        (&CATALOGUE, 1, edit.clone()),
        (&CATALOGUE, 2, EventOverride::Skipped),
        (&loans, 3, EventOverride::Skipped),
    ];
    for (processor, position, event_override) in said {
        worker
            .tokens
            .put_override(processor, event_id(position), event_override)
            .await
            .expect("it can be kept");
    }

    let found = waiting_of(&worker, "a", 9).await;

    let said: Vec<_> = found.iter().map(|waiting| waiting.event_override.clone()).collect();
    assert_eq!(said, [Some(edit), Some(EventOverride::Skipped), None]);
    let revisions: Vec<_> = found.iter().map(|waiting| waiting.letter.revision).collect();
    assert_eq!(revisions, [2, 2, 1], "an edit is a change, and those of others are none");
}

/// Neither a change nor an end, nor anything that is committed with them.
async fn refuses_all_that_rests_on(worker: &Worker, read: &DeadLetter, stands_at: u64) {
    let row = (RowKey::Catalogue(no(1)), Some(Row::Catalogue(book(1, "Never"))));
    let beside = worker.letter(DeadLetterKind::Parked, "beside", 9);
    let tried = DeadLetter { attempts: 7, ..read.clone() };
    for (letters, settled) in [(vec![beside.clone(), tried], vec![]), (vec![beside], vec![read.settled()])] {
        let commit = Commit { rows: vec![row.clone()], letters, settled, ..worker.next(30) };
        let refusal = worker.tokens.commit(worker.claim(), commit).await;
        assert!(matches!(refusal, Err(TokenError::LetterChanged { .. })), "{refusal:?}");
    }
    assert_eq!(worker.row(row.0).await, None);
    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await.segments[0].token, token(stands_at));
    assert_eq!(waiting_of(worker, "beside", 9).await, []);
}

async fn letter_at(worker: &Worker, position: u64) -> DeadLetter {
    let all = letters(&*worker.tokens, DeadLetterQuery::default()).await;
    all.into_iter().find(|letter| letter.position().value() == position).expect("it is kept")
}

async fn waiting_of(worker: &Worker, sequence: &str, limit: usize) -> Vec<WaitingLetter> {
    let tokens: &dyn TokenAdapter = &*worker.tokens;
    tokens.waiting_letters(worker.claim(), sequence, limit).await.expect("the token store is there")
}
