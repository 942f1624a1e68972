//! Laws of the attempts.

use application::ports::event_store::Position;
use application::ports::process_view::{ParticipantRow, ProcessQuery, ProcessRow, ProcessStep, StepKind};
use application::ports::token_store::{ProcessorName, Row};
use domain::rental_card::attempt::{Part, Status};
use domain::{ClearingId, Kind, MemberId, ProcessId, Reason, RentalId, ReturnId};
use jiff::Timestamp;
use uuid::Uuid;

use super::TokenStoreUnderTest;
use super::samples::{Worker, no};

/// With all its fields; a rent, a return and a payment may have the same id inside.
pub async fn an_attempt_is_found_by_its_id(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    let rows = [rent(1), ProcessId::Return(ReturnId::new(Uuid::from_u128(1))), clearing(1)];
    let rows = rows.map(|id| ProcessRow { id, started: Position::new(number(id)), ..attempt(1, 1) });
    put(&mut worker, 1, rows.to_vec()).await;

    for row in rows {
        let found = subject.processes().process(row.id).await.expect("the view is there");
        assert_eq!(found, Some(row));
    }
    assert_eq!(subject.processes().process(rent(9)).await.expect("the view is there"), None);
}

/// By the position they started at, and on from the last one seen.
pub async fn attempts_come_newest_first_up_to_the_limit(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    put(&mut worker, 1, vec![attempt(1, 30), attempt(2, 9), attempt(3, 10), attempt(4, 100)]).await;

    let before = |position| ProcessQuery { before: Some(Position::new(position)), ..ProcessQuery::default() };
    assert_eq!(starts(subject, &ProcessQuery::default(), 2).await, [100, 30]);
    assert_eq!(starts(subject, &before(30), 2).await, [10, 9]);
    assert!(starts(subject, &before(9), 2).await.is_empty());
}

/// One part at a time and all together.
pub async fn each_part_of_a_question_restricts_the_attempts(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    let tom = || MemberId::parse("tom").expect("it is an id");
    let rows = vec![
        attempt(1, 1),
        ProcessRow { status: Status::NeedsReview, ..attempt(2, 2) },
        ProcessRow { member_id: tom(), ..attempt(3, 3) },
        ProcessRow { id: clearing(4), book_no: None, book: None, ..attempt(4, 4) },
        ProcessRow { member_id: tom(), status: Status::NeedsReview, ..attempt(5, 5) },
    ];
    put(&mut worker, 1, rows).await;

    let any = ProcessQuery::default;
    let review = Some(Status::NeedsReview);
    let cases = [
        (ProcessQuery { status: review, ..any() }, vec![5, 2]),
        (ProcessQuery { kind: Some(Kind::Overdue), ..any() }, vec![4]),
        (ProcessQuery { kind: Some(Kind::Rent), ..any() }, vec![5, 3, 2, 1]),
        (ProcessQuery { member_id: Some(tom()), ..any() }, vec![5, 3]),
        (ProcessQuery { member_id: Some(tom()), status: review, ..any() }, vec![5]),
        (ProcessQuery { status: review, before: Some(Position::new(5)), ..any() }, vec![2]),
        (ProcessQuery { status: Some(Status::Resolved), ..any() }, vec![]),
    ];
    for (wanted, expected) in cases {
        assert_eq!(starts(subject, &wanted, 10).await, expected, "{wanted:?}");
    }
}

/// At the deadline, not after it; those without one never.
pub async fn due_attempts_come_by_deadline(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    let due_at = |number, second| ProcessRow { deadline: Some(at(second)), ..attempt(number, number) };
    let never = ProcessRow { deadline: None, ..attempt(9, 9) };
    put(&mut worker, 1, vec![due_at(1, 300), due_at(2, 100), due_at(4, 200), due_at(3, 200), never]).await;

    assert!(due(subject, 99, 10).await.is_empty());
    assert_eq!(due(subject, 100, 10).await, [2]);
    assert_eq!(due(subject, 300, 10).await, [2, 3, 4, 1]);
    assert_eq!(due(subject, 300, 3).await, [2, 3, 4]);
}

