//! One place and the processes that live on it one after the other, each held to what was told before.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use application::ports::event_store::Position;
use tokio::time::{Instant, timeout};

use crate::asking::Desk;
use crate::dice::Dice;
use crate::ledger::{Entry, Ledger};
use crate::people::{Crowd, Way, furnishing};
use crate::server::{LIMIT, Server};
use crate::store::FaultStore;

/// People that come at once.
const PEOPLE: u64 = 40;

/// The processes of one place.
pub(crate) struct Lives<P> {
    pub(crate) place: P,
    pub(crate) dice: Dice,
    ledger: Ledger,
    /// What the last process left to be asked for again.
    before: Vec<Entry>,
    /// How long it took from each start until requests could be sent.
    ready: Vec<Duration>,
    /// How many crowds have come; it tells the keys of one from those of others.
    crowds: u64,
}

impl<P: FaultStore> Lives<P> {
    /// With members, cards and books, none of which was held against anything yet.
    pub(crate) async fn furnished(place: P, dice: Dice) -> Self {
        let (ledger, before, ready) = (Ledger::default(), Vec::new(), Vec::new());
        let mut lives = Self { place, dice, ledger, before, ready, crowds: 0 };
        let (server, desk) = lives.started().await;
        for asked in furnishing() {
            let came = asked.send(&desk).await;
            lives.before.push((asked, came));
        }
        drop(server);
        lives
    }

    /// The next process, once everything from before is there, and all of it holds.
    pub(crate) async fn next(&mut self) -> (Server, Desk) {
        let (server, desk) = self.started().await;
        self.ask_again(&desk).await;
        (server, desk)
    }

    /// Asks for everything that was asked for last, and makes sure that it is there once and that all holds.
    pub(crate) async fn ask_again(&mut self, desk: &Desk) {
        self.ledger.take(std::mem::take(&mut self.before), desk).await;
        self.ledger.confirm_some(50, desk).await;
        self.ledger.ask_free_again(desk).await;
        desk.settled().await;
        self.holds().await;
    }

    /// People at the desk, as soon as they got a number of answers that dice choose.
    pub(crate) async fn crowd(&mut self, desk: &Desk, answers_max: u64) -> Crowd {
        let crowd = self.crowd_at(&Way::One(desk.clone()));
        let answers = 1 + self.dice.below(answers_max);
        timeout(LIMIT, crowd.answered(answers)).await.expect("answers");
        crowd
    }

    /// People on this way to their desks.
    pub(crate) fn crowd_at(&mut self, way: &Way) -> Crowd {
        self.crowds += 1;
        Crowd::come(PEOPLE, self.crowds, way, &mut self.dice)
    }

    /// Waits until the people have left; what they asked for is held against the next process. Gives the longest time in
    /// which nobody got an answer.
    pub(crate) async fn left(&mut self, crowd: Crowd) -> Duration {
        // Who waits for a process that stands still gives up after the limit, and not before.
        let (entries, longest_pause) = timeout(2 * LIMIT, crowd.left()).await.expect("people that leave");
        self.before.extend(entries);
        longest_pause
    }

    /// One process that is killed while it starts.
    pub(crate) fn start_in_vain(&mut self) {
        let mut child = self.place.command(&[]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::park_timeout(Duration::from_micros(self.dice.below(60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Lets a moment pass that dice choose.
    pub(crate) async fn any_moment(&mut self, micros_max: u64) {
        let moment = Duration::from_micros(self.dice.below(micros_max));
        timeout(moment, std::future::pending::<()>()).await.unwrap_err();
    }

    /// Holds a last process against everything, lets it end, and says the figures; gives how many commands had been
    /// done although their answer was lost.
    pub(crate) async fn end(mut self, test: &str) -> u64 {
        let (server, _desk) = self.next().await;
        server.signal("TERM");
        let (status, log): (ExitStatus, String) = server.ended();
        assert_eq!(status.code(), Some(0), "{log}");
        self.ready.sort();
        let Ledger { lost, lost_and_done, refused_and_done, .. } = self.ledger;
        let (starts, acknowledged) = (self.ready.len(), self.ledger.acknowledged());
        let (median, most) = (self.ready[starts / 2], self.ready[starts - 1]);
        eprintln!(
            "{test}: {starts} starts, ready after {median:?} (median) and {most:?} (most); {acknowledged} commands \
             acknowledged, {lost} without an answer, of which {lost_and_done} had been done, and {refused_and_done} \
             more after another node had refused them"
        );
        lost_and_done
    }

    /// Starts a process and waits until requests can be sent. Snapshots are rare or at every turn.
    pub(crate) async fn started(&mut self) -> (Server, Desk) {
        let begun = Instant::now();
        let mut start = self.place.command(&["--allow-given-dates"]);
        start.env("RENTAL__SNAPSHOTS__EVERY", if self.dice.one_in(2) { "2" } else { "100" });
        let server = Server::run(start);
        let desk = Desk::at(&server.address);
        desk.until("/readyz", |answer| answer.status == 200).await;
        self.ready.push(begun.elapsed());
        (server, desk)
    }

    /// At rest: every invariant, and the log against the answers.
    async fn holds(&self) {
        let (stores, round) = (self.place.stores().await, self.ready.len());
        let report = timeout(LIMIT, stores.judged()).await.expect("views that can be judged");
        assert!(report.violations.is_empty(), "process {round}: {:#?}", report.violations);
        assert!(report.in_flight.is_empty(), "process {round}: {:?} never ended", report.in_flight);
        self.ledger.stands_in(&stores.events(Position::START).await);
    }
}
