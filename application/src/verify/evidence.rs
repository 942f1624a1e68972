//! What a check reads, wherever it comes from: the log, how far its followers are, and the views as they are shown.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::VerifyError;
use crate::messages::Topic;
use crate::ports::event_store::{LogId, Position, Recorded};
use crate::ports::token_store::{ProcessorName, Row, RowKey};
use crate::reactions::partition_of;
use crate::services::Services;

/// Shows what is to be judged.
#[async_trait]
pub trait Evidence: Send + Sync {
    /// The services of which the log is; none when nobody has used it yet, so that nothing says it.
    ///
    /// # Errors
    /// [`VerifyError`] when it cannot be found out.
    async fn services(&self) -> Result<Option<Services>, VerifyError>;

    /// Which log it is.
    ///
    /// # Errors
    /// [`VerifyError`] when it cannot be found out.
    async fn log_id(&self) -> Result<LogId, VerifyError>;

    /// How far every projection and handler has come, the relay, and whoever follows a partition; and then what they have set aside: asked in this order, so that
    /// an event which was passed is either done or among those set aside.
    ///
    /// # Errors
    /// [`VerifyError`] when it cannot be found out.
    async fn followers(&self) -> Result<Vec<Follower>, VerifyError>;

    /// Where the log ends now.
    ///
    /// # Errors
    /// [`VerifyError`] when it cannot be found out.
    async fn head(&self) -> Result<Position, VerifyError>;

    /// The next events of the log after a position, in order, as many as are handy; none at its end.
    ///
    /// # Errors
    /// [`VerifyError`] when they cannot be read.
    async fn log(&self, after: Position) -> Result<Vec<Recorded>, VerifyError>;

    /// Gives the rows of a view as readers see them to `take`, each once. `expected` are the rows that it should have,
    /// for who has to know what to ask for.
    ///
    /// # Errors
    /// [`VerifyError`] when they cannot be read.
    async fn rows(
        &self,
        view: &ProcessorName,
        expected: &BTreeMap<RowKey, Row>,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Shown, VerifyError>;
}

/// A projection, handler or relay, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    /// Its name.
    pub name: ProcessorName,
    /// What it follows, as far as it is shown.
    pub log: Option<LogId>,
    /// It has passed everything up to here.
    pub reached: Position,
    /// It has passed nothing beyond here.
    pub ahead: Position,
    /// Events it passed without handling them, since it keeps them as dead letters or an operator changed them.
    pub set_aside: BTreeSet<Position>,
    /// Why it cannot be judged at all, when it cannot.
    pub unjudged: Option<String>,
    /// Why what it followed is not this log, when it is not.
    pub astray: Option<String>,
}

impl Follower {
    /// One that has passed everything up to here and nothing beyond, as far as it can be judged.
    #[must_use]
    pub fn at(name: ProcessorName, position: Position) -> Self {
        let (set_aside, unjudged, astray) = (BTreeSet::new(), None, None);
        Self { name, log: None, reached: position, ahead: position, set_aside, unjudged, astray }
    }

    /// For which handler it follows which partition of a topic; none when it follows the log.
    #[must_use]
    pub fn partition(&self) -> Option<(&str, Topic, u32)> {
        partition_of(&self.name)
    }
}

/// How much of a view was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// All of it.
    All,
    /// All but these rows, and which those are in words.
    Except(BTreeSet<RowKey>, String),
    /// Nothing, and why.
    Nothing(String),
}
