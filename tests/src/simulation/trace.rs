//! Every call of every port in its order, when it was made and answered in simulated time, and a digest of what was
//! asked and answered.

use std::fmt::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use xxhash_rust::xxh3::Xxh3;

use super::Lived;

/// No life has so many calls; one that does is busy with nothing.
const CALLS_MAX: u64 = 300_000;
/// How many characters of a value are shown beside its digest.
const SHOWN_MAX: usize = 240;

/// What is kept of a life.
pub(super) struct Trace {
    is_on: bool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    began: Option<Instant>,
    seconds: u64,
    lines: Vec<String>,
    calls: u64,
    events: u64,
}

impl Trace {
    pub(super) fn new(is_on: bool) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self { is_on, kept: Mutex::default() })
    }

    /// Counts a call, and answers its number.
    ///
    /// # Panics
    /// When there are so many that the life must be going round in circles.
    pub(super) fn call(&self, who: &str, what: &str, asked: &(dyn fmt::Debug + Sync)) -> u64 {
        let number = {
            let mut kept = self.kept();
            kept.calls += 1;
            kept.calls
        };
        assert!(number < CALLS_MAX, "{CALLS_MAX} calls of ports, and no end: {who} {what}");
        if self.is_on {
            self.note(who, &format!("-> {number} {what} {}", Digest::of(asked)));
        }
        number
    }

    /// What a call came to.
    pub(super) fn answered(&self, who: &str, call: u64, answer: &dyn fmt::Debug) {
        if self.is_on {
            self.note(who, &format!("<- {call} {}", Digest::of(answer)));
        }
    }

    /// Something that happens beside the calls.
    pub(super) fn note(&self, who: &str, what: &str) {
        let mut kept = self.kept();
        let began = *kept.began.get_or_insert_with(Instant::now);
        let passed = began.elapsed();
        kept.seconds = passed.as_secs();
        if self.is_on {
            let line = format!("{:>5}.{:06} {who} {what}", passed.as_secs(), passed.subsec_micros());
            kept.lines.push(line);
        }
    }

    /// How many events the log has at the end.
    pub(super) fn has_events(&self, events: u64) {
        self.kept().events = events;
    }

    pub(super) fn ended(&self, failure: Option<String>) -> Lived {
        let Kept { seconds, lines, calls, events, .. } = std::mem::take(&mut *self.kept());
        Lived { failure, trace: lines, calls, events, seconds }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beginning of a text, and the hash of all of it.
#[derive(Default)]
struct Digest {
    hash: Xxh3,
    shown: String,
    length: usize,
}

impl Digest {
    fn of(value: &dyn fmt::Debug) -> String {
        let mut digest = Self::default();
        // Nothing in here fails.
        if write!(digest, "{value:?}").is_err() {
            return "?".to_owned();
        }
        let more = if digest.length > digest.shown.len() { "…" } else { "" };
        format!("{}{more} #{:016x}", digest.shown, digest.hash.digest())
    }
}

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.hash.update(text.as_bytes());
        self.length += text.len();
        let room = SHOWN_MAX.saturating_sub(self.shown.len());
        self.shown.extend(text.chars().take(room));
        Ok(())
    }
}
