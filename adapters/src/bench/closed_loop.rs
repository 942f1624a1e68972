//! The closed loop: clients that each have one command under way, and send the next when it is answered.

use std::sync::Arc;
use std::time::Duration;

use application::codec::Aggregate;
use application::commands::Commands;
use application::ports::event_store::Position;
use domain::member::{Member, MemberCommand};
use domain::{Amount, MemberId, Person, PersonName};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Bench;
use super::counting::Counting;
use super::error::BenchError;
use super::fixture::Site;
use super::measured::{Measured, Times};

/// Commands under way while a place is filled.
pub(super) const FILLING_AT_ONCE: usize = 256;

/// Members in a store, and the write path to them.
pub(super) struct Loop {
    pub(super) site: Site,
    pub(super) commands: Commands,
    counting: Arc<Counting>,
    members: Arc<[MemberId]>,
    bench: Bench,
}

impl Loop {
    /// Registers the members whose streams are written to.
    pub(super) async fn over(bench: &Bench, site: Site, streams: u32) -> Result<Self, BenchError> {
        let counting = Counting::new(Arc::clone(&site.store));
        let commands = bench.start_commands(Arc::clone(&counting) as _);
        let members: Result<Vec<_>, _> =
            (0..streams.max(1)).map(|number| member(u64::from(number))).collect();
        let registered = stream::iter(members?).map(|member| async {
            bench.register(&commands, &member).await?;
            Ok::<_, BenchError>(member)
        });
        let members: Vec<_> = registered.buffered(FILLING_AT_ONCE).try_collect().await?;
        Ok(Self { site, commands, counting, members: members.into(), bench: bench.clone() })
    }

    /// Where the log ends.
    pub(super) async fn head(&self) -> Result<Position, BenchError> {
        head_of(&self.site).await
    }

    /// Lets the clients go for so long. What is under way then is finished and counts.
    pub(super) async fn drive(&self, clients: u32, length: Duration) -> Result<Measured, BenchError> {
        let times = Arc::new(Times::none()?);
        let (before, begun) = (self.counting.so_far(), self.bench.begin());
        let mut running = JoinSet::new();
        for client in 0..clients {
            running.spawn(self.client(client, clients, begun.at + length, Arc::clone(&times)));
        }
        let mut count = 0;
        while let Some(ended) = running.join_next().await {
            count += ended.map_err(BenchError::inside("running a client"))??;
        }
        let batch = self.counting.so_far().batch_since(&before);
        let times = Times::of_ended(times)?;
        Ok(Measured { batch, ..Measured::since(&begun, count, times) })
    }

    /// Saves points, member after member of its own, and says how often.
    fn client(
        &self,
        client: u32,
        clients: u32,
        until: Instant,
        times: Arc<Times>,
    ) -> impl Future<Output = Result<u64, BenchError>> + use<> {
        let (commands, members, bench) =
            (self.commands.clone(), Arc::clone(&self.members), self.bench.clone());
        let own = Share::of(client, clients, members.len());
        async move {
            let mut count = 0;
            loop {
                let begun = Instant::now();
                if begun >= until {
                    return Ok(count);
                }
                bench.save(&commands, &members[own.nth(count)]).await?;
                times.keep_since(begun);
                count += 1;
            }
        }
    }
}

/// Where the log of a site ends.
pub(super) async fn head_of(site: &Site) -> Result<Position, BenchError> {
    let head = site.store.head().await.map_err(BenchError::store("looking for the end of the log"))?;
    Ok(head.position)
}

/// The streams of one client: others have them only when there are fewer streams than clients.
pub(super) struct Share {
    first: usize,
    count: usize,
}

impl Share {
    pub(super) const fn of(client: u32, clients: u32, streams: usize) -> Self {
        let (client, clients) = (client as usize, clients as usize);
        match streams / clients {
            0 => Self { first: client % streams, count: 1 },
            count => Self { first: client * count, count },
        }
    }

    pub(super) const fn nth(&self, number: u64) -> usize {
        self.first + (number % self.count as u64) as usize
    }
}

impl Bench {
    pub(super) fn start_commands(&self, store: Arc<dyn application::ports::EventStore>) -> Commands {
        Commands::start(store, Arc::clone(&self.clock), Arc::clone(&self.ids), self.commands.clone())
    }

    pub(super) async fn register(&self, commands: &Commands, member: &MemberId) -> Result<(), BenchError> {
        let person = Person { id: member.clone(), name: PersonName::from_id(member) };
        self.ask(commands, member, MemberCommand::Register { person, email: None }).await
    }

    pub(super) async fn save(&self, commands: &Commands, member: &MemberId) -> Result<(), BenchError> {
        let amount = Amount::parse(1).map_err(BenchError::inside("choosing an amount"))?;
        self.ask(commands, member, MemberCommand::SavePoints { amount }).await
    }

    async fn ask(
        &self,
        commands: &Commands,
        member: &MemberId,
        command: MemberCommand,
    ) -> Result<(), BenchError> {
        let done = commands.execute::<Member>(member, command, self.context()).await;
        done.map(|_| ()).map_err(BenchError::inside("doing a command"))
    }
}

/// The member with this number.
pub(super) fn member(number: u64) -> Result<MemberId, BenchError> {
    MemberId::parse(&format!("bench-{number:07}")).map_err(BenchError::inside("naming a member"))
}

/// The stream of a member.
pub(super) fn stream_of(member: &MemberId) -> application::ports::event_store::StreamName {
    Member::stream(member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_do_not_meet_while_there_are_enough_streams() {
        let mut seen = std::collections::BTreeSet::new();
        for client in 0..32 {
            let share = Share::of(client, 32, 10_000);
            for number in 0..share.count as u64 {
                assert!(seen.insert(share.nth(number)), "{client}");
            }
            assert_eq!(share.nth(0), share.nth(share.count as u64));
        }
        assert!(seen.last().unwrap() < &10_000);
    }

    #[test]
    fn few_streams_are_shared_evenly() {
        let firsts: Vec<_> = (0..6).map(|client| Share::of(client, 6, 3).nth(5)).collect();
        assert_eq!(firsts, [0, 1, 2, 0, 1, 2]);
    }
}
