//! What attempts came to: how many ended, and what each of them took of the log, the store and the cores.

use std::time::Duration;

use serde::Serialize;

use super::measured::median;
use super::rents::Done;

/// What attempts came to. Medians are over the rounds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptFigures {
    /// How many ended a second.
    pub per_second: f64,
    /// How many events each left.
    pub events_each: f64,
    /// How many transactions the store committed for each, questions included; none where it does not count them.
    pub transactions_each: Option<f64>,
    /// The same for each event.
    pub transactions_an_event: Option<f64>,
    /// How long cores worked in this process for each, in microseconds; none where that is not known.
    pub cpu_us: Option<f64>,
    /// Each round.
    pub rounds: Vec<AttemptRound>,
}

/// What the attempts of one round came to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptRound {
    /// Attempts that were completed.
    pub completed: u64,
    /// Attempts that were cancelled, as when two clients want one book.
    pub cancelled: u64,
    /// Attempts that were refused at once and left no event.
    pub refused: u64,
    /// Events that the log has more than before.
    pub events: u64,
    /// Transactions the store committed; none where it does not count them.
    pub transactions: Option<u64>,
    /// How long it took until everything that followed was done.
    pub seconds: f64,
}

/// One turn.
pub(super) struct AttemptsOfTurn {
    pub(super) done: Done,
    pub(super) events: u64,
    pub(super) transactions: Option<u64>,
    pub(super) took: Duration,
    pub(super) worked: Option<Duration>,
}

/// All turns.
#[derive(Default)]
pub(super) struct AttemptTurns(Vec<AttemptsOfTurn>);

impl AttemptTurns {
    pub(super) fn add(&mut self, turn: AttemptsOfTurn) {
        self.0.push(turn);
    }

    pub(super) fn summary(&self) -> AttemptFigures {
        let of = |value: fn(&AttemptsOfTurn) -> f64| median(self.0.iter().map(value).collect());
        let known = |value: fn(&AttemptsOfTurn) -> Option<f64>| {
            self.0.iter().map(value).collect::<Option<Vec<_>>>().map(median)
        };
        AttemptFigures {
            per_second: of(|turn| turn.ended() / turn.took.as_secs_f64().max(f64::MIN_POSITIVE)),
            events_each: of(|turn| turn.events as f64 / turn.ended()),
            transactions_each: known(|turn| Some(turn.transactions? as f64 / turn.ended())),
            transactions_an_event: known(|turn| Some(turn.transactions? as f64 / turn.events.max(1) as f64)),
            cpu_us: known(|turn| Some(turn.worked?.as_secs_f64() * 1_000_000.0 / turn.ended())),
            rounds: self.0.iter().map(AttemptsOfTurn::round).collect(),
        }
    }
}

impl AttemptsOfTurn {
    /// Attempts with an end of their own, at least one.
    fn ended(&self) -> f64 {
        (self.done.completed + self.done.cancelled).max(1) as f64
    }

    fn round(&self) -> AttemptRound {
        let Done { completed, cancelled, refused } = self.done;
        let (events, transactions, seconds) = (self.events, self.transactions, self.took.as_secs_f64());
        AttemptRound { completed, cancelled, refused, events, transactions, seconds }
    }
}
