//! How the processors stand.

pub(super) mod acting;

use std::pin::pin;
use std::time::Duration;

use application::ports::event_store::{Head, Position, StoreError};
use application::ports::processor_admin::Desired;
use application::ports::token_store::ProcessorName;
use application::processing::{ProcessorStatus, ReactionKind, RebuildStatus, SegmentStatus, SourceKind};
use application::queries::QueryError;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::current_log::{CurrentLog, InLog};
use super::cursor::Listed;
use super::docs::{ProblemBody, values};
use super::overview::rounded;
use super::path::PathSegment;
use super::problem::{PROCESSOR_NOT_FOUND, Problem};

/// How long the stores are asked before it is shown what was seen last.
const ASK_LIMIT: Duration = Duration::from_secs(3);

/// What is asked of processors.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(processors)).routes(routes!(processor))
}

/// A processor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProcessorDocument {
    name: String,
    #[schema(value_type = values::ProcessorKind)]
    kind: &'static str,
    /// What it reads: LOG, or TOPIC, which is a partition of one.
    source: &'static str,
    #[schema(value_type = values::ProcessorState)]
    state: &'static str,
    segments: Vec<SegmentDocument>,
    position: u64,
    head: u64,
    /// How many events lie before it. All of them, and never none, when its token is of another log.
    lag_events: u64,
    /// How old the first event is that it has not handled; null when that event cannot be read.
    lag_seconds: Option<i64>,
    /// How many events it passes a second, over the last ten; null before that is known.
    rate: Option<f64>,
    /// Why it waits; `caught up` when there is nothing to do.
    waiting: String,
    parked: usize,
    abandoned: usize,
    rejected: usize,
    /// Rejected ones that are gone: only the newest are kept.
    rejected_dropped: u64,
    ignored_types: Vec<String>,
    /// How a rebuild goes, while one runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    rebuild: Option<RebuildDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_error: Option<String>,
    /// When it stood so, where the stores cannot be asked now; else left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Moment>, nullable = false)]
    as_of: Option<String>,
}

/// Another generation of a view, which is built beside the one that readers see and then takes over by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RebuildDocument {
    generation: u64,
    /// How far all of it has come.
    position: u64,
    /// Over the last ten seconds; null before that is known.
    events_per_second: Option<u64>,
    /// Until it is where the log ends now, at that rate; null while that is not known.
    seconds_left: Option<u64>,
    /// Why it has not taken over.
    waiting: String,
}

/// A part of a processor's work.
#[derive(Serialize, ToSchema)]
struct SegmentDocument {
    id: u32,
    mask: u32,
    /// Rises with each rebuild.
    generation: u64,
    owner: Option<String>,
    epoch: u64,
    position: u64,
}

/// All processors of this process.
#[utoipa::path(get, path = "/v1/processors", tag = "processors",
    responses((status = 200, description = "All of them", body = Listed<ProcessorDocument>)))]
pub(super) async fn processors(State(api): State<Api>) -> Result<Json<Listed<ProcessorDocument>>, Problem> {
    let Standing { all, head, as_of } = Standing::of(&api).await?;
    let mut items = Vec::with_capacity(all.len());
    for status in all {
        items.push(shown_as_of(&api, status, head.position, as_of).await?);
    }
    Ok(Json(Listed::all(items).of_log(CurrentLog::of(head.log))))
}

/// One processor.
#[utoipa::path(get, path = "/v1/processors/{name}", tag = "processors", params(("name" = String, Path)),
    responses(
        (status = 200, description = "The processor", body = InLog<ProcessorDocument>),
        (status = 404, description = "processor-not-found", body = ProblemBody)))]
pub(super) async fn processor(
    State(api): State<Api>,
    name: PathSegment,
) -> Result<Json<InLog<ProcessorDocument>>, Problem> {
    let name = ProcessorName::stored(name.text().to_owned());
    let (document, log) = found(&api, &name).await?;
    Ok(Json(log.shows(document)))
}

/// How one processor stands.
async fn found(api: &Api, name: &ProcessorName) -> Result<(ProcessorDocument, CurrentLog), Problem> {
    let Standing { all, head, as_of } = Standing::of(api).await?;
    let status = all.into_iter().find(|status| status.name == *name).ok_or_else(no_processor)?;
    Ok((shown_as_of(api, status, head.position, as_of).await?, CurrentLog::of(head.log)))
}

/// The same after something was done to it.
pub(super) async fn standing(api: &Api, name: &ProcessorName) -> Result<ProcessorDocument, Problem> {
    Ok(found(api, name).await?.0)
}

/// How all processors stand, and where the log ends.
struct Standing {
    all: Vec<ProcessorStatus>,
    head: Head,
    /// When that was seen, where it cannot be asked now.
    as_of: Option<Timestamp>,
}

