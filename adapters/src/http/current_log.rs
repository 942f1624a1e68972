//! Which log positions are of: said beside each of them, and looked at when one comes back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use application::ports::event_store::{LogId, StoreError};
use application::queries::Queries;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;
use thiserror::Error;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::docs::values;
use super::problem::{FOREIGN_POSITION, Problem};
use super::query::Parameters;

/// How old what is known of the log may be: it becomes another one only when somebody exchanges it behind the service.
const KNOWN_FOR: Duration = Duration::from_secs(1);

/// Asks for the log's id now and then, and knows it in between.
#[derive(Clone)]
pub(super) struct KnownLog {
    queries: Queries,
    known: Arc<Mutex<Option<(Instant, LogId)>>>,
}

/// The log that a request finds.
#[derive(Clone, Copy)]
pub(super) struct CurrentLog(LogId);

/// One thing as it is shown, and the log that its positions are of.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct InLog<T> {
    #[serde(flatten)]
    shown: T,
    /// The log that its positions are of.
    #[schema(value_type = values::Id)]
    log_id: String,
}

#[derive(Debug, Error)]
#[error("a route that shows positions was asked without knowing the log")]
struct NotKnown;

impl KnownLog {
    /// Nothing is known of it yet.
    pub(super) fn of(queries: Queries) -> Self {
        Self { queries, known: Arc::default() }
    }

    async fn id(&self) -> Result<LogId, StoreError> {
        if let Some(id) = self.fresh() {
            return Ok(id);
        }
        match self.queries.head().await {
            Ok(head) => {
                *self.known() = Some((Instant::now(), head.log));
                Ok(head.log)
            }
            // A store that is away has not become another one.
            Err(error) => (*self.known()).map(|(_, id)| id).ok_or(error),
        }
    }

    /// What is known, unless it is too old. Only the first who finds it so asks again; the others go on with it
    /// meanwhile.
    fn fresh(&self) -> Option<LogId> {
        let mut known = self.known();
        let (at, id) = known.as_mut()?;
        if at.elapsed() < KNOWN_FOR {
            return Some(*id);
        }
        *at = Instant::now();
        None
    }

    fn known(&self) -> MutexGuard<'_, Option<(Instant, LogId)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CurrentLog {
    /// The log with this id.
    pub(super) const fn of(id: LogId) -> Self {
        Self(id)
    }

    /// Its id.
    pub(super) const fn id(self) -> LogId {
        self.0
    }

    /// Its id, as it is written.
    pub(super) fn written(self) -> String {
        self.0.to_string()
    }

    /// Refuses a query whose positions are of another log.
    pub(super) fn admit(self, query: &Parameters) -> Result<(), Problem> {
        match query.log_id()? {
            Some(asked) if asked != self.0 => Err(foreign(self)),
            Some(_) | None => Ok(()),
        }
    }

    /// This, with the log beside it.
    pub(super) fn shows<T>(self, shown: T) -> InLog<T> {
        InLog { shown, log_id: self.written() }
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentLog {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let known = parts.extensions.get::<KnownLog>().cloned();
        Ok(Self(known.ok_or_else(|| Problem::defect(&NotKnown))?.id().await?))
    }
}

/// A position that is not one of this log.
pub(super) fn foreign(log: CurrentLog) -> Problem {
    let detail = "the position is of another log than the one that is here, or of one that was restored and went on in \
        another way; read it anew, without the position";
    Problem::new(&FOREIGN_POSITION, detail).with("logId", log.written())
}
