//! The one who looks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::rental_card::attempt::Status;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::timeout;

use super::command_times::{AnswerTimes, CommandTimes};
use super::deadlines::{DeadlineSight, Unseen};
use super::rates::Course;
use super::series::{Point, Seen, Series};
use crate::control::Control;
use crate::ports::Clock;
use crate::ports::event_store::Head;
use crate::ports::process_view::ProcessQuery;
use crate::ports::token_store::{NodeId, ProcessorName};
use crate::processing::{ProcessorStatus, SourceKind, cause_of};
use crate::queries::{Queries, QueryError};
use crate::services::Services;

/// How old what was seen may be before it is looked at anew: twice as old as it gets where somebody looks each second.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(2);
/// How long a look may take, where something else can be shown.
const LOOK_LIMIT: Duration = Duration::from_secs(3);
/// How often attempts are counted, which reads up to [`ATTEMPTS_MAX`] rows for each status.
const COUNT_EVERY: SignedDuration = SignedDuration::from_secs(5);
/// The most attempts of a status that are counted.
const ATTEMPTS_MAX: usize = 100;
/// Over how many looks the times of commands are taken: ten, of a second each.
const LOOKS: usize = 10;

/// Looks how the service does. Cheap to clone; all clones show the same.
#[derive(Clone)]
pub struct Monitor(Arc<MonitorState>);

struct MonitorState {
    ports: MonitorPorts,
    times: CommandTimes,
    courses: Mutex<Courses>,
    /// How many looks have begun.
    begun: AtomicU64,
    latest: watch::Sender<Option<Arc<Sample>>>,
    deadlines: DeadlineSight,
}

/// What it looks at.
struct MonitorPorts {
    control: Control,
    queries: Queries,
    services: Services,
    clock: Arc<dyn Clock>,
    node: NodeId,
    since: Timestamp,
}

/// What was seen.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Where the log ended.
    pub head: Head,
    /// How many events came a second, over the last ten; none at the first look.
    pub events_per_s: Option<f64>,
    /// How many commands this process answered a second, over the last ten; none at the first look.
    pub commands_per_s: Option<f64>,
    /// How long the commands of the last ten seconds took that this process answered.
    pub commands: AnswerTimes,
    /// The processors, in the order of their names' list.
    pub processors: Vec<WatchedProcessor>,
    /// How many attempts are not over; none where this process has no view of them, or it cannot be read.
    pub attempts: Option<AttemptCounts>,
    /// Of which views deadlines are not looked at, and why; none where this process looks at none.
    pub unseen: Option<Unseen>,
    /// The last quarter of an hour, oldest first.
    pub points: Vec<Point>,
}

/// How a processor stands, and how fast it goes on.
#[derive(Debug, Clone)]
pub struct WatchedProcessor {
    /// How it stands.
    pub status: ProcessorStatus,
    /// How many events lie before it.
    pub lag_events: u64,
    /// How many events it passes a second, over the last ten; none at the first look.
    pub rate: Option<f64>,
}

/// How many attempts are not over; of each kind a hundred are counted at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptCounts {
    /// Those that somebody has to look at.
    pub in_review: usize,
    /// Those that go on by themselves.
    pub in_flight: usize,
}

/// What earlier looks have left.
#[derive(Default)]
struct Courses {
    /// The number of the look that was told of last.
    told: u64,
    head: Course,
    commands: Course,
    answered: u64,
    last_head: Option<Head>,
    times: Vec<AnswerTimes>,
    processors: BTreeMap<ProcessorName, Course>,
    series: Series,
    attempts: Option<(Timestamp, Option<AttemptCounts>)>,
}

impl Monitor {
    /// One that has not looked yet.
    #[must_use]
    pub fn of(
        control: Control,
        queries: Queries,
        services: Services,
        clock: Arc<dyn Clock>,
        node: NodeId,
    ) -> Self {
        let since = clock.now();
        let ports = MonitorPorts { control, queries, services, clock, node, since };
        let (times, courses, begun, deadlines) = Default::default();
        let latest = watch::Sender::new(None);
        Self(Arc::new(MonitorState { ports, times, courses, begun, latest, deadlines }))
    }

    /// Where whoever answers commands takes down how long that took.
    #[must_use]
    pub fn times(&self) -> &CommandTimes {
        &self.0.times
    }

    /// Where whoever looks at deadlines tells what is seen of them.
    #[must_use]
    pub fn deadlines(&self) -> &DeadlineSight {
        &self.0.deadlines
    }

