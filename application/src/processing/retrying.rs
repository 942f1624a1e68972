//! Parked sequences are tried again, head first. Whatever stands against one of them is counted or put off, so that it
//! keeps neither its segment from reading on nor other sequences from being tried.

use super::assignment::Core;
use super::backoff::{Backoff, later};
use super::claimed_segment::{ClaimedSegment, Draft};
use super::halt::Halt;
use super::handling::{HandlingVerdict, Reacted, Rows, react};
use super::item::{Group, WorkItem};
use super::reaction::cause_of;
use crate::ports::dead_letters::{DeadLetter, DeadLetterKind, SettledLetter, WaitingLetter};
use crate::ports::token_store::{Segment, TokenError};

/// How many letters of a sequence are tried in one commit.
const LETTERS_AT_ONCE: usize = 100;

impl Core {
    /// Tries a parked sequence: its head, then what waits behind it, until one fails. Letters that are done go in the
    /// same commit as the rows they changed.
    pub(super) async fn retry(&self, claimed: &mut ClaimedSegment, sequence: &str) -> Result<(), Halt> {
        let mut cause = String::new();
        for at_once in [LETTERS_AT_ONCE, 1] {
            match self.try_sequence(claimed, sequence, at_once).await {
                // Which of them it was shows when the head is alone.
                Err(Halt::Corrupt(found)) => cause = found,
                Err(Halt::Changed(why)) => {
                    self.read_again(claimed, sequence, &why);
                    return Ok(());
                }
                tried => return tried,
            }
        }
        // Its letters cannot be read, or not even that the head failed can be stored.
        self.failed(&format!("a parked sequence cannot be tried: {cause}"));
        let now = self.clock.now();
        claimed.parked.put_off(sequence, |times| later(now, Backoff::PARKED.after(times, &*self.ids)));
        Ok(())
    }

    /// Somebody said something while the sequence was tried. It is read again at once, and later when that happens
    /// again.
    fn read_again(&self, claimed: &mut ClaimedSegment, sequence: &str, why: &str) {
        tracing::debug!(processor = %self.name(), why, "a parked sequence is read again");
        let now = self.clock.now();
        claimed.parked.put_off(sequence, |times| match times {
            1 => now,
            _ => later(now, Backoff::PARKED.after(times, &*self.ids)),
        });
    }

    async fn try_sequence(
        &self,
        claimed: &mut ClaimedSegment,
        sequence: &str,
        at_once: usize,
    ) -> Result<(), Halt> {
        // One more than is tried: it becomes the head when all are done.
        let mut found = self.tokens.letters.waiting_letters(&claimed.claim, sequence, at_once + 1).await?;
        let is_parked = |waiting: &&WaitingLetter| waiting.letter.kind == DeadLetterKind::Parked;
        let rest = found.split_off(found.iter().take(at_once).take_while(is_parked).count());
        if found.is_empty() {
            // It is done, or abandoned.
            claimed.parked.went_on(sequence, 0, rest.first().map(|waiting| &waiting.letter));
            return Ok(());
        }
        let (groups, alone) = ([self.group(&found)], found.len() == 1);
        let reacted = match react(&self.reaction, &*self.tokens.store, claimed, &groups, 1).await {
            Err(TokenError::Corrupt { source, .. }) if alone => Reacted::failed(cause_of(&*source)),
            reacted => reacted?.into_iter().next().unwrap_or_default(),
        };
        match self.write_tried(claimed, sequence, self.sort(&found, &rest, reacted)).await {
            Err(Halt::Corrupt(cause)) if alone => {
                let failed = self.sort(&found, &rest, Reacted::failed(cause));
                self.write_tried(claimed, sequence, failed).await
            }
            written => written,
        }
    }

    fn group(&self, letters: &[WaitingLetter]) -> Group {
        let item = |WaitingLetter { letter, event_override }: &WaitingLetter| {
            WorkItem::of(letter.event.clone(), &self.reaction, Segment::WHOLE, event_override.as_ref())
        };
        Group { items: letters.iter().filter_map(item).collect() }
    }

    fn sort(&self, tried: &[WaitingLetter], rest: &[WaitingLetter], reacted: Reacted) -> Tried {
        let mut sorted = Tried { rows: reacted.rows, ..Tried::default() };
        let mut left = vec![];
        for (WaitingLetter { letter, .. }, verdict) in tried.iter().zip(reacted.verdicts) {
            let letter = letter.clone();
            match verdict {
                HandlingVerdict::Done => sorted.settled.push(letter.settled()),
                HandlingVerdict::Rejected(cause) => sorted.changed.push(self.now_rejected(letter, cause)),
                HandlingVerdict::Failed { cause, tries } => {
                    left.push(self.failed_again(letter, cause, tries))
                }
                HandlingVerdict::Waits(cause) => left.push(self.put_off(letter, &cause)),
                HandlingVerdict::Busy(cause) => left.push(self.busy(letter, cause)),
                HandlingVerdict::Behind => left.push(letter),
            }
        }
        sorted.gone = sorted.settled.len() + sorted.changed.len();
        left.extend(rest.iter().map(|waiting| waiting.letter.clone()));
        // The head carries the time of the next try, also when it has only just become the head.
        if let Some(mut head) = left.into_iter().next() {
            let now = self.clock.now();
            if head.kind == DeadLetterKind::Parked && head.due.is_none_or(|due| due < now) {
                head.due = Some(now);
            }
            sorted.head = Some(head.clone());
            sorted.changed.push(head);
        }
        sorted
    }

    async fn write_tried(
        &self,
        claimed: &mut ClaimedSegment,
        sequence: &str,
        tried: Tried,
    ) -> Result<(), Halt> {
        let Tried { rows, changed, settled, gone, head } = tried;
        let handled = settled.len();
        let draft = Draft { rows, letters: changed.clone(), settled, ..Draft::advance(claimed.token) };
        claimed.commit(&self.committer, draft, self.clock.now()).await?;
        self.report_letters(&changed);
        self.count_handled(handled);
        claimed.parked.went_on(sequence, gone, head.as_ref());
        Ok(())
    }
}

/// What came of trying a sequence.
#[derive(Default)]
struct Tried {
    rows: Rows,
    changed: Vec<DeadLetter>,
    settled: Vec<SettledLetter>,
    /// How many letters its sequence does not wait for any more.
    gone: usize,
    /// What it waits for from now on.
    head: Option<DeadLetter>,
}