/// So that those who are due for long hide nobody: two with one deadline come by their ids.
pub async fn due_attempts_come_after_the_one_named(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    let due_at = |number, second| ProcessRow { deadline: Some(at(second)), ..attempt(number, number) };
    put(&mut worker, 1, vec![due_at(1, 300), due_at(2, 100), due_at(4, 200), due_at(3, 200)]).await;
    let due = async |after, limit| {
        let found = subject.processes().due(at(300), after, limit).await.expect("the view is there");
        found.iter().map(|row| row.started.value()).collect::<Vec<_>>()
    };

    assert_eq!(due(None, 2).await, [2, 3]);
    assert_eq!(due(Some((at(200), rent(3))), 2).await, [4, 1]);
    assert_eq!(due(Some((at(200), rent(4))), 2).await, [1]);
    assert_eq!(due(Some((at(200), rent(9))), 2).await, [1], "the one named may be gone");
    assert_eq!(due(Some((at(300), rent(1))), 2).await, Vec::<u64>::new());
}

/// A list must not show it under what it was.
pub async fn an_attempt_that_moved_on_leaves_its_old_places(subject: &dyn TokenStoreUnderTest) {
    let mut worker = worker(subject).await;
    let open = ProcessRow { deadline: Some(at(100)), ..attempt(1, 1) };
    put(&mut worker, 1, vec![open]).await;

    let closed = ProcessRow { status: Status::Completed, deadline: None, ..attempt(1, 1) };
    put(&mut worker, 2, vec![closed]).await;

    let with = |status| ProcessQuery { status: Some(status), ..ProcessQuery::default() };
    assert!(starts(subject, &with(Status::Started), 10).await.is_empty());
    assert_eq!(starts(subject, &with(Status::Completed), 10).await, [1]);
    assert_eq!(starts(subject, &ProcessQuery::default(), 10).await, [1]);
    assert!(due(subject, 1000, 10).await.is_empty());
}

/// A rent that started at a position and waits for both.
///
/// # Panics
/// Never: its texts keep their rules.
#[must_use]
pub fn attempt(id: u64, started: u64) -> ProcessRow {
    let reason = Reason::parse("it is \u{1f4d6} away").expect("it is a reason");
    let waiting = ParticipantRow { state: Part::Waiting, reason: None };
    ProcessRow {
        id: rent(id),
        member_id: MemberId::parse("jenny").expect("it is an id"),
        book_no: Some(no(7)),
        status: Status::Started,
        reason: Some(reason.clone()),
        book: Some(ParticipantRow { state: Part::Refused, reason: Some(reason) }),
        member: waiting,
        steps: vec![ProcessStep {
            at: at(5),
            position: Position::new(started),
            what: StepKind::Started(Kind::Rent),
        }],
        started_at: at(5),
        started: Position::new(started),
        deadline: Some(at(35)),
    }
}

fn rent(id: u64) -> ProcessId {
    ProcessId::Rent(RentalId::new(Uuid::from_u128(u128::from(id))))
}

fn clearing(id: u64) -> ProcessId {
    ProcessId::Clearing(ClearingId::new(Uuid::from_u128(u128::from(id))))
}

const fn number(id: ProcessId) -> u64 {
    match id {
        ProcessId::Rent(_) => 1,
        ProcessId::Return(_) => 2,
        ProcessId::Clearing(_) => 3,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("it is a time")
}

async fn worker(subject: &dyn TokenStoreUnderTest) -> Worker {
    Worker::of(subject.tokens(), &ProcessorName::of("processes")).await
}

async fn put(worker: &mut Worker, position: u64, rows: Vec<ProcessRow>) {
    worker.put(position, rows.into_iter().map(|row| Row::Process(Box::new(row)))).await;
}

async fn starts(subject: &dyn TokenStoreUnderTest, wanted: &ProcessQuery, limit: usize) -> Vec<u64> {
    let found = subject.processes().processes(wanted, limit).await.expect("the view is there");
    found.iter().map(|row| row.started.value()).collect()
}

async fn due(subject: &dyn TokenStoreUnderTest, second: i64, limit: usize) -> Vec<u64> {
    let found = subject.processes().due(at(second), None, limit).await.expect("the view is there");
    found.iter().map(|row| row.started.value()).collect()
}
