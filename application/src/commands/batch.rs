//! One batch of a stream: decide all that waits on one state, append it in one proposal, and answer.
//!
//! An answer that writes nothing (a refusal, or nothing to do) needs two proofs before it is given: the state it rests
//! on was read from the store after the command came, and the command was not done before. In that order: whatever the
//! state shows is stored by then, so the look-up sees it too.
//!
//! Once the answer to an append was lost, its commands are in doubt: a lost request may still arrive. From then on they
//! are refused or done for a reason that the log shows, or nobody knows; never "nothing was written".

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::CommandErrorOf;
use super::decide::{self, Decided, Stamp};
use super::error::{CommandError, ReadError};
use super::loading::ReadState;
use super::mailbox::Pending;
use super::repeat::{self, First, Repeat};
use super::replying::{Answer, again, answers_of, reply, reply_all};
use super::versioned::Versioned;
use super::write_path::WritePath;
use crate::codec::Aggregate;
use crate::ports::event_store::{
    AppendOutcome, CommandEvents, CommandId, Done, Position, StoreError, StreamAppend, StreamName,
};

/// How often a batch that others overtake is tried.
const ATTEMPTS_MAX: u32 = 5;
/// How often an append whose answer was lost is sent again.
const RESENDS_MAX: u32 = 3;
/// The longest pause before the first retry; doubles with each further one.
const PAUSE: Duration = Duration::from_millis(5);

/// One batch.
pub(super) struct Batch<'a, A: Aggregate> {
    path: &'a WritePath<A>,
    id: &'a A::Id,
    stream: &'a StreamName,
    waiting: Vec<Pending<A>>,
    overtaken: u32,
    /// The commands of appends whose answer was lost, with what was said then.
    in_doubt: HashMap<CommandId, Arc<StoreError>>,
}

impl<'a, A: Aggregate> Batch<'a, A> {
    pub(super) fn new(
        path: &'a WritePath<A>,
        id: &'a A::Id,
        stream: &'a StreamName,
        waiting: Vec<Pending<A>>,
    ) -> Self {
        Self { path, id, stream, waiting, overtaken: 0, in_doubt: HashMap::new() }
    }

    /// Answers all that waits.
    pub(super) async fn run(mut self) {
        if let Err(error) = self.answer_all().await {
            self.fail_all(&error);
        }
    }

    async fn answer_all(&mut self) -> Result<(), CommandErrorOf<A>> {
        let mut base = self.path.loading.base(self.stream).await?;
        while !self.waiting.is_empty() {
            base = self.round(base).await?;
        }
        Ok(())
    }

    /// Decides all that waits and answers what can be answered; the state to go on with.
    async fn round(&mut self, mut base: ReadState<A>) -> Result<ReadState<A>, CommandErrorOf<A>> {
        let stamp = Stamp { clock: &*self.path.shared.clock, ids: &*self.path.shared.ids };
        let mut decided = decide::all(&stamp, self.id, &base.known, &self.waiting);
        if decided.writes_nothing_for_some() {
            if !base.fresh {
                let decided_on = base.known.event;
                base = self.path.loading.refreshed(self.stream, base.known).await?;
                if base.known.event != decided_on {
                    return Ok(base);
                }
            }
            let done = self.look_up(&decided).await?;
            if !done.is_empty() {
                return self.answer_done(base, &done).await;
            }
        }
        let parts = std::mem::take(&mut decided.parts);
        if parts.is_empty() {
            self.answer_decided(&base.known, decided, Position::START);
            return Ok(base);
        }
        match self.append(&base.known, parts).await? {
            AppendOutcome::Appended { first } => {
                let known = self.answer_decided(&base.known, decided, first);
                Ok(ReadState { known, fresh: false })
            }
            AppendOutcome::AlreadyDone { commands } => self.answer_done(base, &commands).await,
            AppendOutcome::Conflict { .. } => self.overtaken(base).await,
            AppendOutcome::TooLarge { bytes } => Err(decide::too_large(bytes)),
            AppendOutcome::RepeatedCommand { .. } => {
                Err(CommandError::Defect { stream: self.stream.clone() })
            }
        }
    }

