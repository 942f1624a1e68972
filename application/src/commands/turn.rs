//! One turn of a stream: decide all that waits on one state, append it in one proposal, and answer.
//!
//! An answer that writes nothing (a refusal, or nothing to do) needs two proofs before it is given: the state it rests on
//! was read from the store after the command came, and the command was not done before. In that order: whatever the
//! state shows is stored by then, so the look-up sees it too.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::cache::Known;
use super::decide::{self, Decided, Verdict};
use super::error::{CommandError, ReadError};
use super::mailbox::Pending;
use super::path::Path;
use super::repeat::{self, Repeat};
use super::{CommandErrorOf, Executed};
use crate::codec::Aggregate;
use crate::ports::event_store::{
    CommandId, Done, Outcome, Position, Proposal, StoreError, StreamName, Version,
};

/// How often a turn that others overtake is tried.
const ATTEMPTS_MAX: u32 = 5;
/// How often an append whose answer was lost is sent again.
const RESENDS_MAX: u32 = 3;
/// The longest pause before the first retry; doubles with each further one.
const PAUSE: Duration = Duration::from_millis(5);

/// What a caller gets.
type Answer<A> = Result<Executed<A>, CommandErrorOf<A>>;

/// One turn.
pub(super) struct Turn<'a, A: Aggregate> {
    path: &'a Path<A>,
    id: &'a A::Id,
    stream: &'a StreamName,
    waiting: Vec<Pending<A>>,
    lost: u32,
}

impl<'a, A: Aggregate> Turn<'a, A> {
    pub(super) fn new(
        path: &'a Path<A>,
        id: &'a A::Id,
        stream: &'a StreamName,
        waiting: Vec<Pending<A>>,
    ) -> Self {
        Self { path, id, stream, waiting, lost: 0 }
    }

    /// Answers all that waits. A command whose id another one of the turn has too is decided after that one.
    pub(super) async fn run(mut self) {
        let mut seen = HashSet::new();
        let (first, repeats): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|pending| seen.insert(pending.context.command));
        for pending in [first, repeats] {
            self.waiting = pending;
            if let Err(error) = self.answer_all().await {
                self.fail_all(&error);
            }
        }
    }

    async fn answer_all(&mut self) -> Result<(), CommandErrorOf<A>> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut base = self.path.loading.base(self.stream).await?;
        loop {
            let mut decided = decide::all(&self.path.shared, self.id, &base.known, &self.waiting);
            if decided.writes_nothing_for_some() {
                if !base.fresh {
                    let version = base.known.version;
                    base = self.path.loading.refreshed(self.stream, base.known).await?;
                    if base.known.version != version {
                        continue;
                    }
                }
                if self.answer_repeats(&base.known, &decided).await? {
                    continue;
                }
            }
            if decided.parts.is_empty() {
                self.answer_decided(&base.known, decided, Position::START);
                return Ok(());
            }
            let parts = std::mem::take(&mut decided.parts);
            match self.append(base.known.version, parts).await? {
                Outcome::Appended { first } => {
                    self.answer_decided(&base.known, decided, first);
                    return Ok(());
                }
                Outcome::AlreadyDone { commands } => self.answer_done(&base.known, &commands).await?,
                Outcome::Conflict { actual } if actual < base.known.version => {
                    base = self.path.loading.reloaded(self.stream, actual, base.known.version).await?;
                    self.lost_one().await?;
                    continue;
                }
                Outcome::Conflict { .. } => self.lost_one().await?,
                Outcome::TooLarge { bytes } => return Err(decide::too_large(bytes)),
            }
            if self.waiting.is_empty() {
                return Ok(());
            }
            base = self.path.loading.refreshed(self.stream, base.known).await?;
        }
    }

    /// Looks up the ids of those commands that would be answered without writing, and answers the ones that were done
    /// before. Says whether there were any.
    async fn answer_repeats(
        &mut self,
        known: &Known<A>,
        decided: &Decided<A>,
    ) -> Result<bool, CommandErrorOf<A>> {
        let ids: Vec<CommandId> = decided
            .verdicts
            .iter()
            .zip(&self.waiting)
            .filter(|(verdict, _)| verdict.needs_look_up())
            .map(|(_, pending)| pending.context.command)
            .collect();
        let outcomes = self.path.shared.store.outcomes_of(&ids).await.map_err(ReadError::from)?;
        let done: Vec<_> = ids.into_iter().zip(outcomes).filter_map(|(id, done)| Some((id, done?))).collect();
        self.answer_done(known, &done).await?;
        Ok(!done.is_empty())
    }

    /// Answers the commands that were done before, from the events they left.
    async fn answer_done(
        &mut self,
        known: &Known<A>,
        done: &[(CommandId, Done)],
    ) -> Result<(), CommandErrorOf<A>> {
        for (command, done) in done {
            let Some(index) = self.waiting.iter().position(|pending| pending.context.command == *command)
            else {
                continue;
            };
            let pending = self.waiting.remove(index);
            let loading = &self.path.loading;
            let answer = match repeat::of(loading, self.stream, &pending.context, done).await {
                Ok(Repeat::Same { events, version, position }) => Ok(Executed {
                    events,
                    version,
                    position,
                    repeated: true,
                    state: Arc::clone(&known.state),
                }),
                Ok(Repeat::Other) => Err(CommandError::IdReused { command: *command }),
                Err(error) => Err(error.into()),
            };
            reply(pending, answer);
        }
        Ok(())
    }

    /// Appends, and when the answer is lost asks again with the same ids until it is known.
    async fn append(
        &mut self,
        expected: Version,
        parts: Vec<crate::ports::event_store::Part>,
    ) -> Result<Outcome, CommandErrorOf<A>> {
        let proposal = Proposal { stream: self.stream.clone(), expected, expected_event: None, parts };
        let mut resends = 0;
        loop {
            match self.path.shared.appender.append(proposal.clone()).await {
                Ok(outcome) => return Ok(if resends == 0 { outcome } else { recovered(&proposal, outcome) }),
                Err(error)
                    if matches!(*error, StoreError::UnknownOutcome { .. }) && resends < RESENDS_MAX =>
                {
                    tracing::warn!(stream = %self.stream, resends, "the answer to an append was lost, asking again");
                    resends += 1;
                    self.pause(resends).await;
                }
                Err(error) => return Err(CommandError::of_append(error)),
            }
        }
    }

    async fn lost_one(&mut self) -> Result<(), CommandErrorOf<A>> {
        self.lost += 1;
        metrics::counter!("rental_append_conflicts_total", "aggregate" => A::CATEGORY).increment(1);
        if self.lost >= ATTEMPTS_MAX {
            return Err(CommandError::Contended { stream: self.stream.clone(), attempts: self.lost });
        }
        self.pause(self.lost).await;
        Ok(())
    }

    /// Full jitter: anything up to the longest pause, so that those who met do not meet again.
    async fn pause(&self, attempt: u32) {
        let longest = PAUSE.saturating_mul(1 << attempt.min(6));
        tokio::time::sleep(longest.mul_f64(self.path.shared.ids.fraction())).await;
    }

    /// Everything is stored (or nothing had to be): the new state is kept and all are answered.
    fn answer_decided(&mut self, before: &Arc<Known<A>>, decided: Decided<A>, first: Position) {
        let known = match decided.after {
            None => Arc::clone(before),
            Some(after) => {
                let known = Arc::new(after.known(before, first));
                self.path.loading.states.put(self.stream, &known);
                self.path.loading.snapshotter.offer(self.stream, before.version, &known);
                known
            }
        };
        let answers = decided.verdicts.into_iter().map(|verdict| answer_of(verdict, before, &known, first));
        reply_all(std::mem::take(&mut self.waiting), answers.collect());
    }

    fn fail_all(&mut self, error: &CommandErrorOf<A>) {
        let answers = vec![Err(error.clone()); self.waiting.len()];
        reply_all(std::mem::take(&mut self.waiting), answers);
    }
}

