//! Dead letters: what a failed event becomes.

use uuid::Uuid;

use super::assignment::Core;
use super::backoff::{Backoff, later};
use super::batch::TRIES_IN_PLACE;
use super::claimed_segment::ClaimedSegment;
use super::halt::Halt;
use super::item::WorkItem;
use crate::ports::dead_letters::{
    ATTEMPTS_KEPT, DeadLetter, DeadLetterId, DeadLetterKind, DeadLetterQuery, FailedAttempt,
};
use crate::ports::event_store::EventId;
use crate::ports::token_store::{Generation, ProcessorName};

/// After so many attempts, those in place among them, a letter is not tried any more by itself.
pub(super) const ATTEMPTS_MAX: u32 = 10;
/// What ids of letters are made in.
const LETTERS: Uuid = Uuid::from_u128(0x5f1c_7d3e_92ab_4c60_8e15_b07a_64d9_2f38);

impl Core {
    /// What it needs is away. That is no failure of its own, and events of other keys need not wait for it.
    pub(super) fn put_off(&self, letter: DeadLetter, cause: &str) -> DeadLetter {
        self.live.failed(format!("event {} waits: {cause}", letter.position()));
        let wait = Backoff::NEEDED.after(1, &*self.ids);
        DeadLetter { due: Some(later(self.clock.now(), wait)), ..letter }
    }

    /// What it is for has too much to do. That counts as no attempt, so however long it lasts, nothing is given up.
    pub(super) fn busy(&self, letter: DeadLetter, cause: String) -> DeadLetter {
        let now = self.clock.now();
        let mut failures = letter.failures;
        failures.pop_if(|last| last.cause == cause);
        let failures = remembered(failures, FailedAttempt { at: now, cause });
        let wait = Backoff::BUSY.after(1, &*self.ids);
        DeadLetter { failures, last_at: now, due: Some(later(now, wait)), ..letter }
    }

    pub(super) fn failed_again(&self, letter: DeadLetter, cause: String, tries: u32) -> DeadLetter {
        let now = self.clock.now();
        let attempts = letter.attempts.saturating_add(tries);
        let abandoned = attempts >= ATTEMPTS_MAX;
        let wait = Backoff::PARKED.after((attempts + 1).saturating_sub(TRIES_IN_PLACE), &*self.ids);
        DeadLetter {
            attempts,
            failures: remembered(letter.failures, FailedAttempt { at: now, cause }),
            last_at: now,
            kind: if abandoned { DeadLetterKind::Abandoned } else { DeadLetterKind::Parked },
            due: (!abandoned).then(|| later(now, wait)),
            ..letter
        }
    }

    pub(super) fn now_rejected(&self, letter: DeadLetter, cause: String) -> DeadLetter {
        let now = self.clock.now();
        let failures = remembered(letter.failures, FailedAttempt { at: now, cause });
        let attempts = letter.attempts.saturating_add(1);
        DeadLetter { attempts, failures, last_at: now, kind: DeadLetterKind::Rejected, due: None, ..letter }
    }

    /// The letter of an event that failed: the head of its sequence.
    pub(super) fn head(
        &self,
        claimed: &ClaimedSegment,
        item: &WorkItem,
        cause: String,
        tries: u32,
    ) -> DeadLetter {
        self.failed_again(self.follower(claimed, item), cause, tries)
    }

    /// The letter of a message that does not fit.
    pub(super) fn rejected(&self, claimed: &ClaimedSegment, item: &WorkItem, cause: String) -> DeadLetter {
        self.now_rejected(self.follower(claimed, item), cause)
    }

    /// The letter of an event that was not tried, because one before it in its sequence has failed.
    pub(super) fn follower(&self, claimed: &ClaimedSegment, item: &WorkItem) -> DeadLetter {
        let (processor, generation) = (claimed.claim.processor.clone(), claimed.claim.generation);
        let now = self.clock.now();
        DeadLetter {
            id: letter_id(&processor, generation, item.original.id),
            processor,
            generation,
            sequence: item.key.clone(),
            kind: DeadLetterKind::Parked,
            event: item.original.clone(),
            attempts: 0,
            failures: vec![],
            first_at: now,
            last_at: now,
            due: None,
            revision: 0,
        }
    }

    /// Of letters that are new those whose events have none yet, as they may when a token was set back. One that is
    /// there knows more of its event, unless it was rejected and now blocks.
    pub(super) async fn without_known(&self, letters: Vec<DeadLetter>) -> Result<Vec<DeadLetter>, Halt> {
        let mut left = Vec::with_capacity(letters.len());
        for letter in letters {
            let (id, processor) = (Some(letter.id), Some(letter.processor.clone()));
            let wanted = DeadLetterQuery {
                id,
                processor,
                generation: Some(letter.generation),
                ..DeadLetterQuery::default()
            };
            match self.tokens.letters.letters(&wanted, 1).await?.pop() {
                None => left.push(letter),
                Some(known)
                    if known.kind == DeadLetterKind::Rejected && letter.kind != DeadLetterKind::Rejected =>
                {
                    left.push(DeadLetter { revision: known.revision, ..letter });
                }
                Some(_) => {}
            }
        }
        Ok(left)
    }
}

/// The id of the letter of an event: the same however often it fails.
pub(crate) fn letter_id(processor: &ProcessorName, generation: Generation, event: EventId) -> DeadLetterId {
    let name = format!("{processor}\n{}\n{event}", generation.0);
    DeadLetterId::new(Uuid::new_v5(&LETTERS, name.as_bytes()))
}

/// The first failure and the latest ones.
fn remembered(mut failures: Vec<FailedAttempt>, latest: FailedAttempt) -> Vec<FailedAttempt> {
    if failures.len() >= ATTEMPTS_KEPT {
        failures.remove(1);
    }
    failures.push(latest);
    failures
}
