//! Reading an export into an empty store.

use std::collections::HashSet;
use std::io::BufRead;

use thiserror::Error;

use super::LineProblem;
use super::batch::Batch;
use super::lines::{self, Exported};
use crate::ports::EventStore;
use crate::ports::event_store::{EventId, Position, StoreError};

/// How many events lie between two words about how far it is.
const SAID_EVERY: u64 = 1_000;

/// Why a log could not be read in.
#[derive(Debug, Error)]
pub enum ImportError {
    /// There is something in the store.
    #[error("the store holds {events} events already, and a log can only be read into an empty one")]
    NotEmpty {
        /// How many.
        events: u64,
    },
    /// There is nothing in the file.
    #[error("there is no event to be read; was the export taken?")]
    Nothing,
    /// A line of the file is wrong.
    #[error("line {line} cannot be imported")]
    Line {
        /// Which one, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        problem: LineProblem,
    },
    /// The store failed.
    #[error("writing the log failed")]
    Store(#[from] StoreError),
}

/// Reads the lines of an export into a store that is empty, and says how many events there were: each comes to stand
/// where it stood, with its ids, versions, commands and times, payload and metadata byte for byte. `seen` is told now
/// and then how many were read. Of what was read, only the ids are kept in memory: 16 bytes an event.
///
/// # Errors
/// [`ImportError`]; the store then holds a part of the log and is of no use.
pub async fn import(
    from: &mut (dyn BufRead + Send),
    store: &dyn EventStore,
    seen: &(dyn Fn(u64) + Send + Sync),
) -> Result<u64, ImportError> {
    let head = store.head().await?.position;
    if head != Position::START {
        return Err(ImportError::NotEmpty { events: head.value() });
    }
    let mut importing =
        Importing { store, batch: Batch::default(), last: Position::START, ids: HashSet::new() };
    let mut kept = Vec::new();
    loop {
        let line = match lines::next(from, &mut kept).and_then(|line| line.map(lines::event).transpose()) {
            Ok(line) => line,
            Err(problem) => return Err(importing.wrong(problem).await),
        };
        let Some(event) = line else { break };
        importing.take(event).await?;
        if importing.last.value().is_multiple_of(SAID_EVERY) {
            seen(importing.last.value());
        }
    }
    importing.append().await?;
    match importing.last.value() {
        0 => Err(ImportError::Nothing),
        events => Ok(events),
    }
}

/// An import under way. The event at a position stands in the line of that number.
struct Importing<'a> {
    store: &'a dyn EventStore,
    batch: Batch,
    last: Position,
    ids: HashSet<EventId>,
}

impl Importing<'_> {
    async fn take(&mut self, read: Exported) -> Result<(), ImportError> {
        if self.batch.is_full_for(&read.event) {
            self.append().await?;
        }
        match self.add(read) {
            Ok(()) => Ok(()),
            Err(problem) => Err(self.wrong(problem).await),
        }
    }

    fn add(&mut self, read: Exported) -> Result<(), LineProblem> {
        let (found, due) = (read.event.position, self.last.plus(1));
        if found != due {
            return Err(LineProblem::Position { found, due });
        }
        if !self.ids.insert(read.event.id) {
            return Err(LineProblem::RepeatedId(read.event.id));
        }
        self.batch.add(read)?;
        self.last = due;
        Ok(())
    }

    async fn append(&mut self) -> Result<(), ImportError> {
        match self.batch.append(self.store).await? {
            None => Ok(()),
            Some((position, problem)) => Err(ImportError::Line { line: position.value(), problem }),
        }
    }

    /// What is wrong with the next line, unless the store finds something in those before it.
    async fn wrong(&mut self, problem: LineProblem) -> ImportError {
        let line = self.last.plus(1).value();
        match self.append().await {
            Ok(()) => ImportError::Line { line, problem },
            Err(before) => before,
        }
    }
}
