//! The time between the start of nodes and their end: people who send commands, and processors that work beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use application::commands::Context;
use application::ports::event_store::{CommandId, Version};
use application::processing::{Processor, StepOutcome};
use jiff::SignedDuration;
use tests::faulty_tokens::FaultyTokens;
use tests::library::{Library, Stores};
use uuid::Uuid;

use super::answers::{Answers, Sent};
use super::deeds::{Came, Deed, Dice, same_again};
use super::faults;

const TASKS: u64 = 8;
/// How far the clock goes in a round in which nothing moves.
const ROUND: SignedDuration = SignedDuration::from_millis(100);
/// Nothing is left to do when nothing moves for so many of them: longer than a store that was away is left alone.
const STILL_MAX: u32 = 600;

/// The nodes of one library.
pub(super) struct Nodes<L>(pub(super) Vec<L>);

/// The time between the start of nodes and their end.
#[derive(Clone, Copy)]
pub(super) struct Life {
    pub(super) seed: u64,
    /// Tells its commands from those of other lives.
    pub(super) number: u64,
    /// How many commands each person sends.
    pub(super) turns: u64,
    /// Whether it goes on until nothing is left to do; else it is cut off as soon as the people are gone.
    pub(super) is_last: bool,
}

impl Life {
    /// Lets people and processors live; the people are spread over the nodes.
    pub(super) async fn lived(self, mut nodes: Nodes<Library>) -> (Nodes<Arc<Library>>, Answers) {
        let working =
            nodes.0.iter_mut().map(|node| Working::of(std::mem::take(&mut node.processors))).collect();
        let nodes: Vec<_> = nodes.0.into_iter().map(Arc::new).collect();
        let (stores, over) = (nodes[0].stores.clone(), Arc::new(AtomicBool::new(false)));
        let stepping =
            tokio::spawn(step_until_idle(working, Dice::new(self.seed), stores, Arc::clone(&over)));
        let people: Vec<_> = (0..TASKS).map(|task| tokio::spawn(self.person(nodes.clone(), task))).collect();
        let mut answers = Answers::default();
        for person in people {
            answers.extend(person.await.unwrap());
        }
        over.store(true, Ordering::SeqCst);
        if self.is_last {
            stepping.await.unwrap();
        } else {
            stepping.abort();
        }
        (Nodes(nodes), answers)
    }

    async fn person(self, nodes: Vec<Arc<Library>>, task: u64) -> Answers {
        let mut dice = Dice::new(self.seed * 1_000 + self.number * 100 + task);
        let mut answers = Answers::default();
        for turn in 0..self.turns {
            let node = &nodes[dice.below(nodes.len() as u64) as usize];
            faults::sow(&mut dice, &node.stores);
            let id = u128::from(self.number) << 96 | u128::from(task) << 64 | u128::from(turn) | 1 << 120;
            let context = Context { command: CommandId::new(Uuid::from_u128(id)), ..node.context() };
            let deed = Deed::any(&mut dice);
            let came = sent(&mut dice, &nodes, node, &deed, &context).await;
            answers.push(Sent { deed, context, came });
            // The processors share two cores with everybody; they are to work beside the people, not after them.
            for _ in 0..dice.below(60) {
                tokio::task::yield_now().await;
            }
        }
        answers
    }
}

/// Sends a command in one of the ways that people have: once, once more, at all nodes at the same time, or thrice in
/// one turn, of which the first insists on a version that is not there.
async fn sent(
    dice: &mut Dice,
    nodes: &[Arc<Library>],
    node: &Library,
    deed: &Deed,
    context: &Context,
) -> Vec<Came> {
    let at = |node| deed.on(node, context.clone());
    let came = match dice.below(12) {
        0 | 1 => vec![at(node).await, at(node).await],
        2 | 3 => futures::future::join_all(nodes.iter().map(|node| at(node))).await,
        4 => {
            let stale = Context { if_version: Some(Version::new(1_000_000)), ..context.clone() };
            let (first, second, third) = tokio::join!(deed.on(node, stale), at(node), at(node));
            vec![first, second, third]
        }
        _ => vec![at(node).await],
    };
    for (first, again) in came.iter().zip(came.iter().skip(1)) {
        same_place(first, again);
    }
    if came.len() == 2 && nodes.len() == 1 {
        same_again(&came[0], &came[1]);
    }
    came
}

fn same_place(first: &Came, again: &Came) {
    if let (Came::To(first), Came::To(again)) = (first, again) {
        assert_eq!(first, again, "a repeat was done again");
    }
}

/// The processors of a node, and how many rounds it still sleeps.
struct Working {
    processors: Vec<Processor>,
    asleep: u64,
}

impl Working {
    const fn of(processors: Vec<Processor>) -> Self {
        Self { processors, asleep: 0 }
    }
}

/// Steps all processors until the people are gone and nothing is left to do. Time passes only while all rest. A node
/// falls asleep now and then, for long enough to lose its claims.
async fn step_until_idle(mut nodes: Vec<Working>, mut dice: Dice, stores: Stores, over: Arc<AtomicBool>) {
    let (several, mut still) = (nodes.len() > 1, 0);
    let Stores { tokens, clock, .. } = stores;
    while still < STILL_MAX {
        let ending = over.load(Ordering::SeqCst);
        let mut moved = false;
        for node in &mut nodes {
            if node.asleep > 0 && !ending {
                node.asleep -= 1;
                continue;
            }
            if several && dice.below(400) == 0 {
                node.asleep = dice.below(400);
            }
            for processor in &mut node.processors {
                moved |= stepped(processor, &tokens).await;
            }
        }
        if moved {
            still = 0;
        } else {
            clock.advance(ROUND);
            still += u32::from(ending);
        }
        tokio::task::yield_now().await;
    }
}

/// One step, which is cut off when its commit gets no answer. Says whether the processor has more to do at once.
async fn stepped(processor: &mut Processor, tokens: &FaultyTokens) -> bool {
    tokio::select! {
        biased;
        step = processor.step() => step == StepOutcome::Advanced,
        () = tokens.hung() => true,
    }
}
