//! What visitors need before they come: members, cards and books of their own, so that runs do not meet.

use futures::StreamExt;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::super::asking::SentCommand;
use super::super::desk::{asking, entering, issuing, registering};
use super::super::{Client, ClientError};
use super::visitors::Visitors;
use super::{Plan, Stage, Watch};

/// How many are made at once.
const AT_ONCE: usize = 16;
/// Room for the books of one run among the numbers there are.
const BOOKS_ROOM: i64 = 1 << 20;

/// What a run has for itself.
#[derive(Debug)]
pub(super) struct Furnished {
    members: Vec<String>,
    books: Vec<i64>,
    /// The day that rents are said to happen on, where the service allows that to be said.
    pub(super) today: Option<Date>,
}

impl Furnished {
    /// Registers members, issues cards and enters books.
    pub(super) async fn make(
        client: &Client,
        plan: &Plan,
        run: &str,
        watch: &Watch,
    ) -> Result<Self, ClientError> {
        let members: Vec<String> = (1..=plan.members).map(|n| format!("{run}-{n}")).collect();
        let first = first_book(plan.run);
        let books: Vec<i64> = (0..i64::from(plan.books)).map(|n| first + n).collect();
        let (registered, issued) = (
            members.iter().map(|id| registering(id, &format!("Visitor {id}"))),
            members.iter().map(|id| issuing(id)),
        );
        let entered = books.iter().map(|&no| entering(no, &format!("Volume {} of {run}", no - first + 1)));
        let all = 2 * u64::from(plan.members) + u64::from(plan.books);
        let mut done = 0;
        // Cards take their name from the member, so members come first.
        for commands in [registered.collect::<Vec<_>>(), issued.collect(), entered.collect()] {
            done = make_all(client, commands, done, all, watch).await?;
        }
        let given = takes_dates(client, plan.today, &members, first, run).await?;
        Ok(Self { members, books, today: given.then_some(plan.today) })
    }

    /// Visitors that know nothing yet.
    pub(super) fn visitors(self, seed: u64) -> Visitors {
        Visitors::new(self.members, self.books, self.today, seed)
    }
}

async fn make_all(
    client: &Client,
    commands: Vec<SentCommand>,
    before: u64,
    all: u64,
    watch: &Watch,
) -> Result<u64, ClientError> {
    let made = commands.into_iter().map(|command| async move { client.ask(&command).await });
    let mut made = futures::stream::iter(made).buffer_unordered(AT_ONCE);
    let mut done = before;
    while let Some(answer) = made.next().await {
        answer?;
        done += 1;
        watch(Stage::Furnishing { done, all });
    }
    Ok(done)
}

/// Finds out whether days may be given by returning a book that was never rented, which is refused one way or the
/// other.
async fn takes_dates(
    client: &Client,
    today: Date,
    members: &[String],
    book: i64,
    run: &str,
) -> Result<bool, ClientError> {
    let Some(member) = members.first() else { return Ok(false) };
    let body = json!({"bookNo": book, "on": today.to_string()});
    let asked = asking(&["rental-cards", member, "return"], body, format!("try-{run}"), None);
    match client.ask(&asked).await {
        Ok(_) => Ok(true),
        Err(error) => match error.problem().map(|problem| problem.slug.as_str()) {
            Some("book-not-held") => Ok(true),
            Some("invalid-fields") => Ok(false),
            Some(_) | None => Err(error),
        },
    }
}

/// A number for the first book of a run: random, with room for all the others behind it, and within what a book's
/// number may be.
fn first_book(id: Uuid) -> i64 {
    let random = (id.as_u128() & ((1 << 32) - 1)) as i64;
    (1 << 32) + random * BOOKS_ROOM
}

#[cfg(test)]
mod tests {
    use domain::BookNo;

    use super::*;

    #[test]
    fn books_of_a_run_have_numbers_that_may_be_and_room_behind_them() {
        for id in [Uuid::nil(), Uuid::max(), Uuid::from_u128(0x0197_0000_1234_5678)] {
            let first = first_book(id);
            assert!(BookNo::parse(first).is_ok(), "{first}");
            assert!(BookNo::parse(first + BOOKS_ROOM - 1).is_ok(), "{first}");
        }
    }
}
