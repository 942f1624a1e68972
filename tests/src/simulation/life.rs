//! One life, from the first book on the shelf to the last check at rest.

use std::sync::Arc;

use application::commands::{Context, Executed};
use application::ports::Ids;
use application::ports::event_store::CommandId;
use domain::book::{Book, BookCommand};
use domain::member::{Member, MemberCommand};
use domain::{Amount, Person, PersonName, Title};
use tokio::task::JoinSet;

use super::chaos;
use super::node::{Serving, context};
use super::people::person;
use super::rest;
use super::trace::Trace;
use super::world::{BOOKS, MEMBERS, World};
use crate::library::{book, member, titled};

/// Lives it.
///
/// # Panics
/// When something does not hold that should.
pub(super) async fn life(seed: u64, trace: &Arc<Trace>) {
    let world = World::of(seed, trace);
    (0..world.count()).for_each(|index| world.start(index));
    furnish(&world).await;
    let chaos = chaos::breaks_loose(&world);
    let mut people = JoinSet::new();
    for number in 0..world.scenario.people {
        people.spawn(person(Arc::clone(&world), number));
    }
    all_end(people).await;
    world.ends();
    all_end(chaos).await;
    rest::comes_to_rest(&world).await;
}

async fn all_end(mut tasks: JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    }
}

/// Everybody has a card; one member is not registered, and one book was never entered.
async fn furnish(world: &World) {
    let node = world.at(0).unwrap_or_else(|| panic!("no node runs"));
    for no in 1..=i64::try_from(BOOKS).unwrap_or(0) {
        let details = titled(book(no), parsed(Title::parse(&format!("Title {no}"))));
        let enter = BookCommand::Enter { details, available: true };
        done(node.commands.execute::<Book>(&book(no), enter, fresh(&node)).await);
    }
    for number in 0..MEMBERS {
        let name = format!("member-{number}");
        let id = member(&name);
        if number + 1 < MEMBERS {
            let person = Person { id: id.clone(), name: parsed(PersonName::parse(&name)) };
            let register = MemberCommand::Register { person, email: None };
            done(node.commands.execute::<Member>(&id, register, fresh(&node)).await);
            let save = MemberCommand::SavePoints { amount: parsed(Amount::parse(30)) };
            done(node.commands.execute::<Member>(&id, save, fresh(&node)).await);
        }
        done(node.desk.issue_card(&id, None, fresh(&node)).await);
    }
}

fn fresh(node: &Serving) -> Context {
    context(CommandId::new(node.ids.next()))
}

fn parsed<T, E: std::fmt::Debug>(value: Result<T, E>) -> T {
    value.expect("a value")
}

fn done<A: application::codec::Aggregate, E: std::fmt::Debug>(answer: Result<Executed<A>, E>) {
    answer.expect("a command that is done");
}
