//! Laws of command ids: what was done once is not done again.

use application::ports::event_store::{AppendOutcome, CommandEvents, Done, Position, StreamName, Version};

use super::EventStoreUnderTest;
use super::samples::{
    append, append_one, command, event, events_of, part, positions, proposal, proposal_of, stream, whole_log,
};

/// T3: an append whose reply was lost is sent again.
pub async fn a_known_command_writes_nothing_and_its_first_outcome_is_found(
    subject: &dyn EventStoreUnderTest,
) {
    let store = subject.store();
    append(&*store, proposal(&stream("other"), 0, 2)).await;
    let proposed = proposal(&stream("a"), 0, 2);
    let command = proposed.parts[0].command;
    append(&*store, proposed.clone()).await;

    let outcome = append_one(&*store, proposed).await;

    let done = done(&stream("a"), 1, 3);
    assert_eq!(outcome, AppendOutcome::AlreadyDone { commands: vec![(command, done.clone())] });
    assert_eq!(positions(&whole_log(&*store).await), [1, 2, 3, 4]);
    assert_eq!(store.outcomes_of(&[command]).await.expect("the store is there"), [Some(done)]);
}

/// The stream has moved on, and the command may even name another stream by now.
pub async fn a_known_command_is_found_before_a_conflict(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let proposed = proposal(&stream("a"), 0, 1);
    let command = proposed.parts[0].command;
    append(&*store, proposed.clone()).await;
    append(&*store, proposal(&stream("a"), 1, 1)).await;

    let known = AppendOutcome::AlreadyDone { commands: vec![(command, done(&stream("a"), 1, 1))] };
    assert_eq!(append_one(&*store, proposed).await, known);
    let elsewhere = CommandEvents { command, events: vec![event()] };
    assert_eq!(append_one(&*store, proposal_of(&stream("b"), 0, vec![elsewhere])).await, known);
    assert_eq!(positions(&whole_log(&*store).await), [1, 2]);
}

/// All the known ones are named, in their order, and nothing of the proposal is written.
pub async fn a_known_command_among_new_ones_stops_the_whole_proposal(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let (early, late, fresh) = (part(2), part(1), part(1));
    append(&*store, proposal_of(&stream("a"), 0, vec![early.clone(), late.clone()])).await;

    let parts = vec![early.clone(), fresh.clone(), late.clone()];
    let outcome = append_one(&*store, proposal_of(&stream("a"), 3, parts)).await;

    let known = [(early.command, done(&stream("a"), 1, 1)), (late.command, done(&stream("a"), 3, 3))];
    assert_eq!(outcome, AppendOutcome::AlreadyDone { commands: known.to_vec() });
    assert_eq!(positions(&whole_log(&*store).await), [1, 2, 3]);
    assert_eq!(store.outcomes_of(&[fresh.command]).await.expect("the store is there"), [None]);
}

/// Two streams of one call; the later proposal is told of the earlier.
pub async fn a_command_brought_twice_in_one_call_is_done_once(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let command = command();
    let part = || CommandEvents { command, events: vec![event()] };
    let proposals = vec![
        proposal_of(&stream("a"), 0, vec![part()]),
        proposal_of(&stream("b"), 0, vec![part()]),
        proposal(&stream("c"), 0, 1),
    ];

    let outcomes = store.append(proposals).await.expect("the store is there");

    let expected = [
        AppendOutcome::Appended { first: Position::new(1) },
        AppendOutcome::AlreadyDone { commands: vec![(command, done(&stream("a"), 1, 1))] },
        AppendOutcome::Appended { first: Position::new(2) },
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(events_of(&*store, &stream("b")).await, Vec::new());
}

/// T97: also when it is known already; the id is named.
pub async fn a_command_that_stands_twice_in_a_proposal_is_refused_and_its_neighbours_are_stored(
    subject: &dyn EventStoreUnderTest,
) {
    let store = subject.store();
    let command = command();
    let part_of = || CommandEvents { command, events: vec![event(), event()] };
    let twice = |expected| proposal_of(&stream("b"), expected, vec![part(1), part_of(), part(1), part_of()]);
    let proposals = vec![proposal(&stream("a"), 0, 1), twice(0), proposal(&stream("c"), 0, 1)];

    let outcomes = store.append(proposals).await.expect("the store is there");

    let expected = [
        AppendOutcome::Appended { first: Position::new(1) },
        AppendOutcome::RepeatedCommand { command },
        AppendOutcome::Appended { first: Position::new(2) },
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(store.outcomes_of(&[command]).await.expect("the store is there"), [None]);
    append(&*store, proposal_of(&stream("b"), 0, vec![part_of()])).await;
    assert_eq!(append_one(&*store, twice(2)).await, expected[1]);
    assert_eq!(events_of(&*store, &stream("b")).await.len(), 2);
}

/// What wrote nothing did not do the command, so who comes later may.
pub async fn a_command_that_lost_in_the_same_call_is_not_known(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let command = command();
    let part = || CommandEvents { command, events: vec![event()] };
    let proposals =
        vec![proposal_of(&stream("a"), 7, vec![part()]), proposal_of(&stream("b"), 0, vec![part()])];

    let outcomes = store.append(proposals).await.expect("the store is there");

    let expected = [
        AppendOutcome::Conflict { actual: Version::START },
        AppendOutcome::Appended { first: Position::new(1) },
    ];
    assert_eq!(outcomes, expected);
}

/// And on no other, so that one command is one place of the log.
pub async fn a_command_id_stands_on_the_first_event_of_its_part(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let (first, second) = (part(2), part(2));
    append(&*store, proposal_of(&stream("a"), 0, vec![first.clone(), second.clone()])).await;

    let commands: Vec<_> = events_of(&*store, &stream("a")).await.iter().map(|event| event.command).collect();

    assert_eq!(commands, [Some(first.command), None, Some(second.command), None]);
}

/// With none for an id that stands on no event, and twice for one asked twice.
pub async fn outcomes_come_in_the_order_asked(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let (first, second) = (part(2), part(1));
    append(&*store, proposal_of(&stream("a"), 0, vec![first.clone(), second.clone()])).await;
    let asked = [second.command, command(), first.command, second.command];

    let found = store.outcomes_of(&asked).await.expect("the store is there");

    let (early, late) = (Some(done(&stream("a"), 1, 1)), Some(done(&stream("a"), 3, 3)));
    assert_eq!(found, [late.clone(), None, early, late]);
    assert_eq!(store.outcomes_of(&[]).await.expect("the store is there"), []);
}

fn done(stream: &StreamName, version: u64, position: u64) -> Done {
    Done { stream: stream.clone(), version: Version::new(version), position: Position::new(position) }
}
