//! The threads that run tasks.

use std::io;
use std::num::NonZero;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

/// How many threads run tasks; 0 for as many as are of use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Workers(pub(crate) usize);

impl Workers {
    /// A runtime with so many threads.
    ///
    /// # Errors
    /// What the system says when it has no thread left.
    pub(crate) fn start(self) -> io::Result<Runtime> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Builder::new_multi_thread().worker_threads(self.among(cores)).enable_all().build()
    }

    /// A store works while a command waits for it, on a core of its own if there is one: a thread more would only take
    /// it away, and pass tasks to and fro.
    const fn among(self, cores: usize) -> usize {
        match (self.0, cores) {
            (0, 0 | 1) => 1,
            (0, cores) => cores - 1,
            (workers, _) => workers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_core_is_left_to_the_store_if_there_is_another() {
        assert_eq!([1, 2, 3, 16].map(|cores| Workers(0).among(cores)), [1, 1, 2, 15]);
    }

    #[test]
    fn what_is_asked_for_is_taken() {
        assert_eq!([1, 2, 64].map(|workers| Workers(workers).among(2)), [1, 2, 64]);
    }
}