    /// Those commands that would be answered without writing and were done before.
    async fn look_up(&self, decided: &Decided<A>) -> Result<Vec<(CommandId, Done)>, CommandErrorOf<A>> {
        let ids: Vec<CommandId> = decided
            .verdicts
            .iter()
            .zip(&self.waiting)
            .filter(|(verdict, _)| verdict.needs_look_up())
            .map(|(_, pending)| pending.context.command)
            .collect();
        let outcomes = self.path.shared.store.outcomes_of(&ids).await.map_err(ReadError::from)?;
        Ok(ids.into_iter().zip(outcomes).filter_map(|(id, done)| Some((id, done?))).collect())
    }

    /// Answers the commands that were done before, from the events they left, with a state that has these in it.
    async fn answer_done(
        &mut self,
        base: ReadState<A>,
        done: &[(CommandId, Done)],
    ) -> Result<ReadState<A>, CommandErrorOf<A>> {
        let waited = self.waiting.len();
        let mut here: Vec<(CommandId, First<A::Event>)> = Vec::with_capacity(done.len());
        for (command, done) in done {
            if here.iter().any(|(known, _)| known == command) {
                continue; // looked up twice, since two of one id wait
            }
            match repeat::of(&self.path.loading, self.stream, *command, done).await {
                Ok(Repeat::Here(first)) => here.push((*command, first)),
                Ok(Repeat::Elsewhere) => {
                    self.answer(*command, |_| Err(CommandError::IdReused { command: *command }));
                }
                Ok(Repeat::Gone) => {}
                Err(error) => self.answer(*command, |_| Err(unread(&error))),
            }
        }
        let newest = here.iter().map(|(_, first)| first.version).max().unwrap_or_default();
        // One that was remembered may be of a log that a backup has taken the place of, whatever its version.
        let is_of_this_log = base.fresh && newest <= base.known.version;
        let base = if here.is_empty() || is_of_this_log { base } else { self.refreshed(base, &here).await? };
        for (command, first) in here.iter().filter(|(_, first)| first.version <= base.known.version) {
            self.answer(*command, |pending| again(pending, first, &base.known.state));
        }
        // Nobody was: the log became another one between two looks.
        if self.waiting.len() == waited { self.overtaken(base).await } else { Ok(base) }
    }

    /// What the store has now; when that cannot be read, those who were done learn this at least.
    async fn refreshed(
        &mut self,
        base: ReadState<A>,
        here: &[(CommandId, First<A::Event>)],
    ) -> Result<ReadState<A>, CommandErrorOf<A>> {
        let refreshed = self.path.loading.refreshed(self.stream, base.known).await;
        refreshed.map_err(|error| {
            for (command, _) in here {
                self.answer(*command, |_| Err(unread(&error)));
            }
            error.into()
        })
    }

    /// Answers all that wait under this id.
    fn answer(&mut self, command: CommandId, answer: impl Fn(&Pending<A>) -> Answer<A>) {
        for pending in self.waiting.extract_if(.., |pending| pending.context.command == command) {
            let answer = answer(&pending);
            reply(pending, answer);
        }
    }

    /// Appends, and when the answer is lost asks again with the same ids until it is known.
    async fn append(
        &mut self,
        base: &Versioned<A>,
        parts: Vec<CommandEvents>,
    ) -> Result<AppendOutcome, CommandErrorOf<A>> {
        let (stream, expected, expected_event) = (self.stream.clone(), base.version, base.event);
        let proposal = StreamAppend { stream, expected, expected_event, parts };
        let mut resends = 0;
        loop {
            let error = match self.path.shared.appender.append(proposal.clone()).await {
                Ok(AppendOutcome::AlreadyDone { commands }) => {
                    return Ok(self.recovered(&proposal, commands).await);
                }
                Ok(outcome) => return Ok(outcome),
                Err(error) => error,
            };
            if !matches!(*error, StoreError::UnknownOutcome { .. }) {
                return Err(CommandError::of_append(error));
            }
            let commands = proposal.parts.iter().map(|part| part.command);
            self.in_doubt.extend(commands.map(|command| (command, Arc::clone(&error))));
            if resends == RESENDS_MAX {
                return Err(CommandError::of_append(error));
            }
            tracing::warn!(stream = %self.stream, resends, "the answer to an append was lost, asking again");
            resends += 1;
            self.pause(resends).await;
        }
    }

