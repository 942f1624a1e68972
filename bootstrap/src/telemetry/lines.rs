//! Lines of the log on their way to whoever reads it. A reader that is gone, full or asleep holds nobody up: what
//! cannot be written is dropped and counted, since a service that ends or stands still for its log helps nobody.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Most lines that wait for the reader.
const WAITING_MAX: usize = 16_384;
/// How long the end of the process waits for lines that are on their way.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);
/// How many lines were dropped.
const DROPPED: &str = "rental_log_lines_dropped_total";

/// Takes lines for a thread that writes them.
#[derive(Clone)]
pub(crate) struct Lines(Arc<Queue>);

#[derive(Default)]
struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Default)]
struct QueueState {
    waiting: VecDeque<Vec<u8>>,
    is_writing: bool,
    /// Dropped since it was last said.
    dropped: u64,
}

impl Lines {
    /// Writes lines to `out` from now on.
    ///
    /// # Errors
    /// What the system says when it has no thread left.
    pub(crate) fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let written = Arc::clone(&queue);
        thread::Builder::new().name("log".to_owned()).spawn(move || written.write_all(out))?;
        Ok(Self(queue))
    }

    /// Waits for the lines that are on their way, though not for ever.
    pub(crate) fn flush(&self) {
        let under_way = |state: &mut QueueState| state.is_writing || !state.waiting.is_empty();
        let waited = self.0.changed.wait_timeout_while(self.0.state(), FLUSH_LIMIT, under_way);
        drop(waited); // whether or not it came to an end: the process does now
    }
}

/// Makes the count known before anything is dropped.
pub(crate) fn describe_dropped() {
    metrics::counter!(DROPPED).increment(0);
}

impl Queue {
    fn take(&self, line: &[u8]) {
        let mut state = self.state();
        if state.waiting.len() < WAITING_MAX {
            state.waiting.push_back(line.to_vec());
        } else {
            state.dropped += 1;
            metrics::counter!(DROPPED).increment(1);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Ends with the process.
    fn write_all(&self, mut out: impl Write) {
        loop {
            for line in self.next() {
                self.write(&mut out, &line);
            }
            self.state().is_writing = false;
            self.changed.notify_all();
        }
    }

    fn next(&self) -> VecDeque<Vec<u8>> {
        let waited = self.changed.wait_while(self.state(), |state| state.waiting.is_empty());
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_writing = true;
        std::mem::take(&mut state.waiting)
    }

    fn write(&self, out: &mut impl Write, line: &[u8]) {
        if out.write_all(line).and_then(|()| out.flush()).is_err() {
            self.state().dropped += 1;
            metrics::counter!(DROPPED).increment(1);
            return;
        }
        let dropped = std::mem::take(&mut self.state().dropped);
        if dropped > 0 {
            tracing::warn!(dropped, "lines of the log could not be written");
        }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end at which lines come in; it never fails.
pub(crate) struct LogLine<'a>(&'a Queue);

impl Write for LogLine<'_> {
    /// A line comes in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.take(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = LogLine<'a>;

    fn make_writer(&'a self) -> LogLine<'a> {
        LogLine(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    /// Fails as often as it is told, and keeps the rest.
    struct Paper {
        failures: usize,
        kept: SyncSender<String>,
    }

    impl Write for Paper {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if self.failures > 0 {
                self.failures -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.kept.send(String::from_utf8_lossy(line).into_owned()).unwrap();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn paper(failures: usize, kept: usize) -> (Paper, Receiver<String>) {
        let (sender, receiver) = sync_channel(kept);
        (Paper { failures, kept: sender }, receiver)
    }

    #[test]
    fn what_cannot_be_written_is_dropped_and_what_follows_is_written() {
        let (paper, kept) = paper(2, 10);
        let lines = Lines::to(paper).unwrap();
        for line in ["one", "two", "three", "four"] {
            lines.make_writer().write_all(line.as_bytes()).unwrap();
        }
        lines.flush();
        assert_eq!(kept.try_iter().collect::<Vec<_>>(), ["three", "four"]);
    }

    #[test]
    fn a_reader_that_sleeps_holds_nobody_up() {
        let (paper, kept) = paper(0, 0);
        let lines = Lines::to(paper).unwrap();
        for _ in 0..2 * WAITING_MAX {
            lines.make_writer().write_all(b"line").unwrap();
        }
        assert!(lines.0.state().dropped > 0);
        drop(kept);
    }
}
