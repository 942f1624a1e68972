//! Requests that are turned away: a client that asks again at once would fill the log, so each type of problem is said
//! now and then only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use super::super::occasional::OccasionalCount;
use super::super::problem::ProblemKind;

/// How many were turned away since it was last said, by the type of their problem.
#[derive(Clone, Default)]
pub(in super::super) struct TurnedAway(Arc<Mutex<BTreeMap<&'static str, OccasionalCount>>>);

impl TurnedAway {
    /// One more with a problem of this type; how many there were, if it is time to say so.
    pub(super) fn due(&self, kind: &ProblemKind, now: Instant) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(kind.slug).or_default().due(now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::problem::{STOPPING, TOO_BUSY};
    use super::*;

    #[test]
    fn each_type_of_problem_is_said_by_itself() {
        let (turned_away, now) = (TurnedAway::default(), Instant::now());
        let said = [&TOO_BUSY, &TOO_BUSY, &STOPPING, &TOO_BUSY, &STOPPING];
        assert_eq!(said.map(|kind| turned_away.due(kind, now)), [Some(1), None, Some(1), None, None]);
    }
}