fn answer_of<A: Aggregate>(
    verdict: Verdict<A>,
    before: &Known<A>,
    after: &Known<A>,
    first: Position,
) -> Answer<A> {
    let place = |added: u64| match added {
        0 => (before.version, before.position),
        _ => (before.version.plus(added), first.plus(added - 1)),
    };
    match verdict {
        Verdict::Happens { events, added } => {
            let ((version, position), state) = (place(added), Arc::clone(&after.state));
            Ok(Executed { events, version, position, repeated: false, state })
        }
        Verdict::Nothing { added, state } => {
            let (version, position) = place(added);
            Ok(Executed { events: Vec::new(), version, position, repeated: false, state })
        }
        Verdict::Fails(error) => Err(error),
    }
}

/// What an append that was sent again really did: if its commands stand where it wanted them, the lost answer was yes.
fn recovered(proposal: &Proposal, outcome: Outcome) -> Outcome {
    let Outcome::AlreadyDone { commands } = &outcome else { return outcome };
    let ours = proposal.parts.first().and_then(|part| commands.iter().find(|(id, _)| *id == part.command));
    match ours {
        Some((_, done)) if done.stream == proposal.stream && done.version == proposal.expected.plus(1) => {
            Outcome::Appended { first: done.position }
        }
        _ => outcome,
    }
}

/// All are counted before the first is answered, so that whoever was answered is counted; those in a row with the same outcome
/// at once, since each time the counter has to be found by its labels.
fn reply_all<A: Aggregate>(waiting: Vec<Pending<A>>, answers: Vec<Answer<A>>) {
    for alike in answers.chunk_by(|one, next| outcome_of(one) == outcome_of(next)) {
        count(&alike[0], alike.len());
    }
    for (pending, answer) in waiting.into_iter().zip(answers) {
        send(pending, answer);
    }
}

fn reply<A: Aggregate>(pending: Pending<A>, answer: Answer<A>) {
    count(&answer, 1);
    send(pending, answer);
}

fn count<A: Aggregate>(answer: &Answer<A>, times: usize) {
    let outcome = outcome_of(answer);
    metrics::counter!("rental_commands_total", "aggregate" => A::CATEGORY, "outcome" => outcome)
        .increment(times as u64);
}

fn outcome_of<A: Aggregate>(answer: &Answer<A>) -> &'static str {
    match answer {
        Ok(executed) if executed.repeated => "repeated",
        Ok(executed) if executed.events.is_empty() => "nothing",
        Ok(_) => "done",
        Err(error) => error.label(),
    }
}

fn send<A: Aggregate>(pending: Pending<A>, answer: Answer<A>) {
    // Nobody listens when the caller went away; what was done stays done.
    let _ = pending.reply.send(answer);
}
