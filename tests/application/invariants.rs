//! Random commands from many tasks while all processors run and the store misbehaves: at rest every invariant holds, and
//! what was answered is what happened.

mod deeds;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use application::commands::Context;
use application::ports::event_store::CommandId;
use application::processing::{Processor, Step};
use application::verify::{Report, verify};
use jiff::SignedDuration;
use tests::clock::StoppedClock;
use tests::faulty_store::AppendFault;
use tests::library::{Library, Node, Stores, member};
use tests::stores::StoreKind;
use uuid::Uuid;

use deeds::{Came, Deed, Dice, same_again};

const TASKS: u64 = 8;
const MEMBERS: u64 = 6;
const BOOKS: u64 = 12;

/// I1 to I8, under load.
mod memory {
    use tests::stores::Memory;

    /// Two nodes, with caches of their own.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whatever_many_people_do_at_once_every_invariant_holds_at_rest() {
        for seed in 1..=12 {
            super::on_two_nodes::<Memory>(seed).await;
        }
    }
}

/// I1 to I8, under load.
mod sqlite {
    use tests::stores::Sqlite;

    /// One node, killed twice; what it had answered before is answered the same afterwards.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whatever_many_people_do_between_kills_every_invariant_holds_at_rest() {
        for seed in 1..=3 {
            super::with_kills::<Sqlite>(seed).await;
        }
    }
}

async fn on_two_nodes<S: StoreKind>(seed: u64) {
    let Some(stores) = Stores::fresh::<S>().await else { return };
    let one = Library::over(stores, Node::default());
    let two = Arc::new(one.second_node(1_000 + seed));
    furnish(&one).await;
    let (one, _) = Life { seed, number: 0, turns: 120, is_last: true }.lived(one, Some(two)).await;
    at_rest(seed, &one).await;
}

async fn with_kills<S: StoreKind>(seed: u64) {
    let Some(stores) = Stores::fresh::<S>().await else { return };
    let mut library = Library::over(stores, Node::default());
    furnish(&library).await;
    let mut answered = Vec::new();
    for number in 0..3 {
        for (deed, context, first) in answered {
            same_again(&first, &Deed::on(&deed, &library, context).await);
        }
        let life = Life { seed, number, turns: 50, is_last: number == 2 };
        let (lived, answers) = life.lived(library, None).await;
        if life.is_last {
            return at_rest(seed, &lived).await;
        }
        answered = answers;
        library = after_a_kill::<S>(&lived, 2 + number).await;
    }
}

/// The clock goes on meanwhile, so that claims of the killed one run out.
async fn after_a_kill<S: StoreKind>(killed: &Library, seed: u64) -> Library {
    let stores = killed.stores.after_a_kill::<S>().await;
    stores.clock.advance(SignedDuration::from_secs(11));
    Library::over(stores, Node { seed, ..Node::default() })
}

async fn at_rest(seed: u64, library: &Library) {
    let Report { violations, in_flight, by_hand, ended, unjudged, .. } =
        verify(&*library.stores.log, &*library.stores.tokens).await.unwrap();
    assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
    assert!(in_flight.is_empty(), "seed {seed}: {in_flight:?} never ended");
    assert!(by_hand.is_empty(), "seed {seed}: {by_hand:?} need an operator");
    assert!(ended > 20, "seed {seed}: only {ended} attempts ended");
    assert!(unjudged.is_empty(), "seed {seed}: {unjudged:?}");
}

/// Everybody has a card; one member is not registered, and one book was never made available.
async fn furnish(library: &Library) {
    for no in 1..=BOOKS as i64 {
        library.shelve(no).await;
    }
    for id in 0..MEMBERS - 1 {
        library.join(&format!("member-{id}"), 30).await;
    }
    let stranger = member(&format!("member-{}", MEMBERS - 1));
    library.desk.issue_card(&stranger, None, library.context()).await.unwrap();
}

/// What is asked of a service, under which name, and what it came to.
type Answered = (Deed, Context, Came);

/// The time between the start of a service and its end.
#[derive(Clone, Copy)]
struct Life {
    seed: u64,
    /// Tells its commands from those of other lives.
    number: u64,
    /// How many commands each person sends.
    turns: u64,
    /// Whether it goes on until nothing is left to do; else it is cut off as soon as the people are gone.
    is_last: bool,
}

impl Life {
    /// Lets people and processors live; every second one of the people goes to the other node, if there is one.
    async fn lived(self, mut one: Library, two: Option<Arc<Library>>) -> (Arc<Library>, Vec<Answered>) {
        let processors = std::mem::take(&mut one.processors);
        let (one, over) = (Arc::new(one), Arc::new(AtomicBool::new(false)));
        let two = two.unwrap_or_else(|| Arc::clone(&one));
        let clock = Arc::clone(&one.stores.clock);
        let stepping = tokio::spawn(step_until_idle(processors, clock, Arc::clone(&over)));
        let people: Vec<_> = (0..TASKS)
            .map(|task| {
                let node = Arc::clone(if task % 2 == 0 { &one } else { &two });
                tokio::spawn(self.person(node, task))
            })
            .collect();
        let mut answered = Vec::new();
        for person in people {
            answered.extend(person.await.unwrap());
        }
        over.store(true, Ordering::SeqCst);
        if self.is_last {
            stepping.await.unwrap();
        } else {
            stepping.abort();
        }
        (one, answered)
    }

    async fn person(self, node: Arc<Library>, task: u64) -> Vec<Answered> {
        let mut dice = Dice::new(self.seed * 1_000 + self.number * 100 + task);
        let mut answered = Vec::new();
        for turn in 0..self.turns {
            if dice.below(40) == 0 {
                node.stores.log.next_append(fault(&mut dice));
            }
            let id = u128::from(self.number) << 96 | u128::from(task) << 64 | u128::from(turn) | 1 << 120;
            let context = Context { command: CommandId::new(Uuid::from_u128(id)), ..node.context() };
            let deed = Deed::any(&mut dice);
            let first = deed.on(&node, context.clone()).await;
            if dice.below(6) == 0 {
                same_again(&first, &deed.on(&node, context.clone()).await);
            }
            answered.push((deed, context, first));
            // The processors share two cores with everybody; they are to work beside the people, not after them.
            for _ in 0..dice.below(60) {
                tokio::task::yield_now().await;
            }
        }
        answered
    }
}

/// Steps all processors until the people are gone and nothing is left to do. Time passes only while all rest.
async fn step_until_idle(mut processors: Vec<Processor>, clock: Arc<StoppedClock>, over: Arc<AtomicBool>) {
    loop {
        let ending = over.load(Ordering::SeqCst);
        let (mut moved, mut rests) = (false, false);
        for processor in &mut processors {
            match processor.step().await {
                Step::Advanced => moved = true,
                Step::Idle { until } => rests |= until.is_some(),
            }
        }
        if ending && !moved && !rests {
            return;
        }
        if !moved {
            clock.advance(SignedDuration::from_millis(100));
        }
        tokio::task::yield_now().await;
    }
}

fn fault(dice: &mut Dice) -> AppendFault {
    match dice.below(3) {
        0 => AppendFault::ReplyLost,
        1 => AppendFault::RequestLost,
        _ => AppendFault::Away,
    }
}
