//! Looks now and then whether topics have got more partitions, and runs the processors that follow these.

use std::time::Duration;

use application::processing::{self, Processor, Processors};
use application::reactions::Growth;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::tasks::{Ended, Tasks};

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Takes up partitions that are added, until it is told to stop; the processors that it has started end with it.
pub(crate) async fn take_up(mut growth: Growth, processors: Processors, stop: CancellationToken) -> Ended {
    let mut every = interval(LOOK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut added = Tasks::default();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            failure = added.first_to_end() => {
                added.stop().await;
                return Err(failure.into());
            }
            _ = every.tick() => {}
        }
        let Some(looked) = stop.run_until_cancelled(growth.look()).await else { break };
        if let Err(error) = looked {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "partitions that were added are not followed yet; it is tried again");
        }
        start_all(processors.take(), &mut added);
    }
    added.stop().await;
    Ok(())
}

/// Starts processors as tasks of their own.
pub(crate) fn start_all(processors: Vec<Processor>, tasks: &mut Tasks) {
    for processor in processors {
        let name = format!("processor {} {}", processor.name(), processor.segment());
        tasks.start(name, |stop| async {
            processing::run(processor, stop).await;
            Ok(())
        });
    }
}
