//! At rest: everything heals, what waits is done, and then everything has to hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use application::codec::Aggregate;
use application::commands::Routed;
use application::ports::dead_letters::{DeadLetter, DeadLetterKind, DeadLetterQuery};
use application::ports::event_store::{Position, Recorded, StreamName};
use application::ports::processor_admin::ProcessorState;
use application::ports::token_store::{ProcessorName, Row};
use application::reactions::projections;
use application::verify::{Report, verify};
use bytes::Bytes;
use domain::Amount;
use domain::book::Book;
use domain::member::Member;
use domain::rental_card::RentalCard;
use jiff::SignedDuration;

use super::answers::{Answers, is_found};
use super::clock::pass;
use super::deeds::Deed;
use super::dice::Dice;
use super::node::Serving;
use super::operators::{speaks_of_tries, start_all};
use super::people::{context_of, sends_once};
use super::restoring::views_are_built_again;
use super::sky::Weather;
use super::world::{BOOKS, MEMBERS, Trouble, World};
use crate::library::{book, member};

/// So long after the last fault, everything that is not damaged is done: claims run out, waits double up to 30 s.
const FLOWS_WITHIN: u64 = 180;
/// From so many letters on it is looked at whether they keep others waiting.
const MANY: usize = 20;
/// How long calls take then.
const SLOW_MS: u64 = 100;
/// So soon is passed then what is new.
const PASSES_WITHIN: u64 = 40;
/// How long commits go on failing once the damage is mended.
const COMMITS_FAIL_FOR: Duration = Duration::from_secs(15);
/// Who sends what is new then.
const PROBE: u64 = 2_000;
/// So long after the last damage, everything is: the longest wait of a letter is five minutes.
const RESTS_WITHIN: u64 = 900;

/// Heals everything, lets it come to rest, and holds it against all that should be so.
pub(super) async fn comes_to_rest(world: &World) {
    heals_but_for_damage(world).await;
    flows(world).await;
    let mut dice = world.dice("rest", 0);
    match dice.below(3) {
        0 => new_events_flow_beside_letters(world).await,
        1 => is_mended_while_commits_fail(world, &mut dice).await,
        // Nobody helps those that wait.
        _ => {}
    }
    *world.sky.weather() = Weather::default();
    is_done_whatever_is_said(world).await;
    let answers = std::mem::take(&mut *world.answers());
    is_found_again(world, &answers).await;
    is_done(world).await;
    let events = world.events().await;
    world.trace.has_events(events.len() as u64);
    answers.stand_in(&events, &world.cuts().clone(), &histories(&events));
    invariants_hold(world).await;
    nodes_remember_what_is_stored(world).await;
    views_built_again_are_the_same(world).await;
}

/// Every node runs, reaches everything, and knows what time it is. What is damaged still is.
async fn heals_but_for_damage(world: &World) {
    {
        let mut weather = world.sky.weather();
        *weather = Weather { damage: weather.damage.clone(), ..Weather::default() };
    }
    for index in 0..world.count() {
        match world.at(index) {
            None => world.start(index),
            Some(serving) => {
                serving.plug.thaw();
                serving.plug.cut(false, false);
                serving.clock.is_off_by(SignedDuration::ZERO);
            }
        }
    }
    let started = start_all(&*world.ports.admin).await;
    assert!(started.is_ok(), "{started:?}");
}

/// What is damaged keeps nothing else from being done: every processor passes what the log has now.
async fn flows(world: &World) {
    let head = Position::new(world.events().await.len() as u64);
    for _ in 0..FLOWS_WITHIN {
        pass(Duration::from_secs(1)).await;
        if states(world).await.iter().all(|state| reached(state) >= head) {
            return;
        }
    }
    panic!(
        "after {FLOWS_WITHIN} s of calm the log's end at {head} is not reached: {:#?}",
        stood(world).await
    );
}

