//! People at the desk, many at once: they register, rent, return, are late and pay, until nobody answers any more.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::asking::Desk;
use crate::dice::Dice;
use crate::ledger::{Asked, Came, Entry};

const MEMBERS: u64 = 24;
const BOOKS: u64 = 60;
const RENTED: &str = "rental-card.item-rented";
/// Rents begin on this day, and what is brought back on the last of these is late.
const RENTED_ON: &str = "2026-03-02";
const IN_TIME: &str = "2026-03-05";
const LATE: &str = "2026-03-30";

/// Members with cards and points, and books.
pub(crate) fn furnishing() -> Vec<Asked> {
    let members = (0..MEMBERS).map(member);
    let of_each = |id: String| [registering(&id), issuing(&id), saving(&id, 5_000, format!("first-{id}"))];
    members.flat_map(of_each).chain((1..=BOOKS).map(entering)).collect()
}

/// How people come to a desk.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// To one, until it does not answer.
    One(Desk),
    /// To one of two, and now and then to both at once with the same command, until it is enough.
    Both { desk: Desk, other: Desk, enough: CancellationToken },
}

/// People that come at once, and how many answers they got.
pub(crate) struct Crowd {
    people: JoinSet<Vec<Entry>>,
    answered: Arc<watch::Sender<u64>>,
    /// The longest time between two answers, when there will be no more of them.
    longest_pause: JoinHandle<Duration>,
}

impl Crowd {
    /// So many people; `round` tells their keys from those of others.
    pub(crate) fn come(count: u64, round: u64, way: &Way, dice: &mut Dice) -> Self {
        let (mut people, answered) = (JoinSet::new(), Arc::new(watch::Sender::new(0)));
        for no in 0..count {
            let person = Person {
                name: format!("{round}-{no}"),
                way: way.clone(),
                dice: dice.fork(),
                rented: Vec::new(),
                answered: Arc::clone(&answered),
            };
            people.spawn(person.live());
        }
        let longest_pause = tokio::spawn(longest_pause(answered.subscribe()));
        Self { people, answered, longest_pause }
    }

    /// Waits until they got so many answers that say something.
    pub(crate) async fn answered(&self, count: u64) {
        self.answered.subscribe().wait_for(|answered| *answered >= count).await.unwrap();
    }

    /// Waits until all have left, and gives what they asked for, and the longest time in which nobody got an answer.
    pub(crate) async fn left(self) -> (Vec<Entry>, Duration) {
        let entries = self.people.join_all().await.into_iter().flatten().collect();
        drop(self.answered);
        (entries, self.longest_pause.await.unwrap())
    }
}

async fn longest_pause(mut answered: watch::Receiver<u64>) -> Duration {
    let (mut longest, mut last) = (Duration::ZERO, Instant::now());
    while answered.changed().await.is_ok() {
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
    longest
}

struct Person {
    name: String,
    way: Way,
    dice: Dice,
    /// What was rented and not brought back, as far as is known.
    rented: Vec<(String, u64)>,
    answered: Arc<watch::Sender<u64>>,
}

impl Way {
    const fn desk(&self) -> &Desk {
        match self {
            Self::One(desk) | Self::Both { desk, .. } => desk,
        }
    }

    /// Whether people stay although there was no answer.
    fn goes_on(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Both { enough, .. } => !enough.is_cancelled(),
        }
    }

    /// Sends a command; what came of it, and whether it was the last one.
    async fn send(&self, asked: &Asked, dice: &mut Dice) -> (Came, bool) {
        match self {
            Self::One(desk) => {
                let came = asked.send(desk).await;
                let is_over = came == Came::Unknown;
                (came, is_over)
            }
            Self::Both { desk, other, enough } => {
                let came = match dice.below(4) {
                    0 | 1 => asked.send_to_both(desk, other).await,
                    2 => asked.send(desk).await,
                    _ => asked.send(other).await,
                };
                (came, enough.is_cancelled())
            }
        }
    }
}

