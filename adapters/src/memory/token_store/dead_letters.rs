//! The dead letters of one generation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use application::ports::dead_letters::{
    DeadLetter, DeadLetterId, DeadLetterKind, DeadLetterQuery, LETTERS_PER_SEQUENCE_MAX, ParkedSequence,
    REJECTED_MAX, SEQUENCES_MAX, SettledLetter,
};
use application::ports::event_store::{EventId, Position};
use application::ports::token_store::Segment;
use jiff::Timestamp;

/// All letters by id; those that block by sequence, in order; those that do not by age.
#[derive(Default)]
pub(super) struct Letters {
    by_id: HashMap<DeadLetterId, DeadLetter>,
    blocking: BTreeMap<String, BTreeSet<(Position, DeadLetterId)>>,
    rejected: BTreeSet<(Timestamp, Position, DeadLetterId)>,
    abandoned: usize,
}

/// Why letters were not exchanged.
pub(super) enum Refusal {
    /// One is not what it was when it was read.
    Changed,
    /// This limit was met.
    Overfull { limit: usize, of: &'static str },
}

impl Letters {
    /// Takes the settled ones away and puts others in, all or nothing; answers how many rejected ones had to go.
    pub(super) fn exchange(
        &mut self,
        settled: &[SettledLetter],
        letters: Vec<DeadLetter>,
    ) -> Result<u64, Refusal> {
        let is_new = |letter: &DeadLetter| letter.revision == 0 && !self.by_id.contains_key(&letter.id);
        let is_kept = |letter: &DeadLetter| is_new(letter) || self.stands_as(letter.settled());
        if !letters.iter().all(is_kept) || !settled.iter().all(|&settled| self.stands_as(settled)) {
            return Err(Refusal::Changed);
        }
        let touched: BTreeSet<String> = letters.iter().map(|letter| letter.sequence.clone()).collect();
        let mut before: Vec<_> = settled.iter().map(|settled| (settled.id, self.take(settled.id))).collect();
        let changed =
            letters.into_iter().map(|letter| DeadLetter { revision: letter.revision + 1, ..letter });
        before.extend(changed.map(|letter| (letter.id, self.put(letter))));
        if let Some(overfull) = self.overfull(&touched) {
            self.restore(before);
            return Err(overfull);
        }
        Ok(self.drop_oldest_rejected())
    }

    pub(super) fn get(&self, id: DeadLetterId) -> Option<&DeadLetter> {
        self.by_id.get(&id)
    }