    /// What this process is called in the token store.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.0.ports.node
    }

    /// Since when it is there.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.0.ports.since
    }

    /// Tells of each look, from the next one on.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Option<Arc<Sample>>> {
        self.0.latest.subscribe()
    }

    /// How fast a processor goes on, as last seen.
    #[must_use]
    pub fn rate_of(&self, name: &ProcessorName) -> Option<f64> {
        self.courses().processors.get(name).and_then(Course::per_second)
    }

    /// What was seen last, however long ago; none before the first look.
    #[must_use]
    pub fn last(&self) -> Option<Arc<Sample>> {
        self.0.latest.borrow().clone()
    }

    /// What was seen last, unless that is too old: then it looks. While it cannot, what was seen last has to do.
    ///
    /// # Errors
    /// [`QueryError`] when it has never seen anything, and cannot now.
    pub async fn latest(&self) -> Result<Arc<Sample>, QueryError> {
        let last = self.last();
        let is_fresh = |sample: &Arc<Sample>| self.0.ports.clock.now().duration_since(sample.at) < FRESH_FOR;
        if let Some(sample) = last.as_ref().filter(|sample| is_fresh(sample)) {
            return Ok(Arc::clone(sample));
        }
        let Some(last) = last else { return self.look().await };
        match timeout(LOOK_LIMIT, self.look()).await {
            Ok(Ok(sample)) => Ok(sample),
            Ok(Err(error)) => {
                tracing::debug!(cause = cause_of(&error), "what was seen last is shown, which is old");
                Ok(last)
            }
            Err(_elapsed) => {
                tracing::debug!("what was seen last is shown, which is old: nothing answers");
                Ok(last)
            }
        }
    }

    /// Looks, and tells those who have subscribed.
    ///
    /// # Errors
    /// [`QueryError::Store`] or [`QueryError::Tokens`]: then nothing was seen.
    pub async fn look(&self) -> Result<Arc<Sample>, QueryError> {
        let number = self.0.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let head = self.0.ports.queries.head().await?;
        let all = self.0.ports.control.processors().await?;
        let attempts = self.attempts().await;
        Ok(self.noted(number, head, all, attempts))
    }

    /// How many attempts are not over, counted now and then.
    async fn attempts(&self) -> Option<AttemptCounts> {
        let now = self.0.ports.clock.now();
        let known = self.courses().attempts;
        if let Some((at, counts)) = known
            && now.duration_since(at).abs() < COUNT_EVERY
        {
            return counts;
        }
        let counts = self.counted().await;
        self.courses().attempts = Some((now, counts));
        counts
    }

    async fn counted(&self) -> Option<AttemptCounts> {
        if !self.0.ports.services.have_deadlines() {
            return None;
        }
        let mut of_status = [0; 3];
        for (count, status) in
            of_status.iter_mut().zip([Status::NeedsReview, Status::Started, Status::Compensating])
        {
            let wanted = ProcessQuery { status: Some(status), ..ProcessQuery::default() };
            match self.0.ports.queries.processes(&wanted, ATTEMPTS_MAX).await {
                Ok(found) => *count = found.len(),
                Err(error) => {
                    tracing::debug!(cause = cause_of(&error), "attempts could not be counted");
                    return None;
                }
            }
        }
        let [in_review, started, compensating] = of_status;
        metrics::gauge!("rental_processes_in_review").set(u32::try_from(in_review).unwrap_or(u32::MAX));
        Some(AttemptCounts { in_review, in_flight: (started + compensating).min(ATTEMPTS_MAX) })
    }

    /// Tells what was seen. One that began before another and ends after it has seen what is over: what the other saw
    /// stands.
    fn noted(
        &self,
        number: u64,
        head: Head,
        all: Vec<ProcessorStatus>,
        attempts: Option<AttemptCounts>,
    ) -> Arc<Sample> {
        let mut courses = self.courses();
        if let Some(newer) = self.0.latest.borrow().as_ref().filter(|_| courses.told > number) {
            return Arc::clone(newer);
        }
        courses.told = number;
        let (at, answered) = (self.0.ports.clock.now(), self.0.times.take());
        let processors = courses.follow(at, head, all);
        let letters = |it: &WatchedProcessor| it.status.parked + it.status.abandoned + it.status.rejected;
        let seen = Seen {
            events: courses.grown_to(head),
            commands: answered.clone(),
            lag_events: processors.iter().map(|it| it.lag_events).max().unwrap_or(0),
            dead_letters: processors.iter().map(letters).sum::<usize>() as u64,
        };
        courses.series.add(at, &seen);
        let commands = courses.answer(at, answered);
        let sample = Arc::new(Sample {
            at,
            head,
            events_per_s: courses.head.per_second(),
            commands_per_s: courses.commands.per_second(),
            commands,
            processors,
            attempts,
            unseen: self.0.deadlines.told(),
            points: courses.series.points(),
        });
        self.0.latest.send_replace(Some(Arc::clone(&sample)));
        sample
    }

    fn courses(&self) -> MutexGuard<'_, Courses> {
        self.0.courses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Courses {
    /// How many events came since the last look. None of a log that was exchanged, or shortened, in between.
    fn grown_to(&mut self, head: Head) -> u64 {
        let last = self.last_head.replace(head);
        let of_this_log = last.filter(|last| last.log == head.log);
        of_this_log.map_or(0, |last| head.position.value().saturating_sub(last.position.value()))
    }

    fn follow(&mut self, now: Timestamp, head: Head, all: Vec<ProcessorStatus>) -> Vec<WatchedProcessor> {
        self.head.stands_at(now, head.position.value());
        self.processors.retain(|name, _| all.iter().any(|status| status.name == *name));
        let watched = |status: ProcessorStatus| {
            let end = if status.source == SourceKind::Log { head.position } else { status.head };
            let course = self.processors.entry(status.name.clone()).or_default();
            course.stands_at(now, status.position.value());
            let rate = course.per_second();
            let name = status.name.to_string();
            metrics::gauge!("rental_processor_events_per_second", "processor" => name)
                .set(rate.unwrap_or(0.0));
            WatchedProcessor { lag_events: status.lag(end), rate, status }
        };
        all.into_iter().map(watched).collect()
    }

    /// The commands of the last looks, with these.
    fn answer(&mut self, now: Timestamp, answered: AnswerTimes) -> AnswerTimes {
        self.answered += answered.count();
        self.commands.stands_at(now, self.answered);
        self.times.push(answered);
        if self.times.len() > LOOKS {
            self.times.remove(0);
        }
        let mut all = AnswerTimes::default();
        self.times.iter().for_each(|times| all.join(times));
        all
    }
}
