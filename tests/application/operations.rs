//! What operators do is an event first: applied from it, in order, and folded to its last word where it is to hold in a
//! token store that has never heard of it.

use application::codec::{Actor, Fingerprint};
use application::commands::Context;
use application::control::{Acted, ActionError, LetterRequest, ProcessorRequest, ResetPlace};
use application::operations::{ActionOutcome, AuditLine, OPERATIONS};
use application::ports::event_store::{
    CommandEvents, CommandId, EventId, LoadFrom, NewEvent, Position, StreamAppend, Version,
};
use application::ports::message_source::StartingPoint;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{ProcessorName, Segment};
use application::ports::{EventStore, MessageSource, ProcessorAdmin};
use application::processing::LogSource;
use application::reactions::{CATALOGUE, LEND_BOOKS, LOANS};
use domain::Reason;
use jiff::SignedDuration;
use std::sync::Arc;
use tests::faulty_store::AppendFault;
use tests::library::{Library, Node, Stores};
use uuid::Uuid;

fn operated(stores: Stores, seed: u64) -> Library {
    Library::over(stores, Node { seed, operated: true, ..Node::default() })
}

fn context(number: u128) -> Context {
    Context {
        command: CommandId::new(Uuid::from_u128(number)),
        fingerprint: Fingerprint(number),
        former_fingerprint: None,
        actor: Actor::Named("desk-1".to_owned()),
        causation: None,
        traceparent: None,
        if_version: None,
    }
}

/// Asks a node while this one's processors, which are stepped by hand, do their work.
async fn ask(
    library: &mut Library,
    name: &ProcessorName,
    request: ProcessorRequest,
    number: u128,
) -> Result<Acted, ActionError> {
    let (actions, name) = (library.actions.clone(), name.clone());
    let reason = Some(Reason::parse("a look").unwrap());
    let asked = tokio::spawn(async move { actions.ask(&name, request, reason, context(number)).await });
    while !asked.is_finished() {
        library.settle().await;
        // So that a claim is looked at again, and a beat is due.
        library.stores.clock.advance(SignedDuration::from_secs(1));
        tokio::task::yield_now().await;
    }
    asked.await.unwrap()
}

async fn desired(stores: &Stores, name: &ProcessorName) -> Desired {
    let states = stores.tokens.processors().await.unwrap();
    states.into_iter().find(|state| state.name == *name).unwrap().desired
}

async fn position(stores: &Stores, name: &ProcessorName) -> Position {
    let states = stores.tokens.processors().await.unwrap();
    let state = states.into_iter().find(|state| state.name == *name).unwrap();
    state.live_segments().map(|segment| segment.token.position).min().unwrap()
}

async fn lines(library: &Library) -> Vec<AuditLine> {
    library.actions.audit(None, 100).await.unwrap().lines
}

/// A library with a rent, in which `loans` was paused and started, `catalogue` was paused, and `lend-books` was set to
/// the head and started again.
async fn with_a_history() -> Library {
    let mut library = operated(Stores::empty(), 1);
    let jenny = library.join("jenny", 0).await;
    let no = library.shelve(1).await;
    library.rent(&jenny, no).await;
    library.settle().await;
    for (number, (name, request)) in (1..).zip([
        (&LOANS, ProcessorRequest::Pause),
        (&LOANS, ProcessorRequest::Start),
        (&CATALOGUE, ProcessorRequest::Pause),
        (&LEND_BOOKS, ProcessorRequest::Pause),
        (&LEND_BOOKS, ProcessorRequest::Reset(ResetPlace::Head)),
        (&LEND_BOOKS, ProcessorRequest::Start),
    ]) {
        ask(&mut library, name, request, number).await.unwrap();
    }
    assert!(
        matches!(desired(&library.stores, &CATALOGUE).await, Desired::Paused { by, .. } if by == "desk-1")
    );
    library
}

/// The same log beside a token store that has never heard of it.
async fn beside_new_tokens(library: &Library) -> Stores {
    let log = Arc::clone(&library.stores.log);
    let stores = Stores { log: Arc::clone(&log), ..Stores::empty() };
    stores.clock.advance(SignedDuration::from_hours(1));
    let source = LogSource::new(log);
    let first = source.token_at(StartingPoint::Beginning).await.unwrap();
    for name in [&LOANS, &CATALOGUE, &LEND_BOOKS] {
        stores.tokens.register(name, &Segment::all_at(1, first)).await.unwrap();
    }
    stores
}

