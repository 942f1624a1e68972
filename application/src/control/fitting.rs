//! Whether tokens and a log that were found together belong together.

use crate::ports::event_store::{Head, Types};
use crate::ports::token_store::ProcessorName;
use crate::ports::{EventStore, ProcessorAdmin};
use crate::queries::QueryError;
use crate::reactions::follows_a_partition;

/// How the tokens stand towards the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitting {
    /// The log.
    pub head: Head,
    /// How many processors there are.
    pub processors: usize,
    /// How many events lie before the one that is furthest behind, of those whose tokens fit.
    pub behind: u64,
    /// Those with a token of another log.
    pub foreign: Vec<ProcessorName>,
}

/// Compares every token with the log, except those of partitions, which say nothing of it.
///
/// # Errors
/// [`QueryError::Store`] or [`QueryError::Tokens`].
pub async fn fitting(store: &dyn EventStore, admin: &dyn ProcessorAdmin) -> Result<Fitting, QueryError> {
    let states = admin.processors().await?;
    let head = store.head().await?;
    let mut fitting = Fitting { head, processors: states.len(), behind: 0, foreign: vec![] };
    for state in states.iter().filter(|state| !follows_a_partition(&state.name)) {
        for token in state.live_segments().map(|segment| segment.token) {
            let page = store.read_log(token.position, &Types::new(), 1).await?;
            if token.check(&page).is_err() {
                fitting.foreign.push(state.name.clone());
                break;
            }
            let behind = head.position.value().saturating_sub(token.position.value());
            fitting.behind = fitting.behind.max(behind);
        }
    }
    Ok(fitting)
}
