//! A backup that is put back behind the service's back: the log is away for a while, and what comes back ends earlier.
//! Nodes go on with what they remember, until an operator has the views built again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use application::control::rebuild_views;
use application::ports::EventStore;
use application::ports::event_store::{Position, Recorded};

use super::clock::pass;
use super::dice::Dice;
use super::world::World;
use crate::library::{Stores, as_appended};

/// Longer than any call is under way.
const AWAY: Duration = Duration::from_secs(45);
/// Until claims of killed nodes have run out, also those that they had sent for.
const CLAIMS_END: Duration = Duration::from_secs(16);

/// Puts a backup back once.
pub(super) async fn backup_is_put_back(world: Arc<World>, mut dice: Dice) {
    if !world.goes_on_for(Duration::from_millis(dice.between(2_000, 15_000))).await {
        return;
    }
    world.note("the log is taken away");
    world.sky.weather().log_is_down = true;
    pass(AWAY).await;
    let events = world.events().await;
    let lost = usize::try_from(dice.between(1, 30)).unwrap_or(1);
    // A log that ends behind every token looks as if it had never been longer, and nobody could notice.
    let ends = events.len().min(furthest(&world).await).saturating_sub(lost);
    let (log, kept) = copy(&events, ends).await;
    world.note(&format!("a backup is put back that ends at {kept} instead of {}", events.len()));
    world.log.switch_to(log);
    world.cuts().push(kept);
    world.sky.weather().log_is_down = false;
    world.goes_on_for(Duration::from_millis(dice.between(1_000, 20_000))).await;
    views_are_built_again(&world).await;
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

/// The furthest that any processor has come.
async fn furthest(world: &World) -> usize {
    let states = world.ports.admin.processors().await.expect("processors");
    let tokens = states.iter().flat_map(|state| &state.segments).map(|segment| segment.token.position);
    usize::try_from(tokens.max().unwrap_or_default().value()).unwrap_or(usize::MAX)
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