/// T54.
#[tokio::test]
async fn in_a_new_token_store_the_last_word_holds_and_nothing_is_done_again() {
    let library = with_a_history().await;
    let (before, head) = (lines(&library).await, library.stores.log.head().await.unwrap().position);
    let mut anew = operated(beside_new_tokens(&library).await, 2);
    anew.enrol().await;
    assert!(matches!(desired(&anew.stores, &CATALOGUE).await, Desired::Paused { .. }));
    assert_eq!(desired(&anew.stores, &LOANS).await, Desired::Running);
    assert_eq!(position(&anew.stores, &OPERATIONS).await, head);
    assert_eq!(position(&anew.stores, &LEND_BOOKS).await, Position::START, "the old reset is not done again");
    anew.settle().await;
    assert_eq!(lines(&anew).await, before);
    assert_eq!(anew.stores.log.head().await.unwrap().position, head, "nothing follows from it");
}

#[tokio::test]
async fn a_token_store_that_forgets_while_it_is_used_hears_it_all_again_and_does_what_is_over_once() {
    let library = with_a_history().await;
    let (before, head) = (lines(&library).await, library.stores.log.head().await.unwrap().position);
    // Nobody enrols: the processor is registered by itself, at the beginning.
    let mut anew = operated(beside_new_tokens(&library).await, 2);
    anew.settle_only(&OPERATIONS).await;
    assert!(matches!(desired(&anew.stores, &CATALOGUE).await, Desired::Paused { .. }));
    assert_eq!(desired(&anew.stores, &LOANS).await, Desired::Running);
    assert_eq!(position(&anew.stores, &LEND_BOOKS).await, Position::START, "the old reset is not done again");
    assert_eq!((lines(&anew).await, anew.stores.log.head().await.unwrap().position), (before, head));
}

#[tokio::test]
async fn whichever_node_is_asked_the_one_that_applies_actions_does_it() {
    let mut one = operated(Stores::empty(), 1);
    one.settle().await;
    let mut other = operated(one.stores.clone(), 2);
    other.settle().await;
    let actions = other.actions.clone();
    let asked =
        tokio::spawn(async move { actions.ask(&LOANS, ProcessorRequest::Pause, None, context(1)).await });
    while !asked.is_finished() {
        one.settle().await;
        other.settle().await;
        one.stores.clock.advance(SignedDuration::from_secs(1));
        tokio::task::yield_now().await;
    }
    asked.await.unwrap().unwrap();
    assert!(matches!(desired(&one.stores, &LOANS).await, Desired::Paused { .. }));
    assert_eq!(lines(&other).await.len(), 1);
}