    /// What an append whose commands are known really did: if the very events it brought stand where it wanted them, an
    /// earlier answer that was lost was yes. Another node may have done some or all of its commands, which is not the
    /// same.
    async fn recovered(&self, proposal: &StreamAppend, commands: Vec<(CommandId, Done)>) -> AppendOutcome {
        match repeat::place_of(&self.path.loading, proposal, &commands).await {
            Ok(Some(first)) => AppendOutcome::Appended { first },
            Ok(None) => AppendOutcome::AlreadyDone { commands },
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(stream = %self.stream, error, "whose events stand there could not be read");
                AppendOutcome::AlreadyDone { commands }
            }
        }
    }

    /// Overtaken, or on a log that became another one: what the store has now, if it was not tried too often.
    async fn overtaken(&mut self, base: ReadState<A>) -> Result<ReadState<A>, CommandErrorOf<A>> {
        self.overtaken += 1;
        metrics::counter!("rental_append_conflicts_total", "aggregate" => A::CATEGORY).increment(1);
        if self.overtaken >= ATTEMPTS_MAX {
            let (stream, attempts) = (self.stream.clone(), self.overtaken);
            return Err(CommandError::Contended { stream, attempts });
        }
        self.pause(self.overtaken).await;
        Ok(self.path.loading.refreshed(self.stream, base.known).await?)
    }

    /// Full jitter: anything up to the longest pause, so that those who met do not meet again.
    async fn pause(&self, attempt: u32) {
        let longest = PAUSE.saturating_mul(1 << attempt.min(6));
        tokio::time::sleep(longest.mul_f64(self.path.shared.ids.fraction())).await;
    }

    /// Everything is stored (or nothing had to be): the new state is kept and all are answered.
    fn answer_decided(
        &mut self,
        before: &Arc<Versioned<A>>,
        decided: Decided<A>,
        first: Position,
    ) -> Arc<Versioned<A>> {
        let known = match decided.after {
            None => Arc::clone(before),
            Some(after) => {
                let known = Arc::new(after.known(before, first));
                self.path.loading.states.put(self.stream, &known);
                self.path.loading.snapshotter.offer(self.stream, before.version, &known);
                known
            }
        };
        let waiting = std::mem::take(&mut self.waiting);
        let answers = answers_of(&waiting, decided.verdicts, (before, &known), first);
        reply_all(waiting, answers);
        known
    }

    fn fail_all(&mut self, error: &CommandErrorOf<A>) {
        let waiting = std::mem::take(&mut self.waiting);
        let answer = |pending: &Pending<A>| match self.in_doubt.get(&pending.context.command) {
            Some(lost) => Err(CommandError::OutcomeUnknown { source: Arc::clone(lost) }),
            None => Err(error.clone()),
        };
        let answers = waiting.iter().map(answer).collect();
        if !self.in_doubt.is_empty() {
            let error = error as &dyn std::error::Error;
            tracing::warn!(stream = %self.stream, error, "what became of commands in doubt could not be found out");
        }
        reply_all(waiting, answers);
    }
}

/// That a command was done before, and its first answer cannot be built. An event that cannot be read says so itself.
fn unread<R: std::error::Error>(error: &ReadError) -> CommandError<R> {
    match error {
        ReadError::Unreadable { .. } => error.clone().into(),
        ReadError::Unavailable { .. } | ReadError::Corrupt { .. } | ReadError::Defect { .. } => {
            CommandError::DoneUnread { source: error.clone() }
        }
    }
}
