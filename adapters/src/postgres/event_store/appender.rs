//! The one connection that appends, and how often a call is made over it.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{Connection, Error, PgConnection};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::call::Call;
use super::verdict::StreamVerdict;
use crate::postgres::connection::{Failure, Sessions, code, is_broken, is_unfit};
use crate::postgres::settings::PostgresSettings;

/// How often a call is made again because somebody who does not take the lock took a version or a position meanwhile.
const TAKEN_MAX: usize = 5;

/// Makes calls, one at a time.
pub(super) struct Appender {
    sessions: Sessions,
    connect_limit: Duration,
    call_limit: Duration,
    state: Mutex<ConnectionState>,
}

/// No connection before the first call and after one that broke: the next call makes another.
enum ConnectionState {
    Open(Option<PgConnection>),
    Closed,
}

/// Why a call was not answered.
enum Unanswered {
    /// Nothing was stored.
    Refused(Failure),
    /// Another writer, who did not wait for the lock, was first; nothing was stored.
    Taken(Error),
    /// All of it may have been stored, or none of it.
    Lost(Failure),
}

impl Appender {
    pub(super) fn of(settings: &PostgresSettings) -> Self {
        Self {
            sessions: settings.sessions(),
            connect_limit: settings.connect_limit,
            call_limit: settings.patience(),
            state: Mutex::new(ConnectionState::Open(None)),
        }
    }

    /// Makes a call until it is answered, within limits. A call whose answer was lost is made once more: command ids
    /// tell what the first one did, so nothing is stored twice.
    pub(super) async fn make(&self, call: &Call<'_>) -> Result<StreamVerdict, Failure> {
        let mut lost = None;
        let mut taken = 0;
        loop {
            let answer = match self.ask(call).await {
                // One that cannot be read came after the commit.
                Ok(answer) => {
                    return StreamVerdict::read(call, &answer, lost.is_some())
                        .map_err(|failure| failure.after(true));
                }
                Err(answer) => answer,
            };
            match (answer, lost.take()) {
                (Unanswered::Lost(failure), None) => lost = Some(failure),
                (Unanswered::Lost(_) | Unanswered::Refused(_), Some(failure))
                | (Unanswered::Refused(failure), None) => return Err(failure),
                (Unanswered::Taken(_), earlier) if taken < TAKEN_MAX => {
                    taken += 1;
                    lost = earlier;
                }
                (Unanswered::Taken(error), None) => return Err(error.into()),
                (Unanswered::Taken(_), Some(failure)) => return Err(failure),
            }
        }
    }

    /// Waits for the call under way, and closes the connection.
    pub(super) async fn close(&self) {
        let state = std::mem::replace(&mut *self.state.lock().await, ConnectionState::Closed);
        if let ConnectionState::Open(Some(connection)) = state {
            // One that cannot say farewell is gone all the same.
            let _ = timeout(self.connect_limit, connection.close()).await;
        }
    }

    async fn ask(&self, call: &Call<'_>) -> Result<Vec<PgRow>, Unanswered> {
        let mut state = self.state.lock().await;
        let mut connection = self.take(&mut state).await?;
        let answer = timeout(self.call_limit, call.statement().fetch_all(&mut connection)).await;
        let answer = answer.map_err(|late| Unanswered::Lost(Failure::UnknownOutcome(Box::new(late))))?;
        let is_in_order = !answer.as_ref().is_err_and(is_unfit);
        *state = ConnectionState::Open(is_in_order.then_some(connection));
        answer.map_err(Unanswered::of)
    }

    /// Taken out: when the call ends badly, the connection goes with it.
    async fn take(&self, state: &mut ConnectionState) -> Result<PgConnection, Unanswered> {
        match std::mem::replace(state, ConnectionState::Open(None)) {
            ConnectionState::Open(Some(connection)) => Ok(connection),
            ConnectionState::Open(None) => {
                self.sessions.connect().await.map_err(|error| Unanswered::Refused(error.into()))
            }
            ConnectionState::Closed => {
                *state = ConnectionState::Closed;
                Err(Unanswered::Refused(Error::PoolClosed.into()))
            }
        }
    }
}

impl Unanswered {
    fn of(error: Error) -> Self {
        if is_broken(&error) {
            return Self::Lost(Failure::of_change(error));
        }
        match code(&error).as_deref() {
            Some("23505") => Self::Taken(error),
            _ => Self::Refused(error.into()),
        }
    }
}
