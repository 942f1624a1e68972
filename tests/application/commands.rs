//! The command path: what is answered, what is written, and what happens when the store misbehaves.

mod conflicts;
mod doubt;
mod faults;
mod listing;
mod repeats;
mod restored;
mod snapshots;
mod titles;

use std::sync::Arc;

use adapters::memory::MemoryEventStore;
use application::codec::{Actor, Fingerprint};
use application::commands::{CommandErrorOf, CommandSettings, Commands, Context, Executed};
use application::ports::EventStore;
use application::ports::event_store::{CommandId, LogId, Position, Recorded, Types};
use domain::member::{Member, MemberCommand};
use domain::{Amount, MemberId, Person, PersonName};
use tests::clock::{CountedIds, StoppedClock};
use tests::faulty_store::FaultyStore;
use uuid::Uuid;

/// A node: a command path of its own, with its own cache, over a store that others may share.
struct Node {
    commands: Commands,
    store: Arc<FaultyStore>,
}

impl Node {
    fn alone() -> Self {
        Self::over(
            Arc::new(MemoryEventStore::new(LogId::new(Uuid::from_u128(7)))),
            1,
            CommandSettings::default(),
        )
    }

    /// Two nodes over one store.
    fn two() -> (Self, Self) {
        let store: Arc<dyn EventStore> = Arc::new(MemoryEventStore::new(LogId::new(Uuid::from_u128(7))));
        (
            Self::over(Arc::clone(&store), 1, CommandSettings::default()),
            Self::over(store, 2, CommandSettings::default()),
        )
    }

    fn over(store: Arc<dyn EventStore>, seed: u64, settings: CommandSettings) -> Self {
        let store = FaultyStore::around(store);
        let clock = Arc::new(StoppedClock::at_noon_of(jiff::civil::date(2026, 11, 22)));
        let commands =
            Commands::start(Arc::clone(&store) as _, clock, Arc::new(CountedIds::new(seed)), settings);
        Self { commands, store }
    }

    async fn member(
        &self,
        command: MemberCommand,
        context: Context,
    ) -> Result<Executed<Member>, CommandErrorOf<Member>> {
        self.commands.execute::<Member>(&jenny(), command, context).await
    }

    async fn registered(self) -> Self {
        self.member(register(), context(1)).await.unwrap();
        self
    }

    async fn log(&self) -> Vec<Recorded> {
        self.store.read_log(Position::START, &Types::new(), 100_000).await.unwrap().events
    }
}

fn jenny() -> MemberId {
    MemberId::parse("jenny").unwrap()
}

fn register() -> MemberCommand {
    MemberCommand::Register {
        person: Person { id: jenny(), name: PersonName::parse("제니").unwrap() },
        email: None,
    }
}

fn save(amount: i64) -> MemberCommand {
    MemberCommand::SavePoints { amount: Amount::parse(amount).unwrap() }
}

fn spend(amount: i64) -> MemberCommand {
    MemberCommand::UsePoints { amount: Amount::parse(amount).unwrap() }
}

/// The context of a request with this key; its body is the same each time.
fn context(key: u128) -> Context {
    Context {
        command: CommandId::new(Uuid::from_u128(key)),
        fingerprint: Fingerprint(key),
        former_fingerprint: None,
        actor: Actor::Anonymous,
        causation: None,
        traceparent: None,
        if_version: None,
    }
}

fn points(executed: &Executed<Member>) -> i64 {
    points_of(&executed.state)
}

fn points_of(member: &Member) -> i64 {
    match member {
        Member::Registered { points, .. } => points.value(),
        Member::Unknown => panic!("not registered"),
    }
}