/// However many letters are due, and although every call takes its time, what is new is passed soon.
async fn new_events_flow_beside_letters(world: &World) {
    let due = all_are_tried_again(world).await;
    if due < MANY {
        return;
    }
    world.note(&format!("{due} letters are due at once"));
    world.sky.weather().slow_ms = SLOW_MS;
    for number in 0..MEMBERS {
        let deed = Deed::Save(member(&format!("member-{number}")), Amount::parse(1).expect("an amount"));
        sends_once(world, 0, deed, context_of(PROBE, number)).await;
    }
    let head = Position::new(world.events().await.len() as u64);
    for _ in 0..PASSES_WITHIN {
        pass(Duration::from_secs(1)).await;
        if states(world).await.iter().all(|state| reached(state) >= head) {
            return;
        }
    }
    panic!(
        "with {due} letters due, {head} is not passed within {PASSES_WITHIN} s: {:#?}",
        stood(world).await
    );
}

/// All that waits is tried at once and would succeed, if commits did not fail so often.
async fn is_mended_while_commits_fail(world: &World, dice: &mut Dice) {
    *world.sky.weather() = Weather { commits: dice.between(2, 6), ..Weather::default() };
    all_are_tried_again(world).await;
    pass(COMMITS_FAIL_FOR).await;
}

/// An operator has everything tried again that waits. Answers how much that is.
async fn all_are_tried_again(world: &World) -> usize {
    let mut due = 0;
    for state in states(world).await {
        due += world.ports.letters.retry_now(&state.name, None).await.expect("letters tried again");
    }
    due
}

/// Nothing is left to do, although an operator may speak of what is just tried.
async fn is_done_whatever_is_said(world: &World) {
    tokio::select! {
        biased;
        () = is_done(world) => {}
        () = speaks_of_tries(world, world.dice("words", 1)), if world.scenario.has(Trouble::Words) => {}
    }
}

/// Nothing is left to do. What was given up while damage lasted is tried again by an operator, once, when only that is
/// left.
async fn is_done(world: &World) {
    let mut is_retried = false;
    for _ in 0..RESTS_WITHIN {
        pass(Duration::from_secs(1)).await;
        let head = Position::new(world.events().await.len() as u64);
        let (states, waiting) = (states(world).await, Waiting::of(world).await);
        let is_everywhere = states
            .iter()
            .all(|state| reached(state) >= head && state.rebuilding.is_none() && state.is_whole());
        match waiting {
            Waiting::Nothing if is_everywhere => return,
            Waiting::Nothing | Waiting::Tries => {}
            Waiting::Operator if is_retried => {}
            Waiting::Operator => {
                is_retried = true;
                all_are_tried_again(world).await;
            }
        }
    }
    panic!("after {RESTS_WITHIN} s there is still something to do: {:#?}", stood(world).await);
}

/// What letters wait for.
#[derive(Clone, Copy)]
enum Waiting {
    /// There are none.
    Nothing,
    /// Some are tried again by themselves.
    Tries,
    /// All of them were given up, or stand behind such ones.
    Operator,
}

impl Waiting {
    async fn of(world: &World) -> Self {
        let letters = world.ports.letters.letters(&DeadLetterQuery::default(), 1_000_000).await;
        let letters = letters.expect("letters");
        let of_kind = |kind| letters.iter().filter(move |letter| letter.kind == kind);
        let place = |letter: &DeadLetter| (letter.processor.clone(), letter.sequence.clone());
        let given_up: BTreeSet<_> = of_kind(DeadLetterKind::Abandoned).map(place).collect();
        if of_kind(DeadLetterKind::Parked).any(|letter| !given_up.contains(&place(letter))) {
            return Self::Tries;
        }
        if given_up.is_empty() { Self::Nothing } else { Self::Operator }
    }
}

/// What was answered as done is found, at every node, by whoever sends it again.
async fn is_found_again(world: &World, answers: &Answers) {
    let cuts = world.cuts().clone();
    for (number, (deed, context, first)) in answers.to_be_found(&cuts).into_iter().enumerate() {
        let node = node(world, number % world.count());
        is_found(&deed, &first, &deed.on(&node.desk, &node.commands, context).await);
    }
}

async fn invariants_hold(world: &World) {
    let report = verify(&*world.log, &world.ports).await;
    let Report { violations, in_flight, by_hand, unjudged, .. } =
        report.unwrap_or_else(|error| panic!("nothing can be judged: {error}"));
    assert!(violations.is_empty(), "{violations:#?}");
    assert!(in_flight.is_empty(), "{in_flight:?} never ended");
    assert!(by_hand.is_empty(), "{by_hand:?} need an operator");
    // A view with events left out is judged by building it again.
    let is_known = |why: &String| world.scenario.has(Trouble::Overrides) && why.contains("set ");
    assert!(unjudged.iter().all(is_known), "{unjudged:?}");
}