impl Person {
    /// Asks until that is over.
    async fn live(mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for turn in 0.. {
            let Some(asked) = self.next(format!("{}-{turn}", self.name)).await else {
                if self.way.goes_on() { continue } else { break }
            };
            let (came, is_over) = self.way.send(&asked, &mut self.dice).await;
            if matches!(came, Came::Acknowledged(_)) && asked.leaves == Some(RENTED) {
                let book = asked.body["bookNo"].as_u64().unwrap();
                self.rented.push((asked.path.clone(), book));
            }
            let says_something = came != Came::Unknown;
            entries.push((asked, came));
            if is_over {
                break;
            }
            if says_something {
                self.answered.send_modify(|answered| *answered += 1);
            }
        }
        entries
    }

    /// What to ask for next; none when nobody says what a card owes.
    async fn next(&mut self, key: String) -> Option<Asked> {
        let who = member(self.dice.below(MEMBERS));
        Some(match self.dice.below(20) {
            0 => registering(&format!("new-{key}")),
            1 | 2 => saving(&who, 1 + self.dice.below(50) as i64, key),
            3 | 4 => {
                let owed = self.way.desk().get(&format!("/v1/rental-cards/{who}")).await?.json();
                clearing(&who, owed["lateFee"].as_i64()?.max(1), key)
            }
            5 => self.marking_overdue(&who, key),
            6..=11 => self.giving_back(key),
            _ => renting(&who, 1 + self.dice.below(BOOKS), key),
        })
    }

    fn giving_back(&mut self, key: String) -> Asked {
        let on = if self.dice.one_in(4) { LATE } else { IN_TIME };
        match self.rented.pop() {
            Some((path, book)) => {
                let path = path.trim_end_matches("rent").to_owned() + "return";
                asked(&path, key, json!({"bookNo": book, "on": on}), Some("rental-card.item-returned"))
            }
            None => renting(&member(self.dice.below(MEMBERS)), 1 + self.dice.below(BOOKS), key),
        }
    }

    fn marking_overdue(&mut self, who: &str, key: String) -> Asked {
        let book = self.rented.last().map_or(1, |(_, book)| *book);
        let path = self.rented.last().map_or_else(|| card(who, "rent"), |(path, _)| path.clone());
        let path = path.trim_end_matches("rent").to_owned() + "overdue";
        asked(&path, key, json!({"bookNo": book}), None)
    }
}

fn member(no: u64) -> String {
    format!("member-{no}")
}

fn card(member: &str, what: &str) -> String {
    format!("/v1/rental-cards/{member}/{what}")
}

/// Registers a member.
pub(crate) fn registering(id: &str) -> Asked {
    let body = json!({"id": id, "name": format!("Name of {id}")});
    asked("/v1/members", format!("register-{id}"), body, Some("member.member-registered"))
}

fn issuing(id: &str) -> Asked {
    asked("/v1/rental-cards", format!("issue-{id}"), json!({"memberId": id}), Some("rental-card.card-issued"))
}

fn entering(no: u64) -> Asked {
    // The answer names the last event.
    let body = json!({"no": no, "title": format!("Title {no}"), "available": true});
    asked("/v1/books", format!("enter-{no}"), body, Some("book.book-made-available"))
}

fn saving(id: &str, amount: i64, key: String) -> Asked {
    asked(
        &format!("/v1/members/{id}/points/save"),
        key,
        json!({"amount": amount}),
        Some("member.points-saved"),
    )
}

fn renting(id: &str, book: u64, key: String) -> Asked {
    asked(&card(id, "rent"), key, json!({"bookNo": book, "on": RENTED_ON}), Some(RENTED))
}

fn clearing(id: &str, points: i64, key: String) -> Asked {
    asked(&card(id, "clear-overdue"), key, json!({"points": points}), Some("rental-card.clearing-requested"))
}

fn asked(path: &str, key: String, body: Value, leaves: Option<&'static str>) -> Asked {
    Asked { path: path.to_owned(), key, body, leaves }
}