impl Standing {
    /// As it is now, or as it was last seen: what waits for stores that are away has to be shown then too.
    async fn of(api: &Api) -> Result<Self, Problem> {
        let mut asked = pin!(Self::asked(api));
        let answer = match timeout(ASK_LIMIT, &mut asked).await {
            Ok(answer) => answer,
            Err(_elapsed) => match Self::last_seen(api) {
                Some(seen) => return Ok(seen),
                None => asked.await,
            },
        };
        match answer {
            Ok(standing) => Ok(standing),
            Err(error) if error.is_away() => Self::last_seen(api).ok_or_else(|| error.into()),
            Err(error) => Err(error.into()),
        }
    }

    async fn asked(api: &Api) -> Result<Self, QueryError> {
        let all = api.operators.processors().await?;
        Ok(Self { all, head: api.queries.head().await?, as_of: None })
    }

    fn last_seen(api: &Api) -> Option<Self> {
        let sample = api.monitor.last()?;
        let waits = |status: &ProcessorStatus| {
            let (at, waiting) = (sample.at, &status.waiting);
            let away = api.operators.away_at(&status.name);
            away.unwrap_or_else(|| format!("the stores cannot be asked now; at {at}: {waiting}"))
        };
        let all = sample.processors.iter().map(|watched| &watched.status);
        let all = all.map(|status| ProcessorStatus { waiting: waits(status), ..status.clone() });
        Some(Self { all: all.collect(), head: sample.head, as_of: Some(sample.at) })
    }
}

fn no_processor() -> Problem {
    let detail = "no processor of this process has this name; /v1/processors lists them";
    Problem::new(&PROCESSOR_NOT_FOUND, detail)
}

/// What the processor says, beside the log's end as it is now: a processor that stands still sees an old one.
pub(super) async fn shown_as_of(
    api: &Api,
    status: ProcessorStatus,
    head: Position,
    as_of: Option<Timestamp>,
) -> Result<ProcessorDocument, Problem> {
    let head = match status.source {
        SourceKind::Log => head,
        SourceKind::Topic => status.head,
    };
    let lag_events = status.lag(head);
    let lag_seconds = match status.source {
        _ if lag_events == 0 => Some(0),
        _ if as_of.is_some() => None,
        SourceKind::Log => age_of(api, status.next()).await?,
        SourceKind::Topic => None,
    };
    Ok(ProcessorDocument {
        rate: api.monitor.rate_of(&status.name).map(rounded),
        name: status.name.to_string(),
        kind: kind(status.kind),
        source: match status.source {
            SourceKind::Log => "LOG",
            SourceKind::Topic => "TOPIC",
        },
        state: state(&status),
        segments: status.segments.iter().map(SegmentDocument::of).collect(),
        position: status.position.value(),
        head: head.value(),
        lag_events,
        lag_seconds,
        waiting: status.waiting,
        parked: status.parked,
        abandoned: status.abandoned,
        rejected: status.rejected,
        rejected_dropped: status.rejected_dropped,
        ignored_types: status.ignored_types,
        rebuild: status.rebuild.map(RebuildDocument::of),
        last_error: status.last_error,
        as_of: as_of.map(|at| at.to_string()),
    })
}

/// How many seconds ago the event happened; clocks jump, so never below zero.
async fn age_of(api: &Api, position: Position) -> Result<Option<i64>, Problem> {
    let event = match api.queries.event(position).await {
        Ok(event) => event,
        // A damaged log is what the processor stands still for, and its other fields say so: they have to be shown.
        Err(QueryError::Store(StoreError::Corrupt { .. })) => None,
        Err(error) => return Err(error.into()),
    };
    let now = api.clock.now();
    Ok(event.map(|(_, event)| now.duration_since(event.occurred_at).as_secs().max(0)))
}

const fn kind(kind: ReactionKind) -> &'static str {
    match kind {
        ReactionKind::Projection => "PROJECTION",
        ReactionKind::Handler => "HANDLER",
        ReactionKind::Relay => "RELAY",
    }
}

pub(super) fn state(status: &ProcessorStatus) -> &'static str {
    match &status.desired {
        Desired::Paused { .. } => "PAUSED",
        Desired::Running if status.failed.is_some() => "FAILED",
        Desired::Running if status.rebuild.is_some() => "REBUILDING",
        Desired::Running => "RUNNING",
    }
}

impl RebuildDocument {
    fn of(status: RebuildStatus) -> Self {
        Self {
            generation: status.generation.0,
            position: status.position.value(),
            events_per_second: status.events_per_s,
            seconds_left: status.left.map(|left| left.as_secs()),
            waiting: status.waiting,
        }
    }
}

impl SegmentDocument {
    fn of(status: &SegmentStatus) -> Self {
        Self {
            id: status.segment.id,
            mask: status.segment.mask,
            generation: status.generation.0,
            owner: status.owner.map(|owner| owner.to_string()),
            epoch: status.epoch,
            position: status.position.value(),
        }
    }
}
