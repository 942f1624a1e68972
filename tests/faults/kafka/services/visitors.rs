//! Visitors of four services: each asks until there is an answer, whoever is away meanwhile, with the key that makes a
//! repeat known.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::part::Moving;
use crate::asking::Answer;

const MEMBERS: u64 = 12;
/// So few that members want the same ones, and rents are refused and undone.
const BOOKS: u64 = 16;
/// How long one request is sent again and again.
const PATIENCE: Duration = Duration::from_secs(60);
const RENTED_ON: &str = "2026-03-02";
const LATE: &str = "2026-03-20";

/// What all of them were told.
#[derive(Debug, Default)]
struct Told {
    answered: usize,
    accepted: usize,
}

/// All of them.
pub(super) struct Visitors {
    running: JoinSet<BTreeSet<String>>,
    told: watch::Sender<Told>,
    stop: CancellationToken,
}

impl Visitors {
    /// Makes members, cards and books at the desks of cards, books and members, and lets visitors come.
    pub(super) async fn come([rental, book, member, _]: &[Moving; 4]) -> Self {
        for no in 1..=BOOKS {
            let body = json!({"no": no, "title": format!("Title {no}"), "available": true});
            made(book, "/v1/books", &format!("book-{no}"), &body).await;
        }
        let (told, stop) = (watch::Sender::new(Told::default()), CancellationToken::new());
        let mut running = JoinSet::new();
        for number in 0..MEMBERS {
            let id = format!("m-{number}");
            made(member, "/v1/members", &format!("member-{id}"), &json!({"id": id, "name": id})).await;
            let saved = format!("/v1/members/{id}/points/save");
            made(member, &saved, &format!("points-{id}"), &json!({"amount": 10_000})).await;
            let card = json!({"memberId": id, "memberName": id});
            made(rental, "/v1/rental-cards", &format!("card-{id}"), &card).await;
            let (rental, told) = (rental.clone(), told.clone());
            let visitor = Visitor { id, number, asked: 0, rental, told, accepted: BTreeSet::new() };
            running.spawn(visitor.visits(stop.clone()));
        }
        Self { running, told, stop }
    }

    /// Waits until so many more attempts were accepted; `when` is for whoever reads that they were not.
    pub(super) async fn accepted(&self, more: usize, when: &str) {
        let count = |told: &Told| told.accepted;
        self.told(count, more, when).await;
    }

    /// The same of answers, accepted or refused.
    pub(super) async fn answered(&self, more: usize, when: &str) {
        let count = |told: &Told| told.answered;
        self.told(count, more, when).await;
    }

    async fn told(&self, count: fn(&Told) -> usize, more: usize, when: &str) {
        let mut told = self.told.subscribe();
        let wanted = count(&told.borrow()) + more;
        let is_enough = timeout(PATIENCE, told.wait_for(|told| count(told) >= wanted)).await.is_ok();
        assert!(is_enough, "{when}: {wanted} are wanted, and there are {:?}", *self.told.borrow());
    }

    /// Lets everybody finish what was begun; gives the attempts that were accepted.
    pub(super) async fn leave(self) -> BTreeSet<String> {
        self.stop.cancel();
        let all = timeout(2 * PATIENCE, self.running.join_all()).await.expect("visitors that leave");
        all.into_iter().flatten().collect()
    }
}

/// One visitor.
struct Visitor {
    id: String,
    number: u64,
    /// How often this one has asked: it tells the keys from one another, and chooses the books.
    asked: u64,
    rental: Moving,
    told: watch::Sender<Told>,
    accepted: BTreeSet<String>,
}

impl Visitor {
    /// Rents, returns, now and then late, and pays.
    async fn visits(mut self, stop: CancellationToken) -> BTreeSet<String> {
        while !stop.is_cancelled() {
            let book = 1 + (self.number + 5 * self.asked) % BOOKS;
            self.asks("rent", &json!({"bookNo": book, "on": RENTED_ON})).await;
            for held in self.card().await["held"].as_array().cloned().unwrap_or_default() {
                if held["state"] == "RENTED" {
                    let on = if self.asked.is_multiple_of(7) { LATE } else { RENTED_ON };
                    self.asks("return", &json!({"bookNo": held["bookNo"], "on": on})).await;
                }
            }
            let card = self.card().await;
            let owes_only = card["held"].as_array().is_some_and(Vec::is_empty);
            if let (Some(points @ 1..), true) = (card["lateFee"].as_i64(), owes_only) {
                self.asks("clear-overdue", &json!({"points": points})).await;
            }
        }
        self.accepted
    }

    /// Asks until it is accepted or refused; what was accepted names its attempt, also when that is asked again.
    async fn asks(&mut self, what: &str, body: &Value) {
        self.asked += 1;
        let path = format!("/v1/rental-cards/{}/{what}", self.id);
        let key = format!("{}-{}", self.id, self.asked);
        let answer = answered(&self.rental, &path, &key, body).await;
        self.told.send_modify(|told| told.answered += 1);
        if answer.status == 202 {
            let process = answer.json()["processId"].as_str().unwrap().to_owned();
            self.accepted.insert(process);
            self.told.send_modify(|told| told.accepted += 1);
        } else {
            assert_eq!(answer.status, 409, "{path} {body}: {}", answer.text);
        }
    }

    async fn card(&self) -> Value {
        let path = format!("/v1/rental-cards/{}", self.id);
        let (mut again, begun) = (interval(Duration::from_millis(20)), Instant::now());
        loop {
            again.tick().await;
            if let Some(desk) = self.rental.now()
                && let Some(answer) = desk.get(&path).await.filter(|answer| answer.status == 200)
            {
                return answer.json();
            }
            assert!(begun.elapsed() < PATIENCE, "{path} is not answered");
        }
    }
}

async fn made(desk: &Moving, path: &str, key: &str, body: &Value) {
    let answer = answered(desk, path, key, body).await;
    assert!([200, 201].contains(&answer.status), "{path}: {}", answer.text);
}

/// The first answer that says what became of a command.
async fn answered(desk: &Moving, path: &str, key: &str, body: &Value) -> Answer {
    let (mut again, begun) = (interval(Duration::from_millis(20)), Instant::now());
    loop {
        again.tick().await;
        if let Some(desk) = desk.now()
            && let Some(answer) = desk.post(path, key, body).await.filter(|answer| answer.status < 500)
        {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{path} is not answered");
    }
}
