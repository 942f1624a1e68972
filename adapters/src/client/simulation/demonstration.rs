//! A library to look at: furnished when it is new, and visited without end.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::super::asking::{Piece, SentCommand};
use super::super::desk::{asking, issuing, registering};
use super::super::{Client, ClientError};
use super::library::{BOOKS, MEMBERS, ShelvedBook};
use super::visitors::Visitors;

/// How often somebody asks for something.
const VISIT_EVERY: Duration = Duration::from_millis(500);
/// How long to wait before furnishing is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// How many members come to a library that others have furnished.
const GUESTS: u32 = 6;
/// How many commands furnish at once.
const AT_ONCE: usize = 8;

/// What a demonstration begins with.
#[derive(Debug, Clone)]
pub struct Demonstration {
    /// Begins the keys of its requests, and the ids of its members in a library that was furnished before.
    pub run: Uuid,
    /// The day it is there; rents are said to have happened up to three weeks before.
    pub today: Date,
    /// Whether the library is new: then it gets books and members.
    pub is_new: bool,
}

/// Lets members rent, return, be late and pay, two requests a second, until `stop` resolves. What is refused or fails is
/// learnt from; a service that is away is asked again.
pub async fn demonstrate(client: &Client, plan: &Demonstration, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let run = format!("demo-{}", plan.run.simple());
    let visitors = tokio::select! {
        () = &mut stop => return,
        visitors = furnished(client, plan, &run) => visitors,
    };
    let Some(mut visitors) = visitors else {
        tracing::warn!(
            "the library has no book that could be rented, so nobody comes; enter some and start again"
        );
        return stop.await;
    };
    let mut every = interval(VISIT_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_away = false;
    loop {
        let visit = async {
            every.tick().await;
            let request = visitors.next(&run);
            (request.send(client).await, request)
        };
        let (answer, request) = tokio::select! {
            () = &mut stop => return,
            visit = visit => visit,
        };
        visitors.learn(&request.deed, &answer);
        is_away = told(answer.err().filter(ClientError::is_away), is_away);
    }
}

/// Says when the service is away, and when it is back.
fn told(away: Option<ClientError>, was_away: bool) -> bool {
    match (&away, was_away) {
        (Some(error), false) => tracing::warn!(%error, "members of the demonstration get no answers"),
        (None, true) => tracing::info!("members of the demonstration get answers again"),
        (Some(_), true) | (None, false) => {}
    }
    away.is_some()
}

/// Those who come, once all that they need is there; none when there is no book.
async fn furnished(client: &Client, plan: &Demonstration, run: &str) -> Option<Visitors> {
    loop {
        match furnish(client, plan, run).await {
            Ok((_, books)) if books.is_empty() => return None,
            Ok((members, books)) => {
                tracing::info!(
                    members = members.len(),
                    books = books.len(),
                    "members of the demonstration come"
                );
                let seed = plan.run.as_u128() as u64;
                return Some(Visitors::new(members, books, Some(plan.today), seed).over_weeks());
            }
            Err(error) => {
                tracing::warn!(%error, "the library cannot be furnished yet; it is tried again");
                sleep(RETRY_AFTER).await;
            }
        }
    }
}

async fn furnish(
    client: &Client,
    plan: &Demonstration,
    run: &str,
) -> Result<(Vec<String>, Vec<i64>), ClientError> {
    let guests = || (1..=GUESTS).map(|n| (format!("{run}-{n}"), format!("Guest {n}")));
    let members: Vec<(String, String)> = if plan.is_new {
        MEMBERS.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect()
    } else {
        tracing::warn!("the library is not new: it keeps its books and members, and {GUESTS} more come");
        guests().collect()
    };
    // Cards take their name from the member, so members come first.
    made(client, members.iter().map(|(id, name)| registering(id, name)).collect()).await?;
    made(client, members.iter().map(|(id, _)| issuing(id)).collect()).await?;
    if plan.is_new {
        made(client, BOOKS.iter().map(entering).collect()).await?;
    }
    let books: Piece<Listed> = client.piece(&["books"], &[], None).await?;
    let books = if plan.is_new {
        BOOKS.iter().map(|book| book.no).collect()
    } else {
        books.items.into_iter().map(|book| book.no).collect()
    };
    Ok((members.into_iter().map(|(id, _)| id).collect(), books))
}

async fn made(client: &Client, commands: Vec<SentCommand>) -> Result<(), ClientError> {
    let made = commands.into_iter().map(|command| async move { client.ask(&command).await });
    let mut made = futures::stream::iter(made).buffer_unordered(AT_ONCE);
    while let Some(answer) = made.next().await {
        answer?;
    }
    Ok(())
}

fn entering(book: &ShelvedBook) -> SentCommand {
    let ShelvedBook { no, title, author, classification } = book;
    let body = json!({
        "no": no, "title": title, "author": author, "classification": classification,
        "source": "SUPPLY", "location": if no % 2 == 0 { "PANGYO" } else { "JEONGJA" }, "available": true,
    });
    asking(&["books"], body, format!("demo-book-{no}"), None)
}

#[derive(Deserialize)]
struct Listed {
    no: i64,
}