    /// Those that block a sequence, by position.
    pub(super) fn blocking(&self, sequence: &str) -> impl Iterator<Item = &DeadLetter> {
        let ids = self.blocking.get(sequence).into_iter().flatten().map(|(_, id)| id);
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// Counts a change of the letters of an event.
    pub(super) fn touch(&mut self, event: EventId) {
        for letter in self.by_id.values_mut().filter(|letter| letter.event.id == event) {
            letter.revision += 1;
        }
    }

    pub(super) fn parked_sequences(&self, segment: Segment) -> Vec<ParkedSequence> {
        let held = self.blocking.iter().filter(|(sequence, _)| segment.holds(sequence));
        held.map(|(sequence, letters)| ParkedSequence {
            sequence: sequence.clone(),
            letters: letters.len(),
            head: letters.first().map(|(position, _)| *position).unwrap_or_default(),
            due: self
                .head(letters)
                .filter(|head| head.kind == DeadLetterKind::Parked)
                .and_then(|head| head.due),
        })
        .collect()
    }

    /// Those that fit, in no order.
    pub(super) fn matching<'a>(&'a self, wanted: &'a DeadLetterQuery) -> Vec<&'a DeadLetter> {
        let fits = |letter: &&DeadLetter| {
            wanted.kind.is_none_or(|kind| kind == letter.kind)
                && wanted.sequence.as_ref().is_none_or(|sequence| *sequence == letter.sequence)
        };
        match (&wanted.id, &wanted.sequence) {
            (Some(id), _) => self.by_id.get(id).into_iter().filter(fits).collect(),
            (None, Some(sequence)) => self.of_sequence(sequence).filter(fits).collect(),
            (None, None) => self.by_id.values().filter(fits).collect(),
        }
    }

    pub(super) fn retry_now(&mut self, sequence: Option<&str>, now: Timestamp) -> usize {
        let fits = |letter: &DeadLetter| sequence.is_none_or(|only| only == letter.sequence);
        let mut count = 0;
        for letter in self.by_id.values_mut().filter(|letter| fits(letter) && blocks(letter)) {
            if letter.kind == DeadLetterKind::Abandoned {
                letter.kind = DeadLetterKind::Parked;
                letter.attempts = 0;
                self.abandoned -= 1;
            }
            letter.due = Some(now);
            letter.revision += 1;
            count += 1;
        }
        count
    }

    /// Takes those away that block and whose events lie beyond a position; answers how many.
    pub(super) fn drop_beyond(&mut self, position: Position) -> usize {
        let beyond = self.by_id.values().filter(|letter| blocks(letter) && letter.position() > position);
        let beyond: Vec<_> = beyond.map(|letter| letter.id).collect();
        beyond.into_iter().filter_map(|id| self.take(id)).count()
    }

    pub(super) fn parked(&self) -> usize {
        self.by_id.len() - self.rejected.len() - self.abandoned
    }

    pub(super) const fn abandoned(&self) -> usize {
        self.abandoned
    }

    pub(super) fn rejected(&self) -> usize {
        self.rejected.len()
    }

    fn head(&self, letters: &BTreeSet<(Position, DeadLetterId)>) -> Option<&DeadLetter> {
        let (_, id) = letters.first()?;
        self.by_id.get(id)
    }

    fn of_sequence(&self, sequence: &str) -> impl Iterator<Item = &DeadLetter> {
        let rejected = self.rejected.iter().filter_map(|(_, _, id)| self.by_id.get(id));
        self.blocking(sequence).chain(rejected)
    }

    /// Whether a letter is what it was when it was read.
    fn stands_as(&self, read: SettledLetter) -> bool {
        self.by_id.get(&read.id).is_some_and(|letter| letter.revision == read.revision)
    }

    /// Answers the letter that had this id.
    fn put(&mut self, letter: DeadLetter) -> Option<DeadLetter> {
        let before = self.take(letter.id);
        if blocks(&letter) {
            let place = (letter.position(), letter.id);
            self.blocking.entry(letter.sequence.clone()).or_default().insert(place);
        } else {
            self.rejected.insert((letter.first_at, letter.position(), letter.id));
        }
        self.abandoned += usize::from(letter.kind == DeadLetterKind::Abandoned);
        self.by_id.insert(letter.id, letter);
        before
    }

    fn take(&mut self, id: DeadLetterId) -> Option<DeadLetter> {
        let letter = self.by_id.remove(&id)?;
        self.rejected.remove(&(letter.first_at, letter.position(), id));
        self.abandoned -= usize::from(letter.kind == DeadLetterKind::Abandoned);
        if let Some(letters) = self.blocking.get_mut(&letter.sequence) {
            letters.remove(&(letter.position(), id));
            if letters.is_empty() {
                self.blocking.remove(&letter.sequence);
            }
        }
        Some(letter)
    }

    fn overfull(&self, touched: &BTreeSet<String>) -> Option<Refusal> {
        if self.blocking.len() > SEQUENCES_MAX {
            return Some(Refusal::Overfull { limit: SEQUENCES_MAX, of: "sequences" });
        }
        let mut touched = touched.iter().filter_map(|sequence| self.blocking.get(sequence));
        let overfull = touched.any(|letters| letters.len() > LETTERS_PER_SEQUENCE_MAX);
        overfull.then_some(Refusal::Overfull { limit: LETTERS_PER_SEQUENCE_MAX, of: "letters in a sequence" })
    }

    /// Latest change first, so that an id that was changed twice ends as it began.
    fn restore(&mut self, before: Vec<(DeadLetterId, Option<DeadLetter>)>) {
        for (id, letter) in before.into_iter().rev() {
            match letter {
                Some(letter) => drop(self.put(letter)),
                None => drop(self.take(id)),
            }
        }
    }

    fn drop_oldest_rejected(&mut self) -> u64 {
        let mut dropped = 0;
        while self.rejected.len() > REJECTED_MAX {
            if let Some((_, _, id)) = self.rejected.pop_first() {
                self.by_id.remove(&id);
                dropped += 1;
            }
        }
        dropped
    }
}

fn blocks(letter: &DeadLetter) -> bool {
    match letter.kind {
        DeadLetterKind::Parked | DeadLetterKind::Abandoned => true,
        DeadLetterKind::Rejected => false,
    }
}
