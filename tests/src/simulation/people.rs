//! People: each sends commands in the ways that people have, to nodes that may be dead, and tries again.

use std::sync::Arc;
use std::time::Duration;

use application::commands::Context;
use application::ports::event_store::{CommandId, Version};
use tokio::time::timeout;
use uuid::Uuid;

use super::answers::Sent;
use super::clock::pass;
use super::deeds::{Came, Deed};
use super::dice::Dice;
use super::node::{Serving, context};
use super::world::World;

/// How often somebody who got no answer tries again.
const TRIES_MAX: u64 = 3;
/// When somebody comes back who found the doors shut.
const LATER: Duration = Duration::from_secs(1);
/// How long somebody waits for an answer who asks once.
const PATIENCE: Duration = Duration::from_secs(20);

/// One person, from the first command to the last. Who sees that nothing can be written comes back later.
pub(super) async fn person(world: Arc<World>, number: u64) {
    let mut person = Person { dice: world.dice("person", number), world };
    for turn in 0..person.world.scenario.turns {
        while person.world.sky.weather().log_is_down {
            pass(LATER).await;
        }
        let sent = Sent::of(Deed::any(&mut person.dice), context_of(number, turn));
        person.insists(sent).await;
        let rest = if person.dice.is_one_in(2) { person.dice.below(4) } else { person.dice.below(1_600) };
        pass(Duration::from_millis(rest)).await;
    }
}

/// Sends a command to a node once, and takes down what it came to.
pub(super) async fn sends_once(world: &World, index: usize, deed: Deed, context: Context) -> Came {
    let (epoch, came) = asked(world, index, &deed, context.clone(), PATIENCE).await;
    let mut sent = Sent::of(deed, context);
    sent.came_to(epoch, came.clone());
    world.answers().push(sent);
    came
}

/// What comes with a command of somebody, with an id that nobody else's has.
pub(super) fn context_of(who: u64, turn: u64) -> Context {
    let id = u128::from(who) << 64 | u128::from(turn) | 1 << 120;
    context(CommandId::new(Uuid::from_u128(id)))
}

struct Person {
    world: Arc<World>,
    dice: Dice,
}

impl Person {
    /// Sends a command until the answer is known, mostly, and takes down what it came to.
    async fn insists(&mut self, mut sent: Sent) {
        self.sends(&mut sent).await;
        for _ in 0..self.dice.below(TRIES_MAX) {
            let is_known = matches!(sent.came.last(), Some((_, Came::To(_) | Came::Nothing | Came::Refused)));
            if is_known && !self.dice.is_one_in(6) {
                break;
            }
            pass(Duration::from_millis(self.dice.between(1, 3_000))).await;
            self.sends(&mut sent).await;
        }
        self.world.answers().push(sent);
    }

    /// Sends a command once, twice at once, to all nodes at the same time, or thrice at once, of which the first
    /// insists on a version that is not there.
    async fn sends(&mut self, sent: &mut Sent) {
        let nodes = self.world.scenario.nodes;
        let node = self.dice.below(nodes);
        let (to, stale_first) = match self.dice.below(12) {
            0 | 1 => (vec![node, node], false),
            2 | 3 => ((0..nodes).collect(), false),
            4 => (vec![node, node, node], true),
            _ => (vec![node], false),
        };
        let patience = Duration::from_millis(self.dice.between(500, 20_000));
        let sendings = to.into_iter().enumerate().map(|(at, node)| {
            let mut context = sent.context.clone();
            if stale_first && at == 0 {
                context.if_version = Some(Version::new(1_000_000));
            }
            let index = usize::try_from(node).unwrap_or(0);
            asked(&self.world, index, &sent.deed, context, patience)
        });
        let came: Vec<_> = futures::future::join_all(sendings).await;
        for (epoch, came) in came {
            sent.came_to(epoch, came);
        }
    }
}

/// What a node says, and how many backups had been put back when it was asked.
async fn asked(
    world: &World,
    index: usize,
    deed: &Deed,
    context: Context,
    patience: Duration,
) -> (usize, Came) {
    let epoch = world.cuts().len();
    let Some(serving) = world.at(index) else { return (epoch, Came::NotDone) };
    let came = timeout(patience, answer(&serving, deed, context)).await.unwrap_or(Came::Unsure);
    (epoch, came)
}

/// The answer of a node; nobody knows what one that dies has done.
async fn answer(serving: &Serving, deed: &Deed, context: Context) -> Came {
    tokio::select! {
        biased;
        () = serving.plug.died() => Came::Unsure,
        came = deed.on(&serving.desk, &serving.commands, context) => came,
    }
}
