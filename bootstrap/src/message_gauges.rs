//! Gauges of what goes over a broker, kept by looking now and then: also of what nobody works on.

use std::sync::Arc;
use std::time::Duration;

use application::control::{Control, MessageBacklog, PartitionLag};
use application::ports::{Clock, EventStore};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::tasks::Ended;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What it looks at.
pub(crate) struct MessageGauges {
    pub(crate) control: Control,
    pub(crate) log: Arc<dyn EventStore>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl MessageGauges {
    /// Keeps them until it is told to stop.
    pub(crate) async fn keep(self, stop: CancellationToken) -> Ended {
        let mut every = interval(LOOK_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            match stop.run_until_cancelled(self.control.message_backlog(&*self.log)).await {
                None => break,
                Some(Ok(backlog)) => self.set(backlog),
                Some(Err(error)) => {
                    // Whoever needs the stores says so; the gauges stay as they were.
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "how far messages are is not known"
                    );
                }
            }
        }
        Ok(())
    }

    fn set(&self, MessageBacklog { unpublished_since, lags }: MessageBacklog) {
        let age = unpublished_since.map(|since| self.clock.now().duration_since(since).as_secs_f64());
        // A clock that was set back since makes none of them younger than new.
        metrics::gauge!("rental_publish_oldest_event_seconds").set(age.unwrap_or(0.0).max(0.0));
        for PartitionLag { handler, topic, partition, messages } in lags {
            let labels =
                [("handler", handler), ("topic", topic.to_string()), ("partition", partition.to_string())];
            metrics::gauge!("rental_topic_lag_messages", &labels).set(exact(messages));
        }
    }
}

/// Exact up to 2^53, which no partition reaches.
#[allow(clippy::cast_precision_loss)]
const fn exact(value: u64) -> f64 {
    value as f64
}
