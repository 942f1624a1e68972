//! Random commands from many tasks, on two nodes with caches of their own, while all processors run and the store
//! misbehaves: at rest every invariant holds, and what was answered is what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use application::commands::{CommandError, Context};
use application::ports::event_store::CommandId;
use application::processing::{Processor, Step};
use application::verify::{Report, verify};
use domain::book::{Book, BookCommand};
use domain::member::{Member, MemberCommand};
use domain::{Amount, BookNo, Date, MemberId};
use jiff::SignedDuration;
use tests::clock::StoppedClock;
use tests::faulty_store::AppendFault;
use tests::library::{Library, book, member};
use uuid::Uuid;

const TASKS: u64 = 8;
const COMMANDS_PER_TASK: u64 = 120;
const MEMBERS: u64 = 6;
const BOOKS: u64 = 12;

/// Dice that can be thrown again: xorshift64*.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

/// I1 to I8, under load.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_many_people_do_at_once_every_invariant_holds_at_rest() {
    for seed in 1..=12 {
        let report = lived_through(seed).await;
        assert!(report.violations.is_empty(), "seed {seed}: {:#?}", report.violations);
        assert!(report.in_flight.is_empty(), "seed {seed}: {:?} never ended", report.in_flight);
        assert!(report.by_hand.is_empty(), "seed {seed}: {:?} need an operator", report.by_hand);
        assert!(report.ended > 50, "seed {seed}: only {} attempts ended", report.ended);
        assert!(report.unjudged.is_empty(), "seed {seed}: {:?}", report.unjudged);
    }
}

async fn lived_through(seed: u64) -> Report {
    let mut one = Library::open();
    let two = one.second_node(1_000 + seed);
    furnish(&one).await;
    let processors = std::mem::take(&mut one.processors);
    let (one, two, over) = (Arc::new(one), Arc::new(two), Arc::new(AtomicBool::new(false)));
    let stepping =
        tokio::spawn(step_until_idle(processors, Arc::clone(&one.stores.clock), Arc::clone(&over)));
    let people: Vec<_> = (0..TASKS)
        .map(|task| {
            let node = Arc::clone(if task % 2 == 0 { &one } else { &two });
            tokio::spawn(live(node, task, Dice::new(seed * 1_000 + task)))
        })
        .collect();
    for person in people {
        person.await.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    stepping.await.unwrap();
    verify(&*one.stores.log, &*one.stores.tokens).await.unwrap()
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

async fn live(node: Arc<Library>, task: u64, mut dice: Dice) {
    for turn in 0..COMMANDS_PER_TASK {
        if dice.below(40) == 0 {
            node.stores.log.next_append(fault(&mut dice));
        }
        let id = Uuid::from_u128(u128::from(task) << 64 | u128::from(turn) | 1 << 100);
        let context = Context { command: CommandId::new(id), ..node.context() };
        let deed = Deed::any(&mut dice);
        let first = deed.on(&node, context.clone()).await;
        if dice.below(6) == 0 {
            same_again(&first, &deed.on(&node, context).await);
        }
        // The processors share two cores with everybody; they are to work beside the people, not after them.
        for _ in 0..dice.below(60) {
            tokio::task::yield_now().await;
        }
    }
}

fn fault(dice: &mut Dice) -> AppendFault {
    match dice.below(3) {
        0 => AppendFault::ReplyLost,
        1 => AppendFault::RequestLost,
        _ => AppendFault::Away,
    }
}

/// What a command came to: where its last event stands, or that it left none.
#[derive(Debug, PartialEq)]
enum Came {
    To(u64),
    Nothing,
    Refused,
    Unsure,
}

/// A repeat finds what was done; what left nothing may be decided otherwise now.
fn same_again(first: &Came, again: &Came) {
    if let (Came::To(first), Came::To(again)) = (first, again) {
        assert_eq!(first, again, "a repeat was done again");
    }
    if let Came::To(_) = first {
        assert!(matches!(again, Came::To(_) | Came::Unsure), "what was done is not found again: {again:?}");
    }
}

#[derive(Debug, Clone)]
enum Deed {
    Rent(MemberId, BookNo),
    Return(MemberId, BookNo, Date),
    MarkOverdue(MemberId, BookNo),
    Clear(MemberId, Amount),
    Save(MemberId, Amount),
    Spend(MemberId, Amount),
    Withdraw(BookNo),
    Shelve(BookNo),
}

impl Deed {
    fn any(dice: &mut Dice) -> Self {
        let who = member(&format!("member-{}", dice.below(MEMBERS)));
        let no = book(1 + dice.below(BOOKS + 1) as i64);
        let few = Amount::parse(1 + dice.below(20) as i64).unwrap();
        let on = Date::constant(2026, 3, 2).saturating_add(jiff::Span::new().days(dice.below(18) as i64));
        match dice.below(20) {
            0..=6 => Self::Rent(who, no),
            7..=12 => Self::Return(who, no, on),
            13 => Self::MarkOverdue(who, no),
            14..=15 => Self::Clear(who, Amount::parse(10 * (1 + dice.below(4) as i64)).unwrap()),
            16 => Self::Save(who, few),
            17 => Self::Spend(who, few),
            18 => Self::Withdraw(no),
            _ => Self::Shelve(no),
        }
    }

    async fn on(&self, node: &Library, context: Context) -> Came {
        let desk = &node.desk;
        match self.clone() {
            Self::Rent(who, no) => came(desk.rent(&who, no, None, None, context).await),
            Self::Return(who, no, on) => came(desk.return_item(&who, no, Some(on), context).await),
            Self::MarkOverdue(who, no) => came(desk.mark_overdue(&who, no, context).await),
            Self::Clear(who, points) => came(desk.clear_overdue(&who, points, context).await),
            Self::Save(who, amount) => came(
                node.commands.execute::<Member>(&who, MemberCommand::SavePoints { amount }, context).await,
            ),
            Self::Spend(who, amount) => came(
                node.commands.execute::<Member>(&who, MemberCommand::UsePoints { amount }, context).await,
            ),
            Self::Withdraw(no) => {
                came(node.commands.execute::<Book>(&no, BookCommand::Withdraw, context).await)
            }
            Self::Shelve(no) => {
                came(node.commands.execute::<Book>(&no, BookCommand::MakeAvailable, context).await)
            }
        }
    }
}

fn came<A: application::codec::Aggregate>(
    answer: Result<application::commands::Executed<A>, application::commands::CommandErrorOf<A>>,
) -> Came {
    match answer {
        Ok(executed) if executed.events.is_empty() => Came::Nothing,
        Ok(executed) => Came::To(executed.position.value()),
        Err(CommandError::Refused(_)) => Came::Refused,
        Err(
            CommandError::Unavailable { .. }
            | CommandError::OutcomeUnknown { .. }
            | CommandError::Contended { .. },
        ) => Came::Unsure,
        Err(error) => panic!("{error}"),
    }
}