/// What a node keeps of an aggregate is what one finds that starts with nothing.
async fn nodes_remember_what_is_stored(world: &World) {
    let fresh = world.count();
    world.places().push(super::world::Place::default());
    world.start(fresh);
    for index in 0..fresh {
        let (here, there) = (node(world, index), node(world, fresh));
        for number in 0..MEMBERS {
            let id = member(&format!("member-{number}"));
            is_remembered::<Member>(&id, &here, &there).await;
            is_remembered::<RentalCard>(&id, &here, &there).await;
        }
        for no in 1..=i64::try_from(BOOKS).unwrap_or(0) {
            is_remembered::<Book>(&book(no), &here, &there).await;
        }
    }
}

async fn is_remembered<A: Routed + Aggregate>(id: &A::Id, here: &Serving, there: &Serving) {
    let (stream, here, there) =
        (A::stream(id), here.commands.current::<A>(id).await, there.commands.current::<A>(id).await);
    let (here, there) = match (here, there) {
        (Ok(here), Ok(there)) => (here, there),
        (here, there) => panic!("{stream} cannot be read: {:?} {:?}", here.err(), there.err()),
    };
    assert_eq!(here.version, there.version, "{stream}");
    assert_eq!(here.state.freeze(), there.state.freeze(), "{stream} at {}", here.version);
}

/// Views that are built again from the log, with what operators said, are what they were.
async fn views_built_again_are_the_same(world: &World) {
    let before = rows(world).await;
    views_are_built_again(world).await;
    is_done(world).await;
    let after = rows(world).await;
    for (name, before) in before {
        assert_eq!(Some(&before), after.get(&name), "the view {name} is not what it is when built again");
    }
}

async fn rows(world: &World) -> BTreeMap<ProcessorName, Vec<Row>> {
    let mut all = BTreeMap::new();
    for (name, _) in projections() {
        let rows = world.tokens.live_rows(&name, None, 1_000_000).await;
        all.insert(name, rows.unwrap_or_else(|error| panic!("rows cannot be read: {error}")));
    }
    all
}

/// What each stream's state was after each of its events, frozen.
fn histories(events: &[Recorded]) -> BTreeMap<StreamName, Vec<Bytes>> {
    let mut all = BTreeMap::new();
    history::<RentalCard>(events, &mut all);
    history::<Member>(events, &mut all);
    history::<Book>(events, &mut all);
    all
}

fn history<A: Aggregate>(events: &[Recorded], all: &mut BTreeMap<StreamName, Vec<Bytes>>) {
    let mut states: BTreeMap<&StreamName, A> = BTreeMap::new();
    let category = format!("{}-", A::CATEGORY);
    for event in events.iter().filter(|event| event.stream.as_str().starts_with(&category)) {
        let happened = A::decode(event).unwrap_or_else(|error| panic!("{error}"));
        let state = states.remove(&event.stream).unwrap_or_default().evolve(&happened);
        all.entry(event.stream.clone()).or_default().push(state.freeze());
        states.insert(&event.stream, state);
    }
}

async fn states(world: &World) -> Vec<ProcessorState> {
    let states = world.tokens.processors().await;
    states.unwrap_or_else(|error| panic!("processors cannot be asked for: {error}"))
}

fn reached(state: &ProcessorState) -> Position {
    state.live_segments().map(|segment| segment.token.position).min().unwrap_or_default()
}

/// How far each processor is, for whoever reads why a life failed.
async fn stood(world: &World) -> Vec<String> {
    let shown = |state: &ProcessorState| {
        let ProcessorState { name, parked, abandoned, desired, rebuilding, .. } = state;
        let (at, segments) = (reached(state), state.segments.len());
        format!(
            "{name} at {at}, {parked} parked, {abandoned} abandoned, {desired:?}, {segments} segments, {rebuilding:?}"
        )
    };
    states(world).await.iter().map(shown).collect()
}

fn node(world: &World, index: usize) -> std::sync::Arc<Serving> {
    world.at(index).unwrap_or_else(|| panic!("node {index} does not run"))
}
