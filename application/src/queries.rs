//! What a reader asks: views, rankings, attempts, and the log itself.

mod causation;
mod error;
mod following;
mod ledger;
mod log;
mod readers;
mod standing;
mod states;

use std::sync::Arc;
use std::time::Duration;

use domain::member::Member;
use domain::{MemberId, ProcessId};
use jiff::Timestamp;

use crate::codec::{Aggregate, SequenceKeys};
use crate::ports::best_seller_view::{Counted, Period};
use crate::ports::catalogue_view::{BookQuery, CatalogueRow};
use crate::ports::event_store::{
    EventId, Head, LoadFrom, LogId, Position, Recorded, StoreError, StreamName, TypeName, Version,
};
use crate::ports::loan_view::{LoanQuery, LoanRow};
use crate::ports::message_source::Token;
use crate::ports::process_view::{ProcessQuery, ProcessRow};
use crate::ports::token_store::{ProcessorName, TokenError};
use crate::ports::{BestSellerView, CatalogueView, EventStore, LoanView, ProcessView, TokenPorts};
use crate::processing::{LiveProgress, Processors, Sequence};
use crate::reactions::{BEST_SELLERS, CATALOGUE, LOANS, PROCESSES};

pub use causation::{Causation, CausedEvent};
pub use error::QueryError;
pub use following::{FollowError, Following};
pub(crate) use log::fits;
pub use readers::Readers;
pub use states::{ChangedField, PastState, StateAt, StateChange};

/// Everything a reader may ask. Cheap to clone.
#[derive(Clone)]
pub struct Queries {
    ports: Arc<QueryPorts>,
    processors: Processors,
    readers: Readers,
}

/// What answers come from.
#[derive(Clone)]
pub struct QueryPorts {
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// How far the views are.
    pub tokens: TokenPorts,
    /// The catalogue.
    pub catalogue: Arc<dyn CatalogueView>,
    /// What is out.
    pub loans: Arc<dyn LoanView>,
    /// The ranking.
    pub best_sellers: Arc<dyn BestSellerView>,
    /// The attempts.
    pub processes: Arc<dyn ProcessView>,
}

/// The most a query waits for its view.
pub const VIEW_WAIT: Duration = Duration::from_secs(5);
/// How long a wait goes without looking by itself: what another process wrote gives no hint.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The most positions one filtered read of the log scans.
pub const SCAN_MAX: usize = 10_000;

/// One line of a member's points ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    /// Who or what moved the points.
    pub cause: LedgerCause,
    /// What it was: the event's type without its aggregate, such as `points-saved`.
    pub kind: &'static str,
    /// How many points, always positive.
    pub amount: i64,
    /// The balance after it.
    pub balance: i64,
    /// When.
    pub at: Timestamp,
    /// Where in the log.
    pub position: Position,
    /// Which version of the member's stream.
    pub version: Version,
    /// The event there.
    pub event: EventId,
}

/// Who moved points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerCause {
    /// An operator.
    Operator,
    /// An attempt.
    Process(ProcessId),
}

/// One place of a ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// From 1; equal counts share a rank, and the next one is skipped: 1, 2, 2, 4.
    pub rank: u64,
    /// The copy and its count.
    pub counted: Counted,
}

/// Which events of the log are wanted; what is none does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Only of this type.
    pub kind: Option<TypeName>,
    /// Only of this stream.
    pub stream: Option<StreamName>,
    /// Only of this attempt.
    pub correlation: Option<ProcessId>,
}

/// Events with the place to go on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The log they stand in.
    pub log: LogId,
    /// The events.
    pub events: Vec<Recorded>,
    /// Where to go on; none when the end was reached.
    pub next: Option<Token>,
}

impl Queries {
    /// Answers from these; `processors` are those of this process, which know how the views here stand.
    #[must_use]
    pub fn new(ports: QueryPorts, processors: Processors) -> Self {
        let readers = Readers::of(Arc::clone(&ports.store));
        Self { ports: Arc::new(ports), processors, readers }
    }

