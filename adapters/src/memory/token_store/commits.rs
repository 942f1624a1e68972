//! Rows, letters and the token, read and written under a claim.

use application::ports::dead_letters::DeadLetter;
use application::ports::token_store::{Claim, Commit, ProcessorName, Row, RowKey, TokenError};
use jiff::Timestamp;

use super::dead_letters::Refusal;
use super::state::TokenState;
use crate::stores::letters::redelivered;
use crate::stores::segments::{stale, unknown};

impl TokenState {
    pub(super) fn rows(
        &self,
        claim: &Claim,
        keys: &[RowKey],
        now: Timestamp,
    ) -> Result<Vec<Option<Row>>, TokenError> {
        let processor = self.processors.get(&claim.processor).ok_or_else(|| stale(claim))?;
        let generation = processor.generations.get(&claim.generation).ok_or_else(|| stale(claim))?;
        let place = generation.segments.get(&claim.segment);
        place.filter(|place| place.is_held_by(claim, now)).ok_or_else(|| stale(claim))?;
        Ok(keys.iter().map(|&key| generation.rows.get(key)).collect())
    }

    pub(super) fn rows_after(
        &self,
        processor: &ProcessorName,
        after: Option<RowKey>,
        limit: usize,
    ) -> Vec<Row> {
        let Some(processor) = self.processors.get(processor) else { return Vec::new() };
        let Some(live) = processor.generations.get(&processor.live) else { return Vec::new() };
        let rows = live.rows.all().filter(|row| after.is_none_or(|after| row.key() > after));
        rows.take(limit).collect()
    }

    /// Everything that can be refused is refused before the first change that is not undone.
    pub(super) fn commit(&mut self, claim: &Claim, commit: Commit, now: Timestamp) -> Result<(), TokenError> {
        let processor = self.processors.get_mut(&claim.processor).ok_or_else(|| stale(claim))?;
        let generation = processor.generations.get_mut(&claim.generation).ok_or_else(|| stale(claim))?;
        let place = generation.segments.get_mut(&claim.segment);
        let place = place.filter(|place| place.is_held_by(claim, now)).ok_or_else(|| stale(claim))?;
        if place.has_made(claim, &commit)? {
            return Ok(());
        }
        commit.check_keys()?;
        let exchanged = generation.letters.exchange(&commit.settled, commit.letters);
        processor.rejected_dropped += exchanged.map_err(|refusal| refused(&claim.processor, &refusal))?;
        for (key, row) in commit.rows {
            generation.rows.put(key, row);
        }
        place.token = commit.token;
        place.commits = commit.number;
        place.committed_under = claim.epoch;
        Ok(())
    }

    pub(super) fn redeliver(&mut self, letter: DeadLetter, now: Timestamp) -> Result<(), TokenError> {
        let name = letter.processor.clone();
        let processor = self.processor_mut(&name)?;
        let live =
            processor.generations.get_mut(&processor.live).filter(|_| letter.generation == processor.live);
        let letters = &mut live.ok_or_else(|| unknown(&name, "the generation"))?.letters;
        let again = redelivered(letters.get(letter.id).cloned(), letter, now);
        let exchanged = letters.exchange(&[], vec![again]);
        processor.rejected_dropped += exchanged.map_err(|refusal| refused(&name, &refusal))?;
        processor.said += 1;
        Ok(())
    }
}

fn refused(processor: &ProcessorName, refusal: &Refusal) -> TokenError {
    let processor = processor.clone();
    match *refusal {
        Refusal::Changed => TokenError::LetterChanged { processor },
        Refusal::Overfull { limit, of } => TokenError::Full { processor, limit, of },
    }
}
