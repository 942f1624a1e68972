//! Dead letters: what a failed event becomes, and how a parked sequence is tried again, head first.

use std::time::Duration;

use uuid::Uuid;

use super::backoff::{Backoff, later};
use super::batch::TRIES_IN_PLACE;
use super::halt::Halt;
use super::handling::{Reacted, Rows, Verdict, react};
use super::item::{Group, Item};
use super::processor::Core;
use super::seat::{Draft, Seat, Waiting};
use crate::ports::token_store::{
    ATTEMPTS_KEPT, FailedAttempt, LETTERS_PER_SEQUENCE_MAX, Letter, LetterId, LetterKind, LetterQuery,
    Segment, SettledLetter, TokenError,
};

/// After so many attempts, those in place among them, a letter is not tried any more by itself.
pub(super) const ATTEMPTS_MAX: u32 = 10;
/// How many letters of a sequence are tried in one commit.
const LETTERS_AT_ONCE: usize = 100;
/// How soon a parked event is tried again when something that it needs was away.
const AWAY_AGAIN: Duration = Duration::from_secs(5);
/// How soon an event is tried again whose stream had too much to do.
const BUSY_AGAIN: Duration = Duration::from_secs(1);
/// What ids of letters are made in.
const LETTERS: Uuid = Uuid::from_u128(0x5f1c_7d3e_92ab_4c60_8e15_b07a_64d9_2f38);

impl Core {
    /// Tries a parked sequence: its head, then what waits behind it, until one fails. Letters that are done go in the
    /// same commit as the rows they changed.
    pub(super) async fn retry(&self, seat: &mut Seat, sequence: &str) -> Result<(), Halt> {
        let mut letters = self.sequence(seat, sequence).await?;
        match letters.first().map(|head| head.kind) {
            None => {
                seat.parked.remove(sequence);
                return Ok(());
            }
            Some(LetterKind::Abandoned) => {
                seat.parked.insert(sequence.to_owned(), Waiting { letters: letters.len(), due: None });
                return Ok(());
            }
            Some(LetterKind::Parked | LetterKind::Rejected) => {}
        }
        let rest = letters.split_off(letters.len().min(LETTERS_AT_ONCE));
        let group = self.group(seat, &letters);
        let groups = [group];
        let reacted = match react(&self.reaction, &*self.tokens, &seat.claim, &groups, 1).await {
            Err(TokenError::Corrupt { source, .. }) => Reacted::all_behind(&letters, &*source),
            other => other?.into_iter().next().unwrap_or_default(),
        };
        let tried = self.sort(letters, rest, reacted);
        self.write_retried(seat, sequence, tried).await
    }

    async fn sequence(&self, seat: &Seat, sequence: &str) -> Result<Vec<Letter>, Halt> {
        let wanted = LetterQuery {
            processor: Some(seat.claim.processor.clone()),
            generation: Some(seat.claim.generation),
            sequence: Some(sequence.to_owned()),
            ..LetterQuery::default()
        };
        // Rejected ones come last in the answer, so the limit cannot cut off one that blocks.
        let mut letters = self.tokens.letters(&wanted, LETTERS_PER_SEQUENCE_MAX).await?;
        letters.retain(|letter| letter.kind != LetterKind::Rejected);
        letters.sort_by_key(Letter::position);
        Ok(letters)
    }

    fn group(&self, seat: &Seat, letters: &[Letter]) -> Group {
        let item = |letter: &Letter| {
            let overlay = seat.overlays.get(&letter.event.id);
            Item::of(letter.event.clone(), self.reaction.sequence(), Segment::WHOLE, overlay)
        };
        Group { items: letters.iter().filter_map(item).collect() }
    }

    fn sort(&self, letters: Vec<Letter>, rest: Vec<Letter>, reacted: Reacted) -> Retried {
        let now = self.clock.now();
        let mut tried = Retried { rows: reacted.rows, ..Retried::default() };
        let mut left = vec![];
        for (letter, verdict) in letters.into_iter().zip(reacted.verdicts) {
            match verdict {
                Verdict::Done => tried.settled.push(letter.settled()),
                Verdict::Rejected(cause) => tried.changed.push(self.now_rejected(letter, cause)),
                Verdict::Failed { cause, tries } => left.push(self.failed_again(letter, cause, tries)),
                Verdict::Waits(cause) => left.push(self.put_off(letter, &cause)),
                Verdict::Busy(cause) => left.push(self.busy(letter, cause)),
                Verdict::Behind => left.push(letter),
            }
        }
        left.extend(rest);
        // The head carries the time of the next try, also when it has only just become the head.
        if let Some(head) = left.first_mut() {
            if head.kind == LetterKind::Parked && head.due.is_none_or(|due| due < now) {
                head.due = Some(now);
            }
            tried.left = Some(Waiting { letters: 0, due: head.due });
            tried.changed.push(head.clone());
        }
        if let Some(waiting) = &mut tried.left {
            waiting.letters = left.len();
        }
        tried
    }

