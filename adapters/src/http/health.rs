//! Whether the service lives, whether it is ready, and its numbers.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use application::ports::processor_admin::Desired;
use application::ports::token_store::ProcessorName;
use application::ports::{BoxError, Displaced, StoreError, TokenError, Unwritable};
use application::processing::{ProcessorStatus, ReactionKind, SourceKind};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};
use serde::Serialize;
use thiserror::Error;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::Api;
use super::problem::{Problem, displaced_detail};

/// How many processors that cannot go on are named for each cause, and how many causes: many often have one.
const NAMES_MAX: usize = 5;
const CAUSES_MAX: usize = 4;
/// How long one check of readiness may take.
const CHECK_LIMIT: Duration = Duration::from_secs(2);
/// The steps of latency histograms, in seconds.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A recorder whose histograms of seconds have steps that fit requests; its handle is what `/metrics` shows. Install it
/// once for the process, and run the handle's upkeep every few seconds.
///
/// # Errors
/// [`BuildError`] when the steps cannot be used.
pub fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    Ok(PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS)?.build_recorder())
}

/// How long what was checked holds for those who watch, so that many of them cost no more than one.
const CHECKED_FOR: Duration = Duration::from_secs(1);

/// One check of readiness: a line of the answer.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Check {
    /// `draining`, `store`, `tokens`, `processors` or `files`.
    pub(super) check: &'static str,
    pub(super) ok: bool,
    pub(super) found: String,
}

/// The checks as they were made last.
#[derive(Clone, Default)]
pub(super) struct RecentChecks(Arc<Mutex<Option<MadeChecks>>>);

/// Checks, and when they were made.
#[derive(Clone)]
struct MadeChecks {
    at: Instant,
    checks: Arc<[Check]>,
}

#[derive(Debug, Error)]
#[error("a route that shows checks was asked without those that were made")]
struct NoChecks;

impl RecentChecks {
    /// The checks, made within the last second.
    pub(super) async fn of(&self, api: &Api) -> Arc<[Check]> {
        let known = self.known().clone();
        if let Some(made) = known.filter(|made| made.at.elapsed() < CHECKED_FOR) {
            return made.checks;
        }
        let checks: Arc<[Check]> = checks(api).await.into();
        *self.known() = Some(MadeChecks { at: Instant::now(), checks: Arc::clone(&checks) });
        checks
    }

    fn known(&self) -> MutexGuard<'_, Option<MadeChecks>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Sync> FromRequestParts<S> for RecentChecks {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let recent = parts.extensions.get::<Self>().cloned();
        recent.ok_or_else(|| Problem::defect(&NoChecks))
    }
}

/// That the process answers; never touches a store.
#[utoipa::path(get, path = "/livez", tag = "health",
    responses((status = 200, description = "It lives", body = String, content_type = "text/plain")))]
pub(super) async fn livez() -> &'static str {
    "live\n"
}

/// Whether requests should be sent here: one JSON line a check.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses(
        (status = 200, description = "Ready", body = Check, content_type = "application/x-ndjson"),
        (status = 503, description = "Not ready", body = Check, content_type = "application/x-ndjson")))]
pub(super) async fn readyz(State(api): State<Api>) -> Response {
    let checks = checks(&api).await;
    let ready = checks.iter().all(|check| check.ok);
    let lines: String =
        checks.iter().filter_map(|check| serde_json::to_string(check).ok()).map(|l| l + "\n").collect();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let content_type = HeaderValue::from_static("application/x-ndjson");
    (status, [(header::CONTENT_TYPE, content_type)], lines).into_response()
}

/// All checks, made now.
async fn checks(api: &Api) -> Vec<Check> {
    let (store, tokens, processors, files) = tokio::join!(
        checked("store", async {
            let head = api.queries.head().await?;
            Ok::<_, StoreError>(written(api.queries.check_log().await, format!("head {}", head.position)))
        }),
        checked("tokens", async {
            let known = api.operators.registered().await?;
            Ok::<_, TokenError>(written(
                api.operators.check_tokens().await,
                format!("{known} processors known"),
            ))
        }),
        checked("processors", async { api.operators.processors().await.map(|all| going_on(&all)) }),
        files(api),
    );
    let draining = *api.draining.borrow();
    let found = if draining { "the service is stopping" } else { "no" }.to_owned();
    vec![Check { check: "draining", ok: !draining, found }, store, tokens, processors, files]
}

/// What is found of a side that can be read: this, when it can be written too.
fn written<E: Error + 'static>(checked: Result<(), E>, found: String) -> Result<String, String> {
    match checked {
        Ok(()) => Ok(found),
        Err(error) => Err(Unwritable::behind(&error)
            .map_or_else(|| "nothing can be written".to_owned(), Unwritable::without_folder)),
    }
}

