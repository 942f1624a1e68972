//! What was fetched of a partition and is kept: records in order, from a place to a place.

use std::collections::VecDeque;
use std::time::Duration;

use application::ports::BoxError;
use application::ports::event_store::{LogId, Position, Recorded};

use super::received::record_of;
use crate::kafka::consumer::{Ends, Queue};
use crate::kafka::failure::safe;

/// The most that is kept for those who follow a little behind, in records and in bytes.
const KEPT_MAX: usize = 2_000;
const KEPT_BYTES_MAX: usize = 1 << 20;

/// The records of a partition after position `from`, up to `next`: a token between the two is served from here.
#[derive(Default)]
pub(super) struct Lane {
    queue: Option<Queue>,
    is_placed: bool,
    from: u64,
    next: u64,
    kept: VecDeque<Recorded>,
    bytes: usize,
    /// What is known of the partition.
    start: u64,
    end: u64,
    /// Up to where nothing came although the partition goes on: marks of transactions and holes of compaction.
    empty_up_to: u64,
    strays: u64,
}

impl Lane {
    pub(super) fn has_queue(&self) -> bool {
        self.queue.is_some()
    }

    pub(super) fn keep_queue(&mut self, queue: Queue) {
        self.queue = Some(queue);
    }

    pub(super) fn lose_queue(&mut self) {
        self.queue = None;
        self.lose_place();
    }

    /// The next read finds its place anew.
    pub(super) fn lose_place(&mut self) {
        self.is_placed = false;
    }

    pub(super) const fn is_placed(&self) -> bool {
        self.is_placed
    }

    pub(super) fn begin(&mut self, at: u64, ends: Ends, strays: u64) {
        self.kept.clear();
        (self.from, self.next, self.bytes) = (at, at, 0);
        (self.is_placed, self.empty_up_to, self.strays) = (true, 0, strays);
        (self.start, self.end) = (ends.start, ends.end);
    }

    /// Whether a token at this position can be served.
    pub(super) const fn covers(&self, at: u64, strays: u64) -> bool {
        self.is_placed && self.strays == strays && self.start <= at && self.from <= at && at <= self.next
    }

    /// Whether everything that is here lies after a position.
    pub(super) const fn begins_after(&self, at: u64) -> bool {
        self.from > at
    }

    /// Whether it has not come as far as a position, since somebody reads from before.
    pub(super) const fn ends_before(&self, at: u64) -> bool {
        self.next < at
    }

    /// How many records there are after a position.
    pub(super) fn after(&self, at: u64) -> usize {
        self.kept.len() - self.first_after(at)
    }

    /// Notes what the broker said.
    pub(super) fn learn(&mut self, Ends { start, end }: Ends) {
        (self.start, self.end) = (self.start.max(start), self.end.max(end));
    }

    /// The end, as far as it is known.
    pub(super) fn end(&self) -> u64 {
        self.end.max(self.next)
    }

    /// Whether there is more to come for a page.
    pub(super) fn expects_more(&self, at: u64, limit: usize) -> bool {
        let is_full = self.after(at) >= limit;
        !is_full && self.next < self.end && self.empty_up_to < self.end
    }

    /// Remembers that a look found nothing, so that the next one does not wait for it.
    pub(super) fn looked_at(&mut self, at: u64) {
        if self.after(at) == 0 {
            self.empty_up_to = self.end;
        }
    }

    /// Takes what has come until a page is full. What is kept of before is let go when it is too much.
    pub(super) fn take(&mut self, topic: &str, log: LogId, at: u64, limit: usize) -> Result<(), BoxError> {
        while self.after(at) < limit {
            let Some(queue) = &self.queue else { break };
            let record = match queue.poll(Duration::ZERO) {
                None => break,
                Some(Ok(message)) => record_of(topic, &message),
                Some(Err(error)) => {
                    self.is_placed = false;
                    return Err(safe(error));
                }
            };
            let recorded = record.recorded(log);
            // A client that hands something out twice, or from the place before, does not make us go back.
            if recorded.position.value() > self.next {
                self.keep(recorded);
            }
        }
        self.trim(at);
        Ok(())
    }

    /// A page of what is here after a position.
    pub(super) fn page(&self, after: Position, limit: usize) -> Vec<Recorded> {
        self.kept.iter().skip(self.first_after(after.value())).take(limit).cloned().collect()
    }

    fn keep(&mut self, recorded: Recorded) {
        self.next = recorded.position.value();
        self.bytes += size(&recorded);
        self.kept.push_back(recorded);
    }

    fn trim(&mut self, at: u64) {
        while self.kept.len() > KEPT_MAX || self.bytes > KEPT_BYTES_MAX {
            let Some(first) = self.kept.front().filter(|first| first.position.value() <= at) else { return };
            (self.from, self.bytes) = (first.position.value(), self.bytes - size(first));
            self.kept.pop_front();
        }
    }

    fn first_after(&self, at: u64) -> usize {
        self.kept.partition_point(|record| record.position.value() <= at)
    }
}

fn size(record: &Recorded) -> usize {
    record.payload.len() + record.metadata.len()
}
