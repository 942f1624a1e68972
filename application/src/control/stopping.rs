//! Waiting until nobody works on a processor any more.

use std::time::Duration;

use thiserror::Error;
use tokio::time::{sleep, timeout};

use super::Control;
use crate::ports::processor_admin::{Desired, SegmentState};
use crate::ports::token_store::{NodeId, ProcessorName, Segment, TokenError};

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Why it is not known that a processor has stopped.
#[derive(Debug, Error)]
pub enum StillRunning {
    /// Nobody has registered it.
    #[error("there is no processor {name}")]
    Unknown {
        /// The name.
        name: ProcessorName,
    },
    /// Somebody has started it meanwhile.
    #[error("{name} was started meanwhile")]
    Started {
        /// The name.
        name: ProcessorName,
    },
    /// Somebody still works on it. A node that was killed counts until its claim has run out, ten seconds later.
    #[error("segment {segment} of {name} is still worked on by {owner} after {limit:?}")]
    InTime {
        /// The name.
        name: ProcessorName,
        /// The first segment that somebody has.
        segment: Segment,
        /// Who has it.
        owner: NodeId,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The token store did not answer in time.
    #[error("the token store did not say within {limit:?} whether {name} has stopped")]
    Silent {
        /// The name.
        name: ProcessorName,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The token store could not be asked.
    #[error("it cannot be asked now who still works on it")]
    Tokens(#[from] TokenError),
}

impl Control {
    /// Waits until nobody works on any segment of a processor, on any node: once it was paused, that is after a beat of
    /// each node, three seconds, and at once on this one.
    ///
    /// # Errors
    /// [`StillRunning`].
    pub async fn stopped(&self, name: &ProcessorName, limit: Duration) -> Result<(), StillRunning> {
        let mut held = None;
        let waited = timeout(limit, async {
            loop {
                held = self.held(name).await?;
                if held.is_none() {
                    return Ok(());
                }
                // Each time, since a claim that was being written to is told with the next beat only.
                self.processors.heed();
                sleep(LOOK_EVERY).await;
            }
        });
        if let Ok(ended) = waited.await {
            return ended;
        }
        let name = name.clone();
        Err(match held {
            Some((segment, owner)) => StillRunning::InTime { name, segment, owner, limit },
            None => StillRunning::Silent { name, limit },
        })
    }

    /// The first segment of a processor that somebody has, of any generation.
    async fn held(&self, name: &ProcessorName) -> Result<Option<(Segment, NodeId)>, StillRunning> {
        let states = self.tokens.admin.processors().await?;
        let state = states.into_iter().find(|state| state.name == *name);
        let state = state.ok_or_else(|| StillRunning::Unknown { name: name.clone() })?;
        let held = |known: &SegmentState| known.owner.map(|(owner, _)| (known.segment, owner));
        match (state.segments.iter().find_map(held), &state.desired) {
            (Some(_), Desired::Running) => Err(StillRunning::Started { name: name.clone() }),
            (held, Desired::Running | Desired::Paused { .. }) => Ok(held),
        }
    }
}
