//! Counting: every request that was begun lies in exactly one bucket.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::super::ClientError;
use super::super::desk::Accepted;
use super::action::{ActionKind, Came};

/// What became of all requests.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Requests that were begun.
    pub(super) started: u64,
    /// Attempts that were accepted, by process, each once.
    pub(super) accepted: BTreeMap<String, Accepted>,
    /// Requests that began an attempt.
    pub(super) accepts: u64,
    /// Requests that were answered and began none.
    pub(super) done: u64,
    /// Requests sent again on purpose, and answered as before.
    pub(super) repeated: u64,
    /// Requests that were refused, by the problem's type.
    pub(super) refused: BTreeMap<String, u64>,
    /// Requests without a usable answer, by what came instead.
    pub(super) failed: BTreeMap<String, u64>,
    /// Requests whose time was measured.
    pub(super) measured: u64,
    /// How long answers took, from when their requests were to begin, in microseconds.
    pub(super) latencies: BTreeMap<ActionKind, Histogram<u64>>,
}

/// One request and its answer.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) kind: ActionKind,
    /// From when it was to begin to its answer.
    pub(super) micros: u64,
    pub(super) answer: Result<Came, ClientError>,
}

impl Tally {
    /// Puts a request into its bucket.
    pub(super) fn count(&mut self, answered: Answered) {
        let Answered { kind, micros, answer } = answered;
        self.started += 1;
        self.measure(kind, micros);
        match answer {
            Ok(_) if kind == ActionKind::Repeat => self.repeated += 1,
            Ok(Came::Started(accepted)) => {
                self.accepts += 1;
                self.accepted.insert(accepted.process.clone(), accepted);
            }
            Ok(Came::Done(_) | Came::Card(_) | Came::Shown) => self.done += 1,
            Err(error) => self.went_wrong(&error),
        }
    }

    /// What does not add up; nothing when all does.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
        let (refused, failed) = (sum(&self.refused), sum(&self.failed));
        let counted = self.accepts + self.done + self.repeated + refused + failed;
        if counted != self.started {
            wrong.push(format!("{} requests were begun and {counted} are accounted for", self.started));
        }
        if self.measured != self.started {
            wrong.push(format!("{} requests were begun and {} were measured", self.started, self.measured));
        }
        let processes = self.accepted.len() as u64;
        if processes != self.accepts {
            wrong.push(format!(
                "{} requests began {processes} attempts; each has to begin its own",
                self.accepts
            ));
        }
        wrong
    }

    fn went_wrong(&mut self, error: &ClientError) {
        let refusal = error.problem().filter(|problem| problem.status < 500);
        let (counts, name) = match (refusal, error.problem()) {
            (Some(problem), _) => (&mut self.refused, problem.slug.as_str()),
            (None, Some(problem)) => (&mut self.failed, problem.slug.as_str()),
            (None, None) => (&mut self.failed, name_of(error)),
        };
        *counts.entry(name.to_owned()).or_default() += 1;
    }

    fn measure(&mut self, kind: ActionKind, micros: u64) {
        // Three digits are allowed and the histogram grows by itself; a measure that it did not take shows as a wrong
        // count.
        let Ok(empty) = Histogram::new(3) else { return };
        self.measured += u64::from(self.latencies.entry(kind).or_insert(empty).record(micros).is_ok());
    }
}

const fn name_of(error: &ClientError) -> &'static str {
    match error {
        ClientError::SetUp(_) => "no-client",
        ClientError::Unreachable { .. } => "unreachable",
        ClientError::NoAnswer { .. } => "no-answer",
        ClientError::Problem { .. } => "problem",
        ClientError::Unreadable { .. } => "unreadable-answer",
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::desk::Told;
    use super::super::super::{Problem, asking};
    use super::*;

    fn accepted(process: &str) -> Came {
        let process = process.to_owned();
        Came::Started(Accepted { process, position: 1, late_fee: 0, told: Told::Started, replayed: false })
    }

    fn problem(status: u16, slug: &str) -> ClientError {
        let body = format!("{{\"type\": \"/problems/{slug}\", \"detail\": \"d\"}}");
        let problem = Box::new(Problem::of(status, false, body.as_bytes()));
        ClientError::Problem { request: "POST x".to_owned(), problem }
    }

    fn tally(answers: Vec<(ActionKind, Result<Came, ClientError>)>) -> Tally {
        let mut tally = Tally::default();
        for (kind, answer) in answers {
            tally.count(Answered { kind, micros: 1_000, answer });
        }
        tally
    }

    #[test]
    fn every_request_lies_in_one_bucket() {
        let tally = tally(vec![
            (ActionKind::Rent, Ok(accepted("rent-1"))),
            (ActionKind::Repeat, Ok(accepted("rent-1"))),
            (ActionKind::Save, Ok(Came::Done(2))),
            (ActionKind::Read, Ok(Came::Shown)),
            (ActionKind::Rent, Err(problem(409, "too-many-books"))),
            (ActionKind::Rent, Err(problem(503, "too-busy"))),
            (ActionKind::Read, Err(asking::unreadable("GET x", "nonsense"))),
        ]);
        assert_eq!((tally.started, tally.accepts, tally.done, tally.repeated), (7, 1, 2, 1));
        assert_eq!(tally.refused, BTreeMap::from([("too-many-books".to_owned(), 1)]));
        assert_eq!(tally.failed.keys().collect::<Vec<_>>(), ["too-busy", "unreadable-answer"]);
        assert!(tally.wrong().is_empty(), "{:?}", tally.wrong());
    }

    #[test]
    fn two_requests_that_began_the_same_attempt_do_not_add_up() {
        let tally = tally(vec![
            (ActionKind::Rent, Ok(accepted("rent-1"))),
            (ActionKind::Rent, Ok(accepted("rent-1"))),
        ]);
        assert_eq!(tally.wrong().len(), 1);
    }

    #[test]
    fn a_request_without_a_bucket_does_not_add_up() {
        let mut tally = tally(vec![(ActionKind::Save, Ok(Came::Done(2)))]);
        tally.started += 1;
        tally.measured += 1;
        assert_eq!(tally.wrong().len(), 1);
    }

    #[test]
    fn latencies_are_kept_by_kind() {
        let tally = tally(vec![(ActionKind::Save, Ok(Came::Done(2))), (ActionKind::Read, Ok(Came::Shown))]);
        assert_eq!(tally.latencies.len(), 2);
        let max = |micros| {
            let mut tally = Tally::default();
            tally.measure(ActionKind::Save, micros);
            tally.latencies[&ActionKind::Save].max()
        };
        for micros in [0, 1_000, 30_000_000] {
            assert!(max(micros).abs_diff(micros) <= micros / 1_000, "{micros}");
        }
    }
}
