//! Logs and topics, checked together by the product's own check.

use std::time::Duration;

use application::ports::Topics;
use application::verify::{CheckedLog, Evidence, Invariant, Report, Stores, verify_logs};
use tokio::time::{Instant, interval};

/// How long tokens may take to be stored after the last step.
const STORED_LIMIT: Duration = Duration::from_secs(30);

/// What is found.
pub(super) async fn judged(logs: &[Stores<'_>], topics: &dyn Topics) -> Report {
    let logs: Vec<&dyn Evidence> = logs.iter().map(|log| log as &dyn Evidence).collect();
    report(&logs, topics).await
}

/// What is found with another log in the place of one.
pub(super) async fn judged_with(
    logs: &[Stores<'_>],
    other: &dyn Evidence,
    place: usize,
    topics: &dyn Topics,
) -> Report {
    let mut logs: Vec<&dyn Evidence> = logs.iter().map(|log| log as &dyn Evidence).collect();
    logs[place] = other;
    report(&logs, topics).await
}

/// What is found when all of it can be judged: that nothing is violated.
pub(super) async fn judged_at_rest(logs: &[Stores<'_>], topics: &dyn Topics) -> Report {
    let (mut again, begun) = (interval(Duration::from_millis(50)), Instant::now());
    loop {
        again.tick().await;
        let report = judged(logs, topics).await;
        assert_eq!(report.violations, [], "{report:#?}");
        if report.unjudged.is_empty() {
            return report;
        }
        assert!(begun.elapsed() < STORED_LIMIT, "still not all can be judged: {report:#?}");
    }
}

/// That I6 does not hold, with these words.
pub(super) fn is_found(report: &Report, said: &str) {
    let is_one = report
        .violations
        .iter()
        .any(|violation| violation.invariant == Invariant::Effects && violation.found.contains(said));
    assert!(is_one, "`{said}` is not among {report:#?}");
}

async fn report(logs: &[&dyn Evidence], topics: &dyn Topics) -> Report {
    let logs = logs.iter().map(|evidence| CheckedLog { name: "one of the logs", evidence: *evidence });
    verify_logs(&logs.collect::<Vec<_>>(), Some(topics)).await.unwrap()
}
