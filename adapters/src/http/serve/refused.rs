//! Connections that could not be accepted: counted each time, and said now and then, since without file descriptors it
//! happens twenty times a second.

use std::io;

use tokio::time::Instant;

use super::super::occasional::OccasionalCount;

/// How many connections could not be accepted when they were tried.
const FAILURES: &str = "rental_http_accept_failures_total";

/// What has failed since it was last said.
#[derive(Debug, Default)]
pub(super) struct Refused(OccasionalCount);

impl Refused {
    /// One more failed.
    pub(super) fn count(&mut self, error: &io::Error) {
        metrics::counter!(FAILURES).increment(1);
        if let Some(failures) = self.0.due(Instant::now()) {
            tracing::warn!(%error, failures, "accepting connections failed; it is tried again and again");
        }
    }
}
