//! The raw side of writing: the rows that the application has just written, once more, as bare rows.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_store::{Position, Recorded, Types};
use application::ports::{Baseline, EventStore};
use tokio::time::Instant;

use super::Bench;
use super::error::BenchError;
use super::measured::{Measured, Times};

/// About how many rows are read ahead of what is written.
const AHEAD: usize = 8_192;
/// Rows in a transaction while nothing is measured.
const UNMEASURED: usize = 1_000;

/// Copies one log into another place, always from where it has come to.
pub(super) struct Replay {
    bench: Bench,
    from: Arc<dyn EventStore>,
    to: Arc<dyn Baseline>,
    at: Position,
}

impl Replay {
    pub(super) fn new(bench: &Bench, from: &Arc<dyn EventStore>, to: &Arc<dyn Baseline>) -> Self {
        Self { bench: bench.clone(), from: Arc::clone(from), to: Arc::clone(to), at: Position::START }
    }

    /// Copies up to a position, however long it takes.
    pub(super) async fn up_to(&mut self, end: Position) -> Result<(), BenchError> {
        let times = Times::none()?;
        while self.at < end {
            let rows = self.ahead(end, UNMEASURED).await?;
            self.write(rows, UNMEASURED, &times).await?;
        }
        Ok(())
    }

    /// Copies up to a position in transactions of `batch` rows, for at most so long. Only the writing is timed.
    pub(super) async fn measure(
        &mut self,
        end: Position,
        batch: f64,
        length: Duration,
    ) -> Result<Measured, BenchError> {
        let (batch, start, times) = ((batch.round() as usize).max(1), self.at, Times::none()?);
        let (mut took, mut worked) = (Duration::ZERO, Some(Duration::ZERO));
        while self.at < end && took < length {
            let rows = self.ahead(end, batch).await?;
            let begun = self.bench.begin();
            self.write(rows, batch, &times).await?;
            took += begun.at.elapsed();
            worked = worked.zip(begun.worked()).map(|(before, now)| before + now);
        }
        let count = self.at.value() - start.value();
        Ok(Measured { count, took, worked, times, batch: Some(batch as f64), followed: None })
    }

    /// The next rows, as many as fill transactions of `batch` rows.
    async fn ahead(&self, end: Position, batch: usize) -> Result<Vec<Recorded>, BenchError> {
        let left = usize::try_from(end.value() - self.at.value()).unwrap_or(usize::MAX);
        let count = ((AHEAD / batch).max(1) * batch).min(left);
        let page = self.from.read_log(self.at, &Types::new(), count).await;
        let rows = page.map_err(BenchError::store("reading what was written"))?.events;
        if rows.is_empty() {
            let source = format!("the log ends at {} and was to go on to {end}", self.at).into();
            return Err(BenchError::Inside { doing: "reading what was written", source });
        }
        Ok(rows)
    }

    async fn write(&mut self, rows: Vec<Recorded>, batch: usize, times: &Times) -> Result<(), BenchError> {
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<_> = rows.by_ref().take(batch).collect();
            let Some(last) = some.last().map(|row| row.position) else { return Ok(()) };
            let begun = Instant::now();
            self.to.write(some).await.map_err(BenchError::store("writing bare rows"))?;
            times.keep_since(begun);
            self.at = last;
        }
    }
}
