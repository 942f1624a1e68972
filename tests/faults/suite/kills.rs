//! Killed at any moment under load, and started again on the same place.

use std::time::Duration;

use application::ports::event_store::Position;
use tokio::time::{Instant, timeout};

use super::Store;
use crate::asking::Desk;
use crate::dice::{Dice, asked};
use crate::ledger::{Entry, Ledger};
use crate::people::{Crowd, furnishing};
use crate::server::{LIMIT, Server};
use crate::store::Place;

/// The variable that says how often it is killed.
const ROUNDS: &str = "FAULTS_ROUNDS";
const ROUNDS_USUAL: u64 = 20;
const PEOPLE: u64 = 40;
/// At most so many answers before a kill.
const ANSWERS_MAX: u64 = 300;

/// T11, T72, I1 to I8: what was acknowledged is there once, what got no answer is done once when it is asked for again, and
/// views are what the log says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_kills_at_any_moment_and_nothing_is_done_twice() {
    let Some(store) = Store::fresh().await else { return };
    let mut rounds = Rounds { store, dice: Dice::of("kills"), ledger: Ledger::default(), ready: Vec::new() };
    let count = asked(ROUNDS).unwrap_or(ROUNDS_USUAL);
    let mut before = rounds.furnish().await;
    for round in 1..=count {
        before = rounds.live(round, before).await;
    }
    rounds.end(before).await;
}

struct Rounds {
    store: Store,
    dice: Dice,
    ledger: Ledger,
    /// How long it took from each start until requests could be sent.
    ready: Vec<Duration>,
}

impl Rounds {
    async fn furnish(&mut self) -> Vec<Entry> {
        let (server, desk) = self.start().await;
        let mut entries = Vec::new();
        for asked in furnishing() {
            let came = asked.send(&desk).await;
            entries.push((asked, came));
        }
        drop(server);
        entries
    }

    /// One life: everything from before is there, people come, and it is killed among them.
    async fn live(&mut self, round: u64, before: Vec<Entry>) -> Vec<Entry> {
        self.start_in_vain();
        let (server, desk) = self.start().await;
        self.ledger.take(before, &desk).await;
        self.ledger.confirm_some(50, &desk).await;
        desk.settled().await;
        self.holds(round).await;
        let crowd = Crowd::come(PEOPLE, round, &desk, &mut self.dice);
        let answers = 1 + self.dice.below(ANSWERS_MAX);
        timeout(LIMIT, crowd.answered(answers)).await.expect("answers");
        self.any_moment(20_000).await;
        drop(server); // which kills it
        timeout(LIMIT, crowd.left()).await.expect("people that leave")
    }

    async fn end(&mut self, before: Vec<Entry>) {
        let (server, desk) = self.start().await;
        self.ledger.take(before, &desk).await;
        desk.settled().await;
        self.holds(0).await;
        server.signal("TERM");
        assert_eq!(server.ended().0.code(), Some(0));
        self.ready.sort();
        let Ledger { lost, lost_and_done, .. } = self.ledger;
        let (median, most) = (self.ready[self.ready.len() / 2], self.ready[self.ready.len() - 1]);
        eprintln!(
            "kills: {} starts, ready after {median:?} (median) and {most:?} (most); {} commands acknowledged, {lost} without \
             an answer, of which {lost_and_done} had been done",
            self.ready.len(),
            self.ledger.acknowledged(),
        );
    }

    /// Starts it and waits until requests can be sent.
    async fn start(&mut self) -> (Server, Desk) {
        let begun = Instant::now();
        let server = self.store.start(&["--allow-given-dates"]);
        let desk = Desk::at(&server.address);
        desk.until("/readyz", |answer| answer.status == 200).await;
        self.ready.push(begun.elapsed());
        (server, desk)
    }

    /// Now and then one is killed while it starts.
    fn start_in_vain(&mut self) {
        if self.dice.one_in(3) {
            let mut child = self.store.command(&[]).stderr(std::process::Stdio::null()).spawn().unwrap();
            let moment = Duration::from_micros(self.dice.below(60_000));
            std::thread::park_timeout(moment);
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    async fn any_moment(&mut self, micros: u64) {
        let moment = Duration::from_micros(self.dice.below(micros));
        timeout(moment, std::future::pending::<()>()).await.unwrap_err();
    }

    /// At rest: every invariant, and the log against the answers.
    async fn holds(&self, round: u64) {
        let stores = self.store.stores().await;
        let report = stores.report().await;
        assert!(report.violations.is_empty(), "round {round}: {:#?}", report.violations);
        assert!(report.in_flight.is_empty(), "round {round}: {:?} never ended", report.in_flight);
        assert!(report.unjudged.is_empty(), "round {round}: {:?}", report.unjudged);
        self.ledger.stands_in(&stores.events(Position::START).await);
    }
}
