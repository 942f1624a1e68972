//! Tasks that are stopped together: each has a name, and the first that ends by itself is noticed.

use std::collections::HashMap;
use std::future::Future;

use application::ports::BoxError;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::failure::RunFailure;

/// How a task ends: by being done, or by what it could not do.
pub(crate) type Ended = Result<(), BoxError>;

/// Tasks with one token that stops all of them.
#[derive(Default)]
pub(crate) struct Tasks {
    running: JoinSet<Ended>,
    names: HashMap<Id, String>,
    stop: CancellationToken,
}

impl Tasks {
    /// Starts a task; it has to end soon after its token is cancelled.
    pub(crate) fn start<F>(&mut self, name: impl Into<String>, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = Ended> + Send + 'static,
    {
        let handle = self.running.spawn(task(self.stop.clone()));
        self.names.insert(handle.id(), name.into());
    }

    /// Waits until one ends and says which, and why. Waits for ever when there is none.
    pub(crate) async fn first_to_end(&mut self) -> RunFailure {
        match self.running.join_next_with_id().await {
            Some(ended) => self.describe(ended),
            None => std::future::pending().await,
        }
    }

    /// Asks all of them to end, and waits until they have. Those that end with an error say so in the log.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        while let Some(ended) = self.running.join_next_with_id().await {
            if !matches!(ended, Ok((_, Ok(())))) {
                let failure = self.describe(ended);
                tracing::error!(cause = failure.causes(), "while stopping: {failure}");
            } else if let Ok((id, _)) = ended {
                self.names.remove(&id);
            }
        }
    }

    /// Ends those that did not end when asked, and names them.
    pub(crate) fn abort(&mut self) -> Vec<String> {
        self.running.abort_all();
        let mut left: Vec<String> = std::mem::take(&mut self.names).into_values().collect();
        left.sort();
        left
    }

    fn describe(&mut self, ended: Result<(Id, Ended), JoinError>) -> RunFailure {
        let (id, source): (Id, Option<BoxError>) = match ended {
            Ok((id, Ok(()))) => (id, None),
            Ok((id, Err(error))) => (id, Some(error)),
            Err(panic) => (panic.id(), Some(panic.into())),
        };
        let task = self.names.remove(&id).unwrap_or_else(|| "a task".to_owned());
        RunFailure::Ended { task, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_to_end_is_named_with_its_cause() {
        let mut tasks = Tasks::default();
        tasks.start("patient", |stop| async move {
            stop.cancelled().await;
            Ok(())
        });
        tasks.start("hasty", |_| async { Err("no more paper".into()) });
        let failure = tasks.first_to_end().await;
        assert_eq!(failure.to_string(), "hasty ended although nobody asked it to");
        assert_eq!(failure.causes(), "no more paper");
    }

    #[tokio::test]
    async fn a_task_that_panics_is_named_too() {
        let mut tasks = Tasks::default();
        tasks.start("clumsy", |_| async { panic!("dropped it") });
        let failure = tasks.first_to_end().await;
        assert_eq!(failure.to_string(), "clumsy ended although nobody asked it to");
        assert!(failure.causes().contains("dropped it"), "{}", failure.causes());
    }

    #[tokio::test]
    async fn all_are_stopped_together_and_none_is_left() {
        let mut tasks = Tasks::default();
        for name in ["one", "two"] {
            tasks.start(name, |stop| async move {
                stop.cancelled().await;
                Ok(())
            });
        }
        tasks.stop().await;
        assert!(tasks.abort().is_empty());
    }

    #[tokio::test]
    async fn a_task_that_does_not_end_is_named() {
        let mut tasks = Tasks::default();
        tasks.start("deaf", |_| std::future::pending());
        tokio::select! {
            biased;
            () = tasks.stop() => panic!("it cannot have ended"),
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(tasks.abort(), ["deaf"]);
    }
}
