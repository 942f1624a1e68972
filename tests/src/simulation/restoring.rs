//! A backup that is put back behind the service's back: the log is away for a while, and what comes back ends earlier.
//! Nodes go on with what they remember, until an operator has the views built again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use application::control::rebuild_views;
use application::ports::EventStore;
use application::ports::event_store::{Position, Recorded, StreamName};
use application::ports::processor_admin::{Desired, ProcessorState};
use application::ports::token_store::ProcessorName;
use domain::{Amount, BookNo, MemberId};

use super::clock::pass;
use super::deeds::Deed;
use super::dice::Dice;
use super::operators::processors;
use super::people::{context_of, sends_once};
use super::world::{BOOKS, MEMBERS, World};
use crate::library::{Stores, as_appended, book, member};

/// Longer than any call is under way.
const AWAY: Duration = Duration::from_secs(45);
/// The first number of those who send commands after a backup was put back.
const CLERK: u64 = 1_000;
/// Until claims of killed nodes have run out, also those that they had sent for.
const CLAIMS_END: Duration = Duration::from_secs(16);

/// Puts a backup back once.
pub(super) async fn backup_is_put_back(world: Arc<World>, mut dice: Dice) {
    if !world.goes_on_for(Duration::from_millis(dice.between(2_000, 15_000))).await {
        return;
    }
    let paused = some_fall_behind(&world, &mut dice).await;
    world.note("the log is taken away");
    world.sky.weather().log_is_down = true;
    pass(AWAY).await;
    let lost = ends_earlier(&world, &paused, &mut dice).await;
    world.sky.weather().log_is_down = false;
    for name in &paused {
        world.ports.admin.set_desired(name, Desired::Running).await.expect("a processor that goes on");
    }
    if dice.is_one_in(2) {
        streams_grow_again(&world, &lost, &mut dice).await;
    }
    world.goes_on_for(Duration::from_millis(dice.between(1_000, 20_000))).await;
    views_are_built_again(&world).await;
}

/// Pauses some processors, or none, for as long as others need to get ahead of them.
async fn some_fall_behind(world: &World, dice: &mut Dice) -> Vec<ProcessorName> {
    let some = dice.below(4);
    let names = processors();
    let paused: Vec<_> = (0..some).map(|_| dice.pick(&names).clone()).collect();
    for name in &paused {
        let (by, reason) = ("operator".to_owned(), "to look at it".to_owned());
        let paused = world.ports.admin.set_desired(name, Desired::Paused { by, reason }).await;
        paused.expect("a processor that pauses");
    }
    if !paused.is_empty() {
        world.goes_on_for(Duration::from_millis(dice.between(1_000, 8_000))).await;
    }
    paused
}

/// Lets a log take the place of this one that ends earlier, and says what it has lost. What is paused has seen nothing
/// of that, if possible.
async fn ends_earlier(world: &World, paused: &[ProcessorName], dice: &mut Dice) -> Vec<Recorded> {
    let events = world.events().await;
    let states = world.ports.admin.processors().await.expect("processors");
    // A log that ends behind every token looks as if it had never been longer, and nobody could notice.
    let furthest = events.len().min(states.iter().map(reached).max().unwrap_or_default());
    let behind = states.iter().filter(|state| paused.contains(&state.name)).map(reached).max();
    let most = furthest.saturating_sub(behind.unwrap_or_default()).clamp(1, 30);
    let ends = furthest.saturating_sub(usize::try_from(dice.between(1, most as u64)).unwrap_or(1));
    let (log, kept) = copy(&events, ends).await;
    world.note(&format!("a backup is put back that ends at {kept} instead of {}", events.len()));
    world.log.switch_to(log);
    world.cuts().push(kept);
    events.into_iter().filter(|event| event.position > kept).collect()
}

/// A node that remembers nothing lets streams grow again, in another way, to about what they were; then somebody asks
/// those nodes that remember how it was.
async fn streams_grow_again(world: &World, lost: &[Recorded], dice: &mut Dice) {
    let fresh = usize::try_from(dice.below(world.scenario.nodes)).unwrap_or(0);
    world.kill(fresh);
    world.start(fresh);
    let members = (0..MEMBERS).map(|number| Growing::of_member(&member(&format!("member-{number}"))));
    let books = (1..=i64::try_from(BOOKS).unwrap_or(0)).map(|no| Growing::of_book(book(no)));
    for (who, growing) in (CLERK..).zip(members.chain(books)) {
        let events = lost.iter().filter(|event| event.stream == growing.stream).count() as u64;
        let mut turns = 0..;
        let mut sends = async |index: usize| {
            let turn = turns.next().unwrap_or_default();
            let deed = growing.deeds[usize::from(turn % 2 == 1)].clone();
            sends_once(world, index, deed, context_of(who, turn)).await
        };
        for _ in 0..events {
            sends(fresh).await;
        }
        for index in (0..world.count()).filter(|&index| events > 0 && index != fresh) {
            sends(index).await;
        }
    }
}

/// A stream, and two commands that let it grow in turns.
struct Growing {
    stream: StreamName,
    deeds: [Deed; 2],
}

impl Growing {
    fn of_member(who: &MemberId) -> Self {
        let save = |points| Deed::Save(who.clone(), Amount::parse(points).expect("an amount"));
        Self { stream: StreamName::of("member", who), deeds: [save(1), save(2)] }
    }

    fn of_book(no: BookNo) -> Self {
        Self { stream: StreamName::of("book", no), deeds: [Deed::Withdraw(no), Deed::Shelve(no)] }
    }
}

/// Stops all nodes, has the views built again, and starts them.
pub(super) async fn views_are_built_again(world: &World) {
    let nodes = world.count();
    world.is_shut.store(true, Ordering::SeqCst);
    (0..nodes).for_each(|index| world.kill(index));
    pass(CLAIMS_END).await;
    let rebuilt = rebuild_views(&*world.log, &world.ports).await.expect("views that can be built again");
    world.note(&format!("the views are built again: {:?}", rebuilt.processors));
    world.is_shut.store(false, Ordering::SeqCst);
    (0..nodes).for_each(|index| world.start(index));
}

/// The furthest that a processor has come.
fn reached(state: &ProcessorState) -> usize {
    let furthest = state.segments.iter().map(|segment| segment.token.position).max();
    usize::try_from(furthest.unwrap_or_default().value()).unwrap_or(usize::MAX)
}

/// The log up to about there, at the end of what a command did.
async fn copy(events: &[Recorded], wanted: usize) -> (Arc<dyn EventStore>, Position) {
    let log = Stores::log(1);
    let mut kept = Position::START;
    for done in events.chunk_by(|_, next| next.command.is_none()) {
        let Some(last) = done.last().filter(|last| last.position.value() <= wanted as u64) else { break };
        log.append(vec![as_appended(done)]).await.expect("an append");
        kept = last.position;
    }
    (log, kept)
}
