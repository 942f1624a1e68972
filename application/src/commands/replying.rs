//! What callers get, from what was decided for them, and how it is counted.

use std::sync::Arc;

use super::decide::Verdict;
use super::error::CommandError;
use super::mailbox::Pending;
use super::repeat::First;
use super::versioned::Versioned;
use super::{CommandErrorOf, Executed};
use crate::codec::Aggregate;
use crate::ports::event_store::Position;

/// What a caller gets.
pub(super) type Answer<A> = Result<Executed<A>, CommandErrorOf<A>>;

/// The answers of a round whose first event stands at `first`, in order: `before` is the state it was decided on,
/// `after` the one with all that it stored.
pub(super) fn answers_of<A: Aggregate>(
    waiting: &[Pending<A>],
    verdicts: Vec<Verdict<A>>,
    (before, after): (&Versioned<A>, &Versioned<A>),
    first: Position,
) -> Vec<Answer<A>> {
    let place = |added: u64| match added {
        0 => (before.version, before.position),
        _ => (before.version.plus(added), first.plus(added - 1)),
    };
    let mut answers: Vec<Answer<A>> = Vec::with_capacity(verdicts.len());
    for (pending, verdict) in waiting.iter().zip(verdicts) {
        let answer = match verdict {
            Verdict::Happens { events, added } => {
                let ((version, position), state) = (place(added), Arc::clone(&after.state));
                Ok(Executed { events, version, position, repeated: false, state })
            }
            Verdict::Nothing { added, state } => {
                let (version, position) = place(added);
                Ok(Executed { events: Vec::new(), version, position, repeated: false, state })
            }
            Verdict::Fails(error) => Err(error),
            Verdict::Repeats(of) => match &answers[of] {
                Ok(done) if pending.context.is_of_request(waiting[of].context.fingerprint) => {
                    Ok(Executed { repeated: true, ..done.clone() })
                }
                Ok(_) => Err(CommandError::IdReused { command: pending.context.command }),
                Err(error) => Err(error.clone()),
            },
        };
        answers.push(answer);
    }
    answers
}

/// The answer to a command that was done before, with a state that has it in it.
pub(super) fn again<A: Aggregate>(
    pending: &Pending<A>,
    first: &First<A::Event>,
    state: &Arc<A>,
) -> Answer<A> {
    if !pending.context.is_of_request(first.fingerprint) {
        return Err(CommandError::IdReused { command: pending.context.command });
    }
    Ok(Executed {
        events: first.events.clone(),
        version: first.version,
        position: first.position,
        repeated: true,
        state: Arc::clone(state),
    })
}

/// All are counted before the first is answered, so that whoever was answered is counted; those in a row with the same
/// outcome at once, since each time the counter has to be found by its labels.
pub(super) fn reply_all<A: Aggregate>(waiting: Vec<Pending<A>>, answers: Vec<Answer<A>>) {
    for alike in answers.chunk_by(|one, next| outcome_of(one) == outcome_of(next)) {
        count(&alike[0], alike.len());
    }
    for (pending, answer) in waiting.into_iter().zip(answers) {
        send(pending, answer);
    }
}

/// Answers one.
pub(super) fn reply<A: Aggregate>(pending: Pending<A>, answer: Answer<A>) {
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