    /// Where the log ends.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn head(&self) -> Result<Head, StoreError> {
        self.ports.store.head().await
    }

    /// Whether the log can be written.
    ///
    /// # Errors
    /// [`StoreError`] says why not.
    pub async fn check_log(&self) -> Result<(), StoreError> {
        self.ports.store.check_writing().await
    }

    /// Whether the log is kept where it belongs.
    ///
    /// # Errors
    /// [`StoreError`] says why not.
    pub async fn check_storage(&self) -> Result<(), StoreError> {
        self.ports.store.check_storage().await
    }

    /// Resolves soon after a view has moved beyond a position; a hint.
    pub async fn progressed(&self, view: &ProcessorName, beyond: Position) {
        self.ports.tokens.store.progressed(view, beyond).await;
    }

    /// Waits until the view kept by `view` has passed `position`, at most [`VIEW_WAIT`].
    ///
    /// # Errors
    /// [`QueryError::ViewBehind`] when it has not by then; [`QueryError::ViewOfAnotherLog`] at once, and
    /// [`QueryError::BeyondHead`] where no waiting helps; [`QueryError::Store`] or [`QueryError::Tokens`].
    pub async fn wait_for(&self, view: &ProcessorName, position: Position) -> Result<(), QueryError> {
        self.follows_from_log(view).await?;
        if self.progress(view).await? >= position {
            return Ok(());
        }
        self.reaches(position).await?;
        let passed = tokio::time::timeout(VIEW_WAIT, self.pass(view, position)).await;
        match passed {
            Ok(answer) => answer,
            Err(_elapsed) => {
                let reached = self.progress(view).await?;
                Err(QueryError::ViewBehind { view: view.clone(), reached, wanted: position })
            }
        }
    }

    /// Makes sure that the log reaches a position.
    ///
    /// # Errors
    /// [`QueryError::BeyondHead`] or [`QueryError::Store`].
    pub async fn reaches(&self, position: Position) -> Result<(), QueryError> {
        let head = self.ports.store.head().await?.position;
        if position > head { Err(QueryError::BeyondHead { position, head }) } else { Ok(()) }
    }

    /// Those who keep the view here know at once that it is not there yet; that it is, the store has to say, from which
    /// the answer is read: it may have forgotten what it had acknowledged.
    async fn pass(&self, view: &ProcessorName, position: Position) -> Result<(), QueryError> {
        let mut here = self.processors.progress_of(view);
        here.wait_for(position);
        loop {
            // Registered before reading, so that a move in between is not missed; the limit makes it independent of
            // hints.
            let live = here.reached();
            let stored = match live {
                Some(reached) if reached < position => reached,
                Some(_) | None => self.progress(view).await?,
            };
            if stored >= position {
                return Ok(());
            }
            // A hint that does not come in time only means to look again.
            let moved = async {
                match live {
                    Some(_) => here.moved().await,
                    None => self.ports.tokens.store.progressed(view, stored).await,
                }
            };
            let _ = tokio::time::timeout(POLL_INTERVAL, moved).await; // it is looked again
        }
    }

    /// The position that a view has passed.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    pub async fn progress(&self, view: &ProcessorName) -> Result<Position, TokenError> {
        Ok(self.ports.tokens.store.progress(view).await?.unwrap_or_default())
    }

    /// The points ledger of a member, oldest first, after a version, at most `limit` lines. Lines are what moved
    /// points: versions in between are left out.
    ///
    /// # Errors
    /// [`QueryError::Store`] or [`QueryError::Unreadable`].
    pub async fn ledger(
        &self,
        member: &MemberId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<LedgerLine>, QueryError> {
        let stream = Member::stream(member);
        let (mut lines, mut after) = (Vec::new(), after);
        while lines.len() < limit {
            let piece = self.ports.store.load(&stream, LoadFrom::Version(after), limit).await?;
            let Some(last) = piece.events.last() else { break };
            after = last.version;
            for recorded in &piece.events {
                lines.extend(ledger::line(recorded, &Member::decode(recorded)?));
            }
        }
        lines.truncate(limit);
        Ok(lines)
    }

    /// The catalogue.
    ///
    /// # Errors
    /// [`QueryError::ViewOfAnotherLog`], [`QueryError::Store`] or [`QueryError::Tokens`].
    pub async fn books(&self, wanted: &BookQuery, limit: usize) -> Result<Vec<CatalogueRow>, QueryError> {
        self.follows_from_log(&CATALOGUE).await?;
        Ok(self.ports.catalogue.books(wanted, limit).await?)
    }

    /// Loans that fit, by rental.
    ///
    /// # Errors
    /// [`QueryError::ViewOfAnotherLog`], [`QueryError::Store`] or [`QueryError::Tokens`].
    pub async fn loans(&self, wanted: &LoanQuery, limit: usize) -> Result<Vec<LoanRow>, QueryError> {
        self.follows_from_log(&LOANS).await?;
        Ok(self.ports.loans.loans(wanted, limit).await?)
    }

    /// The ranking of a period, with shared ranks.
    ///
    /// # Errors
    /// [`QueryError::ViewOfAnotherLog`], [`QueryError::Store`] or [`QueryError::Tokens`].
    pub async fn ranking(&self, period: Period, limit: usize) -> Result<Vec<Ranked>, QueryError> {
        self.follows_from_log(&BEST_SELLERS).await?;
        Ok(ranked(self.ports.best_sellers.ranking(period, limit).await?))
    }

    /// One attempt. When the view does not know it, waits for the view to reach the log's end once and looks again.
    ///
    /// # Errors
    /// [`QueryError::ViewBehind`], [`QueryError::ViewOfAnotherLog`], [`QueryError::Store`] or [`QueryError::Tokens`].
    pub async fn process(&self, id: ProcessId) -> Result<Option<ProcessRow>, QueryError> {
        self.follows_from_log(&PROCESSES).await?;
        if let Some(row) = self.ports.processes.process(id).await? {
            return Ok(Some(row));
        }
        let head = self.ports.store.head().await?.position;
        self.wait_for(&PROCESSES, head).await?;
        Ok(self.ports.processes.process(id).await?)
    }

    /// One attempt as the view has it now, which may be behind.
    ///
    /// # Errors
    /// [`QueryError::ViewOfAnotherLog`], [`QueryError::Store`] or [`QueryError::Tokens`].
    pub async fn process_as_seen(&self, id: ProcessId) -> Result<Option<ProcessRow>, QueryError> {
        self.follows_from_log(&PROCESSES).await?;
        Ok(self.ports.processes.process(id).await?)
    }

    /// How far the part of the view is that one attempt belongs to, by those who work on it here.
    #[must_use]
    pub fn progress_of_process(&self, id: ProcessId) -> LiveProgress {
        let keys = SequenceKeys { process: Some(id), ..SequenceKeys::default() };
        let sequence = Sequence::Process.key(&keys).unwrap_or_default();
        self.processors.progress_of_sequence(&PROCESSES, &sequence)
    }

    /// Attempts, newest first.
    ///
    /// # Errors
    /// [`QueryError::ViewOfAnotherLog`], [`QueryError::Store`] or [`QueryError::Tokens`].
    pub async fn processes(
        &self,
        wanted: &ProcessQuery,
        limit: usize,
    ) -> Result<Vec<ProcessRow>, QueryError> {
        self.follows_from_log(&PROCESSES).await?;
        Ok(self.ports.processes.processes(wanted, limit).await?)
    }

    /// A stream after a version, oldest first.
    ///
    /// # Errors
    /// [`QueryError::Store`].
    pub async fn stream(
        &self,
        stream: &StreamName,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Recorded>, QueryError> {
        Ok(self.ports.store.load(stream, LoadFrom::Version(after), limit).await?.events)
    }
}

fn ranked(counts: Vec<Counted>) -> Vec<Ranked> {
    let mut places: Vec<Ranked> = Vec::with_capacity(counts.len());
    for (index, counted) in counts.into_iter().enumerate() {
        let rank = match places.last() {
            Some(above) if above.counted.count == counted.count => above.rank,
            _ => index as u64 + 1,
        };
        places.push(Ranked { rank, counted });
    }
    places
}

#[cfg(test)]
mod tests {
    use domain::{BookNo, Title};

    use super::*;

    fn counted(no: i64, count: u64) -> Counted {
        Counted { no: BookNo::parse(no).unwrap(), title: Title::parse("t").unwrap(), count }
    }

    #[test]
    fn equal_counts_share_a_rank_and_the_next_one_is_skipped() {
        let places = ranked(vec![counted(4, 9), counted(1, 5), counted(2, 5), counted(3, 1)]);
        let ranks: Vec<u64> = places.iter().map(|place| place.rank).collect();
        assert_eq!(ranks, [1, 2, 2, 4]);
    }
}
