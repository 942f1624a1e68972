//! The logs of four services as one, in which everything can be judged that takes more than one of them.

use std::collections::{BTreeMap, BTreeSet};

use application::ports::event_store::{Position, Recorded};
use application::ports::token_store::{ProcessorName, Row, RowKey};
use application::processing::DecodedEvent;
use application::reactions::HANDLERS;
use application::services::Services;
use application::verify::{Evidence, Follower, Shown, VerifyError};
use async_trait::async_trait;

/// Events given at once.
const PAGE: usize = 1_000;

/// One log after the other, with positions of its own: no stream is in two of them.
pub(super) struct Whole {
    events: Vec<Recorded>,
}

impl Whole {
    pub(super) fn of(logs: Vec<Vec<Recorded>>) -> Self {
        let all = logs.into_iter().flatten().zip(1..);
        Self { events: all.map(|(event, at)| Recorded { position: Position::new(at), ..event }).collect() }
    }

    /// Every attempt that was started, as often as it was.
    pub(super) fn attempts(&self) -> Vec<String> {
        const STARTS: [&str; 3] =
            ["rental-card.item-rented", "rental-card.item-returned", "rental-card.clearing-requested"];
        let starts = self.events.iter().filter(|event| STARTS.contains(&event.kind.as_str()));
        let processes = starts.map(|event| DecodedEvent::read(event.clone()).unwrap().metadata.keys.process);
        processes.map(|process| process.unwrap().to_string()).collect()
    }

    /// The same as if one event of a type had never been written.
    pub(super) fn without_the_first(&self, kind: &str) -> Self {
        let mut events = self.events.clone();
        let at = events.iter().position(|event| event.kind.as_str() == kind).expect("such an event");
        events.remove(at);
        Self::of(vec![events])
    }

    fn end(&self) -> Position {
        Position::new(self.events.len() as u64)
    }
}

#[async_trait]
impl Evidence for Whole {
    async fn services(&self) -> Result<Services, VerifyError> {
        Ok(Services::ALL)
    }

    /// At rest every handler has heard everything: what does not stand in one of the logs then was lost.
    async fn followers(&self) -> Result<Vec<Follower>, VerifyError> {
        let follower = |name| Follower {
            name,
            reached: self.end(),
            ahead: self.end(),
            set_aside: BTreeSet::new(),
            unjudged: None,
            astray: None,
        };
        Ok(HANDLERS.into_iter().map(|(name, _)| follower(name)).collect())
    }

    async fn head(&self) -> Result<Position, VerifyError> {
        Ok(self.end())
    }

    async fn log(&self, after: Position) -> Result<Vec<Recorded>, VerifyError> {
        let later = self.events.iter().filter(|event| event.position > after);
        Ok(later.take(PAGE).cloned().collect())
    }

    async fn rows(
        &self,
        _view: &ProcessorName,
        _expected: &BTreeMap<RowKey, Row>,
        _take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Shown, VerifyError> {
        Ok(Shown::Nothing("each service shows its own".to_owned()))
    }
}
