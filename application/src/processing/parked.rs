//! The sequences of a claimed segment that wait: which of them comes next, and what has to wait behind them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::backoff::parked_until;
use crate::ports::dead_letters::{DeadLetter, DeadLetterKind, ParkedSequence};
use crate::ports::event_store::Position;

/// The sequences that are parked or abandoned.
#[derive(Debug)]
pub(super) struct Parked(BTreeMap<String, WaitingSequence>);

/// A sequence that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WaitingSequence {
    /// How many letters it has.
    letters: usize,
    /// Where the event of its head stands.
    head: Position,
    /// When its head is tried next, as it is stored; none when it is abandoned.
    due: Option<Timestamp>,
    /// Until when it waits beyond that, since what came of a try could not be stored.
    put_off: Option<PutOff>,
}

/// A wait that is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PutOff {
    until: Timestamp,
    /// How often in a row the sequence was put off.
    times: u32,
}

impl Parked {
    pub(super) fn of(sequences: Vec<ParkedSequence>) -> Self {
        let waiting = sequences.into_iter().map(|parked| {
            let ParkedSequence { sequence, letters, head, due } = parked;
            (sequence, WaitingSequence { letters, head, due, put_off: None })
        });
        Self(waiting.collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many letters wait, abandoned ones among them.
    pub(super) fn letters(&self) -> usize {
        self.0.values().map(|waiting| waiting.letters).sum()
    }

    /// The sequence whose head has been due for the longest time.
    pub(super) fn due_sequence(&self, now: Timestamp) -> Option<String> {
        let due = self.0.iter().filter_map(|(sequence, waiting)| Some((waiting.due(now)?, sequence)));
        due.filter(|(due, _)| *due <= now).min().map(|(_, sequence)| sequence.clone())
    }

    /// When the next sequence is to be tried.
    pub(super) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.values().filter_map(|waiting| waiting.due(now)).min()
    }

    /// Whether an event has to wait behind others of its sequence. One before the head is read again, and waits for
    /// nothing.
    pub(super) fn holds_back(&self, sequence: &str, position: Position) -> bool {
        self.0.get(sequence).is_some_and(|waiting| waiting.head <= position)
    }

    /// Remembers what a commit parked.
    pub(super) fn add(&mut self, letters: &[DeadLetter]) {
        for letter in letters.iter().filter(|letter| letter.kind != DeadLetterKind::Rejected) {
            let alone =
                WaitingSequence { letters: 0, head: letter.position(), due: letter.due, put_off: None };
            let waiting = self.0.entry(letter.sequence.clone()).or_insert(alone);
            if alone.head < waiting.head {
                *waiting = WaitingSequence { letters: waiting.letters, ..alone };
            }
            waiting.letters += 1;
        }
    }

    /// Remembers that so many letters of a sequence are gone, and which one is its head now; without one it waits no
    /// more.
    pub(super) fn went_on(&mut self, sequence: &str, gone: usize, head: Option<&DeadLetter>) {
        let before = self.0.remove(sequence).map_or(0, |waiting| waiting.letters);
        if let Some(head) = head {
            let letters = before.saturating_sub(gone).max(1);
            let due = head.due.filter(|_| head.kind == DeadLetterKind::Parked);
            self.0.insert(
                sequence.to_owned(),
                WaitingSequence { letters, head: head.position(), due, put_off: None },
            );
        }
    }

    /// Lets a sequence wait although nothing could be stored about it; `until` is told how often that was so in a row.
    pub(super) fn put_off(&mut self, sequence: &str, until: impl FnOnce(u32) -> Timestamp) {
        let Some(waiting) = self.0.get_mut(sequence) else { return };
        let times = waiting.put_off.map_or(1, |put_off| put_off.times.saturating_add(1));
        waiting.put_off = Some(PutOff { until: until(times), times });
    }

    /// Goes on with waits that are not stored, except where something was said since.
    pub(super) fn go_on_from(&mut self, before: &Self) {
        for (sequence, waiting) in &mut self.0 {
            let same = before.0.get(sequence);
            let same = same.filter(|same| (same.head, same.due) == (waiting.head, waiting.due));
            waiting.put_off = same.and_then(|same| same.put_off);
        }
    }
}

impl WaitingSequence {
    fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.due?;
        let due = self.put_off.map_or(due, |put_off| put_off.until.max(due));
        Some(parked_until(due, now))
    }
}
