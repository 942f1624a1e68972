//! What has changed since a watcher was last told.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use application::codec::Metadata;
use application::monitoring::{Sample, WatchedProcessor};
use application::ports::event_store::{LogId, Position, Recorded};
use application::queries::EventQuery;
use application::reactions::PROCESSES;
use axum::response::sse::Event;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::timeout;

use super::super::Api;
use super::super::health::RecentChecks;
use super::super::problem::Problem;
use super::super::processors::{ProcessorDocument, shown_as_of};
use super::document::OverviewDocument;
use super::live::{LiveTopic, event};

/// The most events of a second that are told of.
const EVENTS_MAX: u64 = 200;
/// How long it goes without looking when the monitor sees nothing: health changes then all the same.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// How far a log was.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) log: LogId,
    pub(super) position: Position,
}

/// What one watcher is told.
pub(super) struct Changes {
    api: Api,
    recent: RecentChecks,
    topics: BTreeSet<LiveTopic>,
    samples: watch::Receiver<Option<Arc<Sample>>>,
    place: Place,
    told: Told,
}

/// What the watcher was told last.
#[derive(Default)]
struct Told {
    overview: Option<OverviewDocument>,
    processors: Option<String>,
    sample: Option<Arc<Sample>>,
}

/// Events of a second.
#[derive(Serialize)]
struct EventsDocument {
    items: Vec<EventLine>,
    skipped: u64,
}

/// An event without what it says.
#[derive(Serialize)]
struct EventLine {
    position: u64,
    stream: String,
    version: u64,
    #[serde(rename = "type")]
    kind: String,
    at: String,
    correlation: Option<String>,
}

#[derive(Serialize)]
struct ProcessorsDocument {
    items: Vec<ProcessorDocument>,
}

#[derive(Serialize)]
struct ChangedDocument {
    changed: bool,
}

const CHANGED: ChangedDocument = ChangedDocument { changed: true };

impl Changes {
    /// What changes from here on.
    pub(super) fn after(place: Place, topics: BTreeSet<LiveTopic>, api: Api, recent: RecentChecks) -> Self {
        let samples = api.monitor.subscribe();
        Self { api, recent, topics, samples, place, told: Told::default() }
    }

    /// What has changed, when something has been looked at; none when nobody looks any more.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Event>>, Problem> {
        if self.told.sample.is_some()
            && let Ok(Err(_nobody_looks)) = timeout(LOOK_EVERY, self.samples.changed()).await
        {
            return Ok(None);
        }
        // First, so that a look after this one is not missed.
        self.samples.mark_unchanged();
        let sample = self.api.monitor.latest().await?;
        let appended = self.appended(&sample).await?;
        let mut events = Vec::new();
        for topic in self.topics.clone() {
            events.extend(self.told_of(topic, &sample, &appended).await?);
        }
        self.place = Place { log: sample.head.log, position: sample.head.position };
        self.told.sample = Some(sample);
        Ok(Some(events))
    }

    async fn told_of(
        &mut self,
        topic: LiveTopic,
        sample: &Sample,
        appended: &(Vec<Recorded>, u64),
    ) -> Result<Option<Event>, Problem> {
        let place = Place { log: sample.head.log, position: sample.head.position };
        let (events, skipped) = appended;
        let is_changed = match topic {
            LiveTopic::Overview => return self.overview(place, sample).await,
            LiveTopic::Processors => return self.processors(place, sample).await,
            LiveTopic::Events if events.is_empty() => false,
            LiveTopic::Events => {
                let items = events.iter().map(EventLine::of).collect();
                return event(topic, place, &EventsDocument { items, skipped: *skipped }).map(Some);
            }
            LiveTopic::Processes => {
                self.differs(sample, |it| (it.status.name == PROCESSES).then_some(it.status.position))
            }
            LiveTopic::DeadLetters => self.differs(sample, letters),
            LiveTopic::Audit => *skipped > 0 || events.iter().any(is_of_operators),
        };
        if is_changed { event(topic, place, &CHANGED).map(Some) } else { Ok(None) }
    }

    async fn overview(&mut self, place: Place, sample: &Sample) -> Result<Option<Event>, Problem> {
        let checks = self.recent.of(&self.api).await;
        let document = OverviewDocument::of(&self.api, sample, &checks).with_newest_point();
        if self.told.overview.as_ref().is_some_and(|told| told.says_what(&document)) {
            return Ok(None);
        }
        let event = event(LiveTopic::Overview, place, &document)?;
        self.told.overview = Some(document);
        Ok(Some(event))
    }

    async fn processors(&mut self, place: Place, sample: &Sample) -> Result<Option<Event>, Problem> {
        let mut items = Vec::with_capacity(sample.processors.len());
        for watched in &sample.processors {
            let (status, head) = (watched.status.clone(), sample.head.position);
            items.push(shown_as_of(&self.api, status, head, None).await?);
        }
        let document = ProcessorsDocument { items };
        let text = serde_json::to_string(&document).map_err(|error| Problem::defect(&error))?;
        if self.told.processors.as_ref() == Some(&text) {
            return Ok(None);
        }
        let event = event(LiveTopic::Processors, place, &document)?;
        self.told.processors = Some(text);
        Ok(Some(event))
    }

    /// The newest events since the last look, oldest first, and how many there were before them.
    async fn appended(&self, sample: &Sample) -> Result<(Vec<Recorded>, u64), Problem> {
        let wants = [LiveTopic::Events, LiveTopic::Audit].iter().any(|topic| self.topics.contains(topic));
        let head = sample.head;
        let grown = head.position.value().saturating_sub(self.place.position.value());
        if !wants || grown == 0 || head.log != self.place.log {
            return Ok((vec![], 0));
        }
        let count = grown.min(EVENTS_MAX);
        let before = Some(head.position.plus(1));
        let limit = usize::try_from(count).unwrap_or(usize::MAX);
        let page = self.api.queries.events_before(before, &EventQuery::default(), limit).await?;
        Ok((page.events.into_iter().rev().collect(), grown - count))
    }

    /// Whether something of a processor is not what it was at the last look.
    fn differs<T: PartialEq>(&self, sample: &Sample, of: impl Fn(&WatchedProcessor) -> T) -> bool {
        let Some(before) = &self.told.sample else { return false };
        !before.processors.iter().map(&of).eq(sample.processors.iter().map(&of))
    }
}

impl EventLine {
    fn of(event: &Recorded) -> Self {
        Self {
            position: event.position.value(),
            stream: event.stream.to_string(),
            version: event.version.value(),
            kind: event.kind.to_string(),
            at: event.occurred_at.to_string(),
            // Metadata that cannot be read is shown by the event itself.
            correlation: Metadata::decode(event)
                .ok()
                .and_then(|read| read.correlation)
                .map(|id| id.to_string()),
        }
    }
}

fn letters(watched: &WatchedProcessor) -> (usize, usize, usize, u64) {
    let status = &watched.status;
    (status.parked, status.abandoned, status.rejected, status.rejected_dropped)
}

/// Whether it is an action, how one ended, or a decision about an attempt.
fn is_of_operators(event: &Recorded) -> bool {
    let kind = event.kind.to_string();
    kind.starts_with("operator.") || kind == "rental-card.review-resolved"
}
