//! How far a command is: a bar on a terminal, a plain line now and then elsewhere; always on standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

/// How often a plain line is written.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far it is. Cheap to clone.
#[derive(Clone)]
pub(super) struct Progress(Arc<ProgressShown>);

enum ProgressShown {
    Bar(ProgressBar),
    Lines(Mutex<Last>),
}

/// The line that was written last.
struct Last {
    stage: &'static str,
    at: Instant,
}

impl Progress {
    /// Shows nothing yet.
    pub(super) fn start() -> Self {
        let shown = if io::stderr().is_terminal() {
            let bar = ProgressBar::new(0);
            // The form is a constant that is right; the plain bar would do as well.
            if let Ok(style) = ProgressStyle::with_template("{msg:<20} {wide_bar} {pos}/{len} {eta:>5}") {
                bar.set_style(style);
            }
            ProgressShown::Bar(bar)
        } else {
            ProgressShown::Lines(Mutex::new(Last { stage: "", at: Instant::now() }))
        };
        Self(Arc::new(shown))
    }

    /// Shows how far something is; of how many is not known when `all` is 0.
    pub(super) fn shows(&self, what: &'static str, done: u64, all: u64) {
        self.0.show(what, done, all);
    }

    /// Says what is done now.
    pub(super) fn says(&self, what: &'static str) {
        match &*self.0 {
            ProgressShown::Bar(bar) => bar.set_message(what),
            ProgressShown::Lines(_) => line(what),
        }
    }

    /// Leaves the terminal as it was.
    pub(super) fn finish(&self) {
        match &*self.0 {
            ProgressShown::Bar(bar) => bar.finish_and_clear(),
            ProgressShown::Lines(_) => {}
        }
    }
}

impl ProgressShown {
    fn show(&self, what: &'static str, done: u64, all: u64) {
        match self {
            Self::Bar(bar) => {
                if all > 0 {
                    bar.set_length(all);
                } else {
                    bar.unset_length();
                }
                bar.set_position(done);
                bar.set_message(what);
            }
            Self::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.stage != what || last.at.elapsed() >= LINE_EVERY {
                    *last = Last { stage: what, at: Instant::now() };
                    let of = if all > 0 { format!(" of {all}") } else { String::new() };
                    line(&format!("{what}: {done}{of}"));
                }
            }
        }
    }
}

fn line(text: &str) {
    // Nobody may be reading; that changes nothing about the run.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