/// Whether processors go on. One that cannot is reason enough to send no requests here: what is asked for would be
/// accepted and not be followed by what has to follow, and lists would not move. One that was paused was meant to.
fn going_on(all: &[ProcessorStatus]) -> Result<String, String> {
    let mut failed: BTreeMap<&str, Vec<&ProcessorName>> = BTreeMap::new();
    for status in all {
        if let Some(cause) = &status.failed {
            failed.entry(cause).or_default().push(&status.name);
        }
    }
    let here = all.len();
    if failed.is_empty() {
        let paused = all.iter().filter(|status| status.desired != Desired::Running).count();
        let paused = if paused == 0 { String::new() } else { format!(", {paused} paused") };
        let rest = [letters(all), without_broker(all), without_turn(all)].concat();
        return Ok(format!("{here} here{paused}{rest}"));
    }
    let count: usize = failed.values().map(Vec::len).sum();
    let causes = failed.iter().take(CAUSES_MAX).map(|(cause, names)| format!("{}: {cause}", named(names)));
    let causes: Vec<_> = causes.collect();
    let more = match failed.len().saturating_sub(CAUSES_MAX) {
        0 => "",
        _ => "; /v1/processors has the others",
    };
    Err(format!("{count} of {here} cannot go on; {}{more}", causes.join("; ")))
}

/// Some names, of which the first few are said.
fn named(names: &[&ProcessorName]) -> String {
    let said: Vec<_> = names.iter().take(NAMES_MAX).map(ToString::to_string).collect();
    match names.len().saturating_sub(NAMES_MAX) {
        0 => said.join(", "),
        more => format!("{} and {more} more", said.join(", ")),
    }
}

/// What could not be handled and waits. That is no reason to send no requests here: what it keeps waiting is of the same
/// book, member or attempt.
fn letters(all: &[ProcessorStatus]) -> String {
    match all.iter().map(|status| status.parked + status.abandoned).sum() {
        0 => String::new(),
        1 => ", 1 dead letter".to_owned(),
        letters => format!(", {letters} dead letters"),
    }
}

/// What those that need a broker wait for while it is away. That is no reason to send no requests here: they are
/// accepted, and what follows from them is done when it is back.
fn without_broker(all: &[ProcessorStatus]) -> String {
    let needs_broker =
        |status: &&ProcessorStatus| status.source == SourceKind::Topic || status.kind == ReactionKind::Relay;
    let waiting: Vec<_> =
        all.iter().filter(needs_broker).filter(|status| status.waits_for_what_is_away()).collect();
    waiting.first().map_or_else(String::new, |status| {
        format!(", {} wait for the broker: {}: {}", waiting.len(), status.name, status.waiting)
    })
}

/// What lies in partitions that a group has given to other nodes, which are behind, or to nobody yet.
fn without_turn(all: &[ProcessorStatus]) -> String {
    let waiting: Vec<_> = all.iter().filter(|status| status.waits_for_its_group()).collect();
    waiting.first().map_or_else(String::new, |status| {
        let lag: u64 = waiting.iter().map(|status| status.lag(status.head)).sum();
        format!(
            ", {} are not this node's, {lag} messages behind: {}: {}",
            waiting.len(),
            status.name,
            status.waiting
        )
    })
}

/// Whether what is written is kept where it belongs. Whoever watches the log hears where that is.
async fn files(api: &Api) -> Check {
    let (store, tokens) = tokio::join!(api.queries.check_storage(), api.operators.check_storage());
    let errors = [store.err().map(BoxError::from), tokens.err().map(BoxError::from)];
    let found = |error: &BoxError| match Displaced::behind(&**error) {
        Some(displaced) => displaced_detail(displaced),
        None => "cannot be looked at".to_owned(),
    };
    match errors.iter().flatten().map(found).next() {
        None => Check { check: "files", ok: true, found: "where they belong".to_owned() },
        Some(found) => Check { check: "files", ok: false, found },
    }
}

/// Numbers for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, description = "All numbers", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(api): State<Api>) -> Response {
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, content_type)], api.metrics.render()).into_response()
}

/// What a check found; the cause of one that could not be made goes to the log only.
async fn checked<E: Display>(
    check: &'static str,
    looking: impl Future<Output = Result<Result<String, String>, E>>,
) -> Check {
    match tokio::time::timeout(CHECK_LIMIT, looking).await {
        Ok(Ok(Ok(found))) => Check { check, ok: true, found },
        Ok(Ok(Err(found))) => Check { check, ok: false, found },
        Ok(Err(error)) => {
            tracing::warn!(check, %error, "a check of readiness failed");
            Check { check, ok: false, found: "cannot be read".to_owned() }
        }
        Err(_elapsed) => Check { check, ok: false, found: "no answer in two seconds".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_processors_a_few_are_named() {
        let names: Vec<_> = (1..=7).map(|n| ProcessorName::stored(format!("p{n}"))).collect();
        let names: Vec<_> = names.iter().collect();
        assert_eq!(named(&names[..2]), "p1, p2");
        assert_eq!(named(&names[..NAMES_MAX]), "p1, p2, p3, p4, p5");
        assert_eq!(named(&names), "p1, p2, p3, p4, p5 and 2 more");
    }
}
