//! Looks now and then whether topics have got more partitions, whose processors are run with all others.

use std::time::Duration;

use application::reactions::Growth;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::tasks::Ended;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Takes up partitions that are added, until it is told to stop.
pub(crate) async fn take_up(mut growth: Growth, stop: CancellationToken) -> Ended {
    let mut every = interval(LOOK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        let Some(looked) = stop.run_until_cancelled(growth.look()).await else { break };
        if let Err(error) = looked {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "partitions that were added are not followed yet; it is tried again");
        }
    }
    Ok(())
}