    async fn write_retried(&self, seat: &mut Seat, sequence: &str, tried: Retried) -> Result<(), Halt> {
        let Retried { rows, changed, settled, left } = tried;
        let handled = settled.len();
        let draft = Draft { rows, letters: changed.clone(), settled, ..Draft::advance(seat.token) };
        seat.commit(&*self.tokens, draft, self.clock.now()).await?;
        self.report_letters(&changed);
        self.count_handled(handled);
        match left {
            Some(waiting) => seat.parked.insert(sequence.to_owned(), waiting),
            None => seat.parked.remove(sequence),
        };
        Ok(())
    }

    /// What it needs is away. That is no failure of its own, and events of other keys need not wait for it.
    fn put_off(&self, letter: Letter, cause: &str) -> Letter {
        self.live.failed(format!("event {} waits: {cause}", letter.position()));
        Letter { due: Some(later(self.clock.now(), AWAY_AGAIN)), ..letter }
    }

    /// What it is for has too much to do. That counts as no attempt, so however long it lasts, nothing is given up.
    pub(super) fn busy(&self, letter: Letter, cause: String) -> Letter {
        let now = self.clock.now();
        let mut failures = letter.failures;
        failures.pop_if(|last| last.cause == cause);
        let failures = remembered(failures, FailedAttempt { at: now, cause });
        Letter { failures, last_at: now, due: Some(later(now, BUSY_AGAIN)), ..letter }
    }

    fn failed_again(&self, letter: Letter, cause: String, tries: u32) -> Letter {
        let now = self.clock.now();
        let attempts = letter.attempts.saturating_add(tries);
        let abandoned = attempts >= ATTEMPTS_MAX;
        let wait = Backoff::PARKED.after((attempts + 1).saturating_sub(TRIES_IN_PLACE), &*self.ids);
        Letter {
            attempts,
            failures: remembered(letter.failures, FailedAttempt { at: now, cause }),
            last_at: now,
            kind: if abandoned { LetterKind::Abandoned } else { LetterKind::Parked },
            due: (!abandoned).then(|| later(now, wait)),
            ..letter
        }
    }

    fn now_rejected(&self, letter: Letter, cause: String) -> Letter {
        let now = self.clock.now();
        let failures = remembered(letter.failures, FailedAttempt { at: now, cause });
        let attempts = letter.attempts.saturating_add(1);
        Letter { attempts, failures, last_at: now, kind: LetterKind::Rejected, due: None, ..letter }
    }

    /// The letter of an event that failed: the head of its sequence.
    pub(super) fn head(&self, seat: &Seat, item: &Item, cause: String, tries: u32) -> Letter {
        self.failed_again(self.follower(seat, item), cause, tries)
    }

    /// The letter of a message that does not fit.
    pub(super) fn rejected(&self, seat: &Seat, item: &Item, cause: String) -> Letter {
        self.now_rejected(self.follower(seat, item), cause)
    }

    /// The letter of an event that was not tried, because one before it in its sequence has failed.
    pub(super) fn follower(&self, seat: &Seat, item: &Item) -> Letter {
        let (processor, generation) = (seat.claim.processor.clone(), seat.claim.generation);
        let now = self.clock.now();
        let name = format!("{processor}\n{}\n{}", generation.0, item.original.id);
        Letter {
            id: LetterId::new(Uuid::new_v5(&LETTERS, name.as_bytes())),
            processor,
            generation,
            sequence: item.key.clone(),
            kind: LetterKind::Parked,
            event: item.original.clone(),
            attempts: 0,
            failures: vec![],
            first_at: now,
            last_at: now,
            due: None,
            revision: 0,
        }
    }
}

/// What came of trying a sequence.
#[derive(Default)]
struct Retried {
    rows: Rows,
    changed: Vec<Letter>,
    settled: Vec<SettledLetter>,
    left: Option<Waiting>,
}

impl Reacted {
    /// The head failed, because what it needs cannot be read, and the others were not tried.
    fn all_behind(letters: &[Letter], source: &(dyn std::error::Error + 'static)) -> Self {
        let mut verdicts = vec![Verdict::Failed { cause: super::reaction::cause_of(source), tries: 1 }];
        verdicts.resize(letters.len(), Verdict::Behind);
        Self { verdicts, rows: Rows::new() }
    }
}

/// The first failure and the latest ones.
fn remembered(mut failures: Vec<FailedAttempt>, latest: FailedAttempt) -> Vec<FailedAttempt> {
    if failures.len() >= ATTEMPTS_KEPT {
        failures.remove(1);
    }
    failures.push(latest);
    failures
}
