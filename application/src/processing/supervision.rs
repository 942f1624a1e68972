//! The task that owns the processors of a process: it runs each, and begins and ends them as segments come and go.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::select;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::assignment::Assignment;
use super::processor::Processor;
use super::reaction::cause_of;
use super::run::{keep_extending, run};
use super::supervisor::Supervisor;
use crate::ports::BoxError;

/// How often it looks; the token store is asked only when there is a reason.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it looks while a rebuilt view is about to take over, or rows of what it has replaced are removed.
const BUSY_LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long the end of processors is waited for before the log says which are left.
const PATIENT_FOR: Duration = Duration::from_secs(5);
/// How long a node that ends may take to say so. Without it, others find out when its heartbeat has run out.
const LEAVES_WITHIN: Duration = Duration::from_secs(2);

/// Runs the processors of a process until `stop`, also those that come while it runs, and ends those whose segment is
/// gone. At the end every claim is given back, and a token store that others use is told that the node is gone.
///
/// # Errors
/// When a processor ended although nobody asked it to.
pub async fn supervise(mut supervisor: Supervisor, stop: CancellationToken) -> Result<(), BoxError> {
    let renewer = supervisor.renewer().clone();
    let mut running = RunningProcessors { tasks: JoinSet::new(), ends: BTreeMap::new(), stop };
    let ended = select! {
        biased;
        ended = running.keep_up(&mut supervisor) => ended,
        never = keep_extending(&renewer) => match never {},
    };
    ended?;
    running.stop().await?;
    if supervisor.within().settings.exclusive {
        // Nobody else could take over what it had.
        return Ok(());
    }
    let (tokens, node) = (&supervisor.within().tokens.store, supervisor.within().node);
    match timeout(LEAVES_WITHIN, tokens.leave(node)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(cause = cause_of(&error), "that this node is gone was not said"),
        Err(_elapsed) => tracing::debug!("that this node is gone was not said in time"),
    }
    Ok(())
}

/// Processors that run.
struct RunningProcessors {
    tasks: JoinSet<HasEnded>,
    /// What ends each of them.
    ends: BTreeMap<Assignment, CancellationToken>,
    stop: CancellationToken,
}

/// A processor that has ended.
struct HasEnded {
    assigned: Assignment,
    is_asked: bool,
}

impl RunningProcessors {
    async fn keep_up(&mut self, supervisor: &mut Supervisor) -> Result<(), BoxError> {
        let stop = self.stop.clone();
        loop {
            supervisor.processors().take().into_iter().for_each(|processor| self.start(processor));
            match stop.run_until_cancelled(supervisor.look()).await {
                None => return Ok(()),
                Some(Ok(ended)) => ended.iter().for_each(|ended| self.end(ended)),
                Some(Err(error)) => {
                    tracing::debug!(cause = cause_of(&error), "which segments there are could not be asked");
                }
            }
            supervisor.processors().take().into_iter().for_each(|processor| self.start(processor));
            select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                Some(ended) = self.tasks.join_next() => self.has_ended(ended)?,
                () = supervisor.within().leases.news() => {}
                () = sleep(if supervisor.is_busy() { BUSY_LOOK_EVERY } else { LOOK_EVERY }) => {}
            }
        }
    }

    fn start(&mut self, processor: Processor) {
        let (assigned, end) = (processor.assigned().clone(), self.stop.child_token());
        self.ends.insert(assigned.clone(), end.clone());
        self.tasks.spawn(async move {
            run(processor, end.clone()).await;
            HasEnded { assigned, is_asked: end.is_cancelled() }
        });
    }

    fn end(&self, assigned: &Assignment) {
        if let Some(end) = self.ends.get(assigned) {
            end.cancel();
        }
    }

    fn has_ended(&mut self, ended: Result<HasEnded, JoinError>) -> Result<(), BoxError> {
        let HasEnded { assigned, is_asked } = ended?;
        // Another one may work on the same by now.
        if self.ends.get(&assigned).is_some_and(CancellationToken::is_cancelled) {
            self.ends.remove(&assigned);
        }
        let Assignment { name, segment, .. } = assigned;
        if is_asked { Ok(()) } else { Err(format!("processor {name} {segment} ended by itself").into()) }
    }

    /// Waits until all have ended, and says which are slow to.
    async fn stop(&mut self) -> Result<(), BoxError> {
        loop {
            match timeout(PATIENT_FOR, self.tasks.join_next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(ended)) => self.has_ended(ended)?,
                Err(_elapsed) => {
                    let left = self.ends.keys().map(|left| format!("{} {}", left.name, left.segment));
                    let left = left.collect::<Vec<_>>().join(", ");
                    tracing::warn!(left, "processors were asked to end and still work");
                }
            }
        }
    }
}
