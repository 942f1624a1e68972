//! Laws of one call with many proposals.

use application::ports::event_store::{
    AppendOutcome, CommandEvents, EVENT_BYTES_MAX, NewEvent, Position, StoreError, Version,
};
use bytes::Bytes;

use super::EventStoreUnderTest;
use super::samples::{
    PASSED, append, append_one, command, event, events_of, part, positions, proposal, proposal_of, stream,
    versions, whole_log,
};

/// Nothing asked, nothing answered.
pub async fn an_empty_call_answers_an_empty_list(subject: &dyn EventStoreUnderTest) {
    assert_eq!(subject.store().append(Vec::new()).await.expect("the store is there"), Vec::new());
}

/// Several parts of several events; the one that loses leaves nothing behind.
pub async fn a_proposal_is_stored_whole_or_not_at_all(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let parts = || vec![part(2), part(1), part(3)];

    append(&*store, proposal_of(&stream("a"), 0, parts())).await;
    append_one(&*store, proposal_of(&stream("a"), 5, parts())).await;

    let events = events_of(&*store, &stream("a")).await;
    assert_eq!(versions(&events), [1, 2, 3, 4, 5, 6]);
    assert_eq!(positions(&events), [1, 2, 3, 4, 5, 6], "the events of a proposal stand together");
}

/// AppendOutcome `i` belongs to proposal `i`.
pub async fn a_loser_leaves_its_neighbours_alone(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("b"), 0, 1)).await;

    let proposals =
        vec![proposal(&stream("a"), 0, 2), proposal(&stream("b"), 0, 2), proposal(&stream("c"), 0, 1)];
    let outcomes = store.append(proposals).await.expect("the store is there");

    let expected = [
        AppendOutcome::Appended { first: Position::new(2) },
        AppendOutcome::Conflict { actual: Version::new(1) },
        AppendOutcome::Appended { first: Position::new(4) },
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(positions(&whole_log(&*store).await), [1, 2, 3, 4]);
}

/// Nothing of the call is stored, and it is said that another try will not do; so whoever sends the others alone finds
/// them stored.
pub async fn a_proposal_that_breaks_a_constraint_is_told_from_a_store_that_is_away(
    subject: &dyn EventStoreUnderTest,
) {
    if !subject.take_one_that_passed().await {
        return;
    }
    let store = subject.store();
    let passed = |name: &str| {
        let event = NewEvent { kind: PASSED, ..event() };
        proposal_of(&stream(name), 0, vec![CommandEvents { command: command(), events: vec![event] }])
    };
    append(&*store, passed("a")).await;
    let (breaks, other) = (passed("b"), proposal(&stream("c"), 0, 1));

    let refused = store.append(vec![breaks.clone(), other.clone()]).await;

    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    assert_eq!(positions(&whole_log(&*store).await), [1]);
    let alone = store.append(vec![breaks]).await;
    assert!(matches!(alone, Err(StoreError::Corrupt { .. })), "{alone:?}");
    assert_eq!(append(&*store, other).await, Position::new(2));
}

/// Within a call and over calls.
pub async fn positions_follow_the_order_of_appends_without_gap(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let mut given = Vec::new();
    for round in 0..5 {
        let calls: Vec<_> = (0..7).map(|i| proposal(&stream(&i.to_string()), round * 2, 2)).collect();
        let ids = calls.iter().flat_map(|proposal| &proposal.parts[0].events).map(|event| event.id);
        given.extend(ids);
        store.append(calls).await.expect("the store is there");
    }

    let events = whole_log(&*store).await;
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), given);
    assert_eq!(positions(&events), (1..=70).collect::<Vec<_>>());
}

/// Payload and metadata count together.
pub async fn an_event_of_exactly_one_mebibyte_is_stored(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let large = event_of(EVENT_BYTES_MAX);

    append(&*store, proposal_of(&stream("a"), 0, vec![part_of(large.clone())])).await;

    let events = events_of(&*store, &stream("a")).await;
    assert_eq!(events[0].payload, large.payload);
}

/// T19: alone in its failure.
pub async fn an_event_above_one_mebibyte_is_refused_with_its_size(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let proposals = vec![
        proposal(&stream("a"), 0, 1),
        proposal_of(&stream("b"), 0, vec![part(1), part_of(event_of(EVENT_BYTES_MAX + 1))]),
        proposal(&stream("c"), 0, 1),
    ];

    let outcomes = store.append(proposals).await.expect("the store is there");

    let expected = [
        AppendOutcome::Appended { first: Position::new(1) },
        AppendOutcome::TooLarge { bytes: EVENT_BYTES_MAX + 1 },
        AppendOutcome::Appended { first: Position::new(2) },
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(events_of(&*store, &stream("b")).await, Vec::new());
}

/// T26: whoever waits for the answer may go away at any time; the same command then finds out what became of it.
pub async fn a_dropped_append_is_whole_or_not_there(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    for round in 0..50 {
        let stream = stream(&format!("dropped-{round}"));
        let proposed = proposal(&stream, 0, 3);
        let mut call = store.append(vec![proposed.clone()]);
        for _ in 0..round % 5 {
            // Whether it is done by now does not matter; it is dropped in any case.
            if futures::poll!(&mut call).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(call);

        append_one(&*store, proposed).await;

        assert_eq!(versions(&events_of(&*store, &stream).await), [1, 2, 3]);
    }
    let events = whole_log(&*store).await;
    assert_eq!(positions(&events), (1..=150).collect::<Vec<_>>());
}

fn part_of(event: NewEvent) -> CommandEvents {
    CommandEvents { command: command(), events: vec![event] }
}

fn event_of(bytes: usize) -> NewEvent {
    let metadata = Bytes::from_static(b"0123456789");
    let payload = (0..bytes - metadata.len()).map(|i| (i % 251) as u8).collect();
    NewEvent { payload, metadata, ..event() }
}
