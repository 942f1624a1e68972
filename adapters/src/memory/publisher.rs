//! Topics in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use application::ports::Publisher;
use application::ports::publisher::{OutgoingRecord, PublishError, PublishFailure, Published};
use async_trait::async_trait;
use thiserror::Error;

/// Keeps what is published, in the order it came; stops a batch at its first failure, so nothing overtakes.
#[derive(Default)]
pub struct MemoryPublisher {
    topics: Mutex<Topics>,
}

/// What goes wrong when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// The record is refused for good.
    #[error("the record was to be refused")]
    Permanent,
    /// The record is not taken this time.
    #[error("the record was not to be taken this time")]
    Transient,
    /// Nobody is there when the record's batch comes.
    #[error("nobody was to be there")]
    Away,
}

#[derive(Default)]
struct Topics {
    records: BTreeMap<&'static str, Vec<OutgoingRecord>>,
    offered: usize,
    faults: BTreeMap<usize, Fault>,
}

impl MemoryPublisher {
    /// Without any record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What a topic holds, oldest first; nothing when nothing was published there.
    #[must_use]
    pub fn records(&self, topic: &str) -> Vec<OutgoingRecord> {
        self.lock().records.get(topic).cloned().unwrap_or_default()
    }

    /// Lets the `nth` record offered from now on fail, counted from 0, once; what follows it in its batch is not sent.
    pub fn fail(&self, nth: usize, fault: Fault) {
        let mut topics = self.lock();
        let at = topics.offered + nth;
        topics.faults.insert(at, fault);
    }

    fn lock(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Publisher for MemoryPublisher {
    async fn publish(&self, batch: &[OutgoingRecord]) -> Result<Published, PublishError> {
        let mut topics = self.lock();
        if topics.is_away(batch.len()) {
            let source = Box::new(Fault::Away);
            return Err(PublishError::Unavailable { count: batch.len(), source });
        }
        for (index, record) in batch.iter().enumerate() {
            if let Some(failure) = topics.offer(record) {
                return Ok(Published { contiguous: index, failed: vec![(index, failure)] });
            }
        }
        Ok(Published { contiguous: batch.len(), failed: Vec::new() })
    }
}

impl Topics {
    /// Being away stands before the whole batch: nothing of it is offered.
    fn is_away(&mut self, count: usize) -> bool {
        let mut coming = self.faults.range(self.offered..self.offered + count);
        let Some(at) = coming.find(|(_, fault)| **fault == Fault::Away).map(|(&at, _)| at) else {
            return false;
        };
        self.faults.remove(&at).is_some()
    }

    fn offer(&mut self, record: &OutgoingRecord) -> Option<PublishFailure> {
        let at = self.offered;
        self.offered += 1;
        match self.faults.remove(&at) {
            None => {
                self.records.entry(record.topic).or_default().push(record.clone());
                None
            }
            Some(Fault::Permanent) => Some(PublishFailure::Permanent(Box::new(Fault::Permanent))),
            Some(fault @ (Fault::Transient | Fault::Away)) => {
                Some(PublishFailure::Transient(Box::new(fault)))
            }
        }
    }
}
