//! Connections that rest until they are lent. One that is not given back is closed, and the server ends what was under
//! way.

use std::mem::replace;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use application::ports::shares::{ConnectionPermit, Share, Shares};
use sqlx::{Connection, Error, PgConnection};
use tokio::time::{Instant, timeout};

use super::failure::{Failure, is_broken};
use super::session::Sessions;

/// A connection that was not used for as long may have been cut meanwhile, and is tried before it is lent.
const RESTED: Duration = Duration::from_secs(1);
/// A connection that was not used for as long is closed.
const UNUSED: Duration = Duration::from_secs(600);
/// How long the server may take to say that a connection is at rest again, or to say farewell.
const REST_LIMIT: Duration = Duration::from_secs(2);

/// The connections of one store.
pub(super) struct Pool {
    sessions: Sessions,
    places: Shares,
    state: Mutex<PoolState>,
}

enum PoolState {
    /// The latest to come to rest is the first to be lent.
    Open {
        resting: Vec<Resting>,
        broke: Option<Instant>,
    },
    Closed,
}

struct Resting {
    connection: PgConnection,
    since: Instant,
}

/// A connection that is lent.
pub(super) struct Lent {
    connection: PgConnection,
    _place: ConnectionPermit,
}

impl Pool {
    /// At most as many as there are places. None is made before it is needed.
    pub(super) const fn new(sessions: Sessions, places: Shares) -> Self {
        Self { sessions, places, state: Mutex::new(PoolState::Open { resting: Vec::new(), broke: None }) }
    }

    /// One that rests and is in order, or a new one.
    pub(super) async fn lend(&self, share: Share) -> Result<Lent, Failure> {
        let place = self.places.place(share).await.map_err(|full| Failure::Unavailable(Box::new(full)))?;
        while let Some((mut resting, is_suspect)) = self.take_resting()? {
            if !is_suspect || matches!(timeout(REST_LIMIT, resting.connection.ping()).await, Ok(Ok(()))) {
                return Ok(Lent { connection: resting.connection, _place: place });
            }
        }
        let connection = self.sessions.connect_patiently().await?;
        Ok(Lent { connection, _place: place })
    }

    /// After work that came to its end.
    pub(super) fn take_back(&self, lent: Lent) {
        let Lent { connection, _place } = lent;
        if let PoolState::Open { resting, .. } = &mut *self.state() {
            resting.push(Resting { connection, since: Instant::now() });
            let unused = resting.iter().take_while(|resting| resting.since.elapsed() > UNUSED).count();
            resting.drain(..unused);
        }
    }

    /// After work that failed: if the session is as good as it was.
    pub(super) async fn take_back_if_good(&self, mut lent: Lent) {
        match timeout(REST_LIMIT, self.sessions.is_good(&mut lent)).await {
            Ok(true) => self.take_back(lent),
            // What is wrong is found out when another one is made.
            Ok(false) | Err(_) => tracing::debug!("a connection to the database was thrown away"),
        }
    }

    /// Others that rest since before one was found cut may be cut as well.
    pub(super) fn note<T>(&self, answer: &Result<T, Error>) {
        if answer.as_ref().is_err_and(is_broken)
            && let PoolState::Open { broke, .. } = &mut *self.state()
        {
            *broke = Some(Instant::now());
        }
    }

    /// Lends none any more, and closes those that rest once all are back.
    pub(super) async fn close(&self, limit: Duration) {
        let PoolState::Open { resting, .. } = replace(&mut *self.state(), PoolState::Closed) else { return };
        for Resting { connection, .. } in resting {
            // One that cannot say farewell is gone all the same.
            let _ = timeout(REST_LIMIT, connection.close()).await;
        }
        if timeout(limit, self.places.all_back()).await.is_err() {
            tracing::warn!(
                "connections to the database were still in use when the time to close them had passed"
            );
        }
    }

    /// How many more could be lent to this side.
    #[cfg(test)]
    pub(super) fn free(&self, share: Share) -> usize {
        self.places.free(share)
    }

    /// The one that came to rest last, and whether it has to be tried first.
    fn take_resting(&self) -> Result<Option<(Resting, bool)>, Failure> {
        match &mut *self.state() {
            PoolState::Closed => Err(Error::PoolClosed.into()),
            PoolState::Open { resting, broke } => Ok(resting.pop().map(|resting| {
                let is_suspect =
                    resting.since.elapsed() > RESTED || broke.is_some_and(|broke| resting.since < broke);
                (resting, is_suspect)
            })),
        }
    }

    fn state(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
