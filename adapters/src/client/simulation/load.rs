//! The open loop: requests begin when they are due, and how long they take is counted from then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::super::{Client, ClientError};
use super::action::{ActionKind, Came, Request};
use super::outcome::Visited;
use super::schedule::Schedule;
use super::tally::{Answered, Tally};
use super::visitors::Visitors;
use super::{Stage, Watch};

/// How long after the last one was due requests may still begin, when the service is slower than the pace.
const PATIENCE: Duration = Duration::from_secs(30);

/// Visitors on their way to a service.
pub(super) struct Load {
    client: Client,
    run: String,
    visitors: Arc<Mutex<Visitors>>,
    places: Arc<Semaphore>,
}

/// What one visit came to: a request, perhaps the same again, and whether that was answered otherwise.
type Visit = (Vec<Answered>, Option<String>);

impl Load {
    pub(super) fn new(client: Client, visitors: Visitors, run: &str, in_flight_max: usize) -> Self {
        let places = Arc::new(Semaphore::new(in_flight_max.clamp(1, Semaphore::MAX_PERMITS)));
        Self { client, run: run.to_owned(), visitors: Arc::new(Mutex::new(visitors)), places }
    }

    /// Lets all requests begin, and waits for their answers.
    pub(super) async fn run(self, schedule: Schedule, watch: &Watch) -> Visited {
        let (mut visits, mut visited) = (JoinSet::new(), Visited::default());
        let begin = Instant::now();
        let give_up = begin + schedule.at(schedule.count) + PATIENCE;
        visited.planned = schedule.count;
        for number in 0..schedule.count {
            let due = begin + schedule.at(number);
            sleep_until(due).await;
            let Some((place, late)) = self.place(give_up).await else { break };
            visited.begun += 1;
            visited.late += u64::from(late);
            visits.spawn(self.visit(due, place));
            while let Some(visit) = visits.try_join_next() {
                visited.take(visit);
            }
            watch(Stage::Visiting { done: number + 1, all: schedule.count });
        }
        while let Some(visit) = visits.join_next().await {
            visited.take(visit);
        }
        visited.took = begin.elapsed();
        visited
    }

    /// A place among those in flight, and whether it had to be waited for; none when that took too long.
    async fn place(&self, give_up: Instant) -> Option<(OwnedSemaphorePermit, bool)> {
        let places = Arc::clone(&self.places);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            return Some((place, false));
        }
        match timeout_at(give_up, places.acquire_owned()).await {
            Ok(Ok(place)) => Some((place, true)),
            // Too late, or closed, which nobody does.
            Ok(Err(_)) | Err(_) => None,
        }
    }

    fn visit(&self, due: Instant, place: OwnedSemaphorePermit) -> impl Future<Output = Visit> + use<> {
        let (client, visitors) = (self.client.clone(), Arc::clone(&self.visitors));
        let request = open(&visitors).next(&self.run);
        async move {
            let answer = request.send(&client).await;
            let micros = micros_since(due);
            let repeats = {
                let mut visitors = open(&visitors);
                visitors.learn(&request.deed, &answer);
                visitors.repeats()
            };
            let repeated = match (&answer, repeats) {
                (Ok(first), true) => again(&client, &request, first).await,
                (Ok(_) | Err(_), _) => None,
            };
            drop(place);
            let mut answered = vec![Answered { kind: request.deed.kind(), micros, answer }];
            let (repeat, wrong) = repeated.unzip();
            answered.extend(repeat);
            (answered, wrong.flatten())
        }
    }
}

impl Visited {
    fn take(&mut self, visit: Result<Visit, JoinError>) {
        match visit {
            Ok((answered, wrong)) => {
                answered.into_iter().for_each(|answered| self.tally.count(answered));
                self.wrong.extend(wrong);
            }
            Err(error) => self.wrong.push(format!("a visit broke off: {error}")),
        }
    }
}

/// Sends the same once more, with the same key: it has to get the first answer.
async fn again(client: &Client, request: &Request, first: &Came) -> Option<(Answered, Option<String>)> {
    let place = place_of(first)?;
    let begun = Instant::now();
    let answer = request.send(client).await;
    let wrong = match &answer {
        Ok(came) if place_of(came).as_ref() == Some(&place) => None,
        Ok(_) => Some(format!("{} was answered otherwise when it was sent again", request.key)),
        Err(error) if is_refused(error) => {
            Some(format!("{} was done, and refused when it was sent again: {error}", request.key))
        }
        Err(_) => None, // No answer is no other answer; it is counted as failed.
    };
    Some((Answered { kind: ActionKind::Repeat, micros: micros_since(begun), answer }, wrong))
}

/// What a repeat has to name again: the process and the place in the log; none of what is only read.
fn place_of(came: &Came) -> Option<(Option<String>, u64)> {
    match came {
        Came::Started(accepted) => Some((Some(accepted.process.clone()), accepted.position)),
        Came::Done(position) => Some((None, *position)),
        Came::Card(_) | Came::Shown => None,
    }
}

fn is_refused(error: &ClientError) -> bool {
    error.problem().is_some_and(|problem| problem.status < 500)
}

fn micros_since(instant: Instant) -> u64 {
    u64::try_from(instant.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn open(visitors: &Mutex<Visitors>) -> MutexGuard<'_, Visitors> {
    visitors.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nothing was begun yet.
impl Default for Visited {
    fn default() -> Self {
        Self {
            planned: 0,
            begun: 0,
            late: 0,
            took: Duration::ZERO,
            tally: Tally::default(),
            wrong: Vec::new(),
        }
    }
}