#[tokio::test]
async fn an_action_whose_end_could_not_be_recorded_ends_once() {
    for fault in [AppendFault::Away, AppendFault::ReplyLost, AppendFault::RequestLost] {
        let mut library = operated(Stores::empty(), 1);
        library.settle().await;
        let actions = library.actions.clone();
        let asked =
            tokio::spawn(async move { actions.ask(&LOANS, ProcessorRequest::Pause, None, context(1)).await });
        // The action itself is stored before anything of it is applied.
        while library.stores.log.head().await.unwrap().position == Position::START {
            tokio::task::yield_now().await;
        }
        library.stores.log.next_append(fault.clone());
        while !asked.is_finished() {
            library.settle().await;
            library.stores.clock.advance(SignedDuration::from_secs(1));
            tokio::task::yield_now().await;
        }
        asked.await.unwrap().unwrap();
        let events = library.events().await.len();
        assert_eq!(
            (events, lines(&library).await[0].outcome.clone()),
            (2, Some(ActionOutcome::Applied)),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_repeat_is_answered_as_it_ended_and_another_request_with_its_id_is_refused() {
    let mut library = operated(Stores::empty(), 1);
    library.settle().await;
    let first = ask(&mut library, &LOANS, ProcessorRequest::Pause, 1).await.unwrap();
    let again = ask(&mut library, &LOANS, ProcessorRequest::Pause, 1).await.unwrap();
    assert_eq!(Acted { repeated: true, ..first }, again);
    let actions = library.actions.clone();
    let other = Context { fingerprint: Fingerprint(9), ..context(1) };
    let refused = actions.ask(&LOANS, ProcessorRequest::Start, None, other).await;
    assert!(matches!(refused, Err(ActionError::IdReused { .. })), "{refused:?}");
    assert_eq!(lines(&library).await.len(), 1);
}

#[tokio::test]
async fn what_stands_in_the_way_of_actions_is_put_right_by_an_action() {
    let mut library = operated(Stores::empty(), 1);
    library.settle().await;
    ask(&mut library, &OPERATIONS, ProcessorRequest::Pause, 1).await.unwrap();
    library.settle().await;
    assert!(matches!(desired(&library.stores, &OPERATIONS).await, Desired::Paused { .. }));
    ask(&mut library, &OPERATIONS, ProcessorRequest::Start, 2).await.unwrap();
    ask(&mut library, &LOANS, ProcessorRequest::Pause, 3).await.unwrap();
    assert!(matches!(desired(&library.stores, &LOANS).await, Desired::Paused { .. }));
}

/// As a bad disk, or somebody's hand, leaves it.
async fn damaged(library: &Library) -> Position {
    let log = &library.stores.log;
    let lines = lines(library).await;
    let Ok(taken) = &lines[0].taken else { panic!("{lines:?}") };
    let newest = log.read_log_backward(lines[0].position.plus(1), 1).await.unwrap().events.remove(0);
    let event = NewEvent {
        id: EventId::new(Uuid::from_u128(0xbad)),
        kind: newest.kind.clone(),
        revision: newest.revision,
        payload: taken.stored().slice(1..),
        metadata: newest.metadata.clone(),
        occurred_at: newest.occurred_at,
    };
    let stream = newest.stream.clone();
    let expected = log.load(&stream, LoadFrom::Version(Version::START), 1).await.unwrap().head;
    let part = CommandEvents { command: CommandId::new(Uuid::from_u128(0xbad)), events: vec![event] };
    let append = StreamAppend { stream, expected, expected_event: None, parts: vec![part] };
    log.append(vec![append]).await.unwrap();
    log.head().await.unwrap().position
}

#[tokio::test]
async fn an_action_that_was_damaged_keeps_nobody_from_acting_and_is_shown_as_such() {
    let mut library = with_a_history().await;
    let position = damaged(&library).await;

    ask(&mut library, &LOANS, ProcessorRequest::Pause, 70).await.unwrap();
    ask(&mut library, &CATALOGUE, ProcessorRequest::Start, 71).await.unwrap();

    assert!(matches!(desired(&library.stores, &LOANS).await, Desired::Paused { .. }));
    let lines = lines(&library).await;
    let unreadable: Vec<_> = lines.iter().filter(|line| line.taken.is_err()).collect();
    assert_eq!(unreadable.iter().map(|line| line.position).collect::<Vec<_>>(), [position]);
    assert_eq!(unreadable[0].outcome, None);
    assert_eq!(lines[0].outcome, Some(ActionOutcome::Applied));
    let states = library.stores.tokens.processors().await.unwrap();
    let operations = states.into_iter().find(|state| state.name == OPERATIONS).unwrap();
    assert_eq!((operations.rejected, operations.parked), (1, 0));
    let letter = library.letters(&OPERATIONS).await[0].id;
    let again = [LetterRequest::Retry, LetterRequest::Edit("{}".into())];
    for (number, request) in (80..).zip(again) {
        let asked = library.actions.ask_for_letter(letter, request, None, context(number)).await;
        assert!(matches!(asked, Err(ActionError::OnlyOnce)), "{asked:?}");
    }

    let mut anew = operated(beside_new_tokens(&library).await, 2);
    anew.enrol().await;
    assert!(matches!(desired(&anew.stores, &LOANS).await, Desired::Paused { .. }));
    assert_eq!(desired(&anew.stores, &CATALOGUE).await, Desired::Running);
    ask(&mut anew, &LOANS, ProcessorRequest::Start, 72).await.unwrap();
    assert_eq!(desired(&anew.stores, &LOANS).await, Desired::Running);
}
