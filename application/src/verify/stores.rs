//! A store and its token store as evidence.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{Evidence, Follower, Shown, VerifyError};
use crate::messages::ForeignRecord;
use crate::ports::dead_letters::DeadLetterQuery;
use crate::ports::event_store::{EventId, LogId, Position, Recorded, Types};
use crate::ports::message_source::Token;
use crate::ports::processor_admin::ProcessorState;
use crate::ports::token_store::{ProcessorName, Row, RowKey};
use crate::ports::{EventStore, TokenPorts};
use crate::reactions::{HANDLERS, PUBLISH, partition_of, projections};
use crate::services::Services;

/// Events or rows read in one piece.
const PAGE: usize = 1_000;
/// How many missing positions are looked behind, one by one, before the check gives up.
const MISSING_MAX: usize = 100_000;
/// More letters than a processor can have.
const LETTERS_MAX: usize = 2_000_000;

/// What a service keeps, opened by who checks it.
#[derive(Clone, Copy)]
pub struct Stores<'a> {
    /// The log.
    pub store: &'a dyn EventStore,
    /// What its processors keep.
    pub tokens: &'a TokenPorts,
}

#[async_trait]
impl Evidence for Stores<'_> {
    async fn services(&self) -> Result<Option<Services>, VerifyError> {
        let states = self.tokens.admin.processors().await?;
        let names = states.iter().map(|state| state.name.as_str());
        Ok((!states.is_empty()).then(|| Services::behind(names)))
    }

    async fn log_id(&self) -> Result<LogId, VerifyError> {
        Ok(self.store.head().await?.log)
    }

    async fn followers(&self) -> Result<Vec<Follower>, VerifyError> {
        let states = self.tokens.admin.processors().await?;
        let handlers = HANDLERS.into_iter().map(|(name, _)| name);
        let names = handlers.chain(projections().into_iter().map(|(name, _)| name));
        let over_a_broker = states.iter().any(|state| state.name == PUBLISH);
        let mut followers = Vec::new();
        for name in names {
            let state = states.iter().find(|state| state.name == name);
            let unjudged =
                (over_a_broker && state.is_none()).then(|| "it reads topics and not the log".to_owned());
            followers.push(Follower { unjudged, ..self.follower(name, state).await? });
        }
        for state in &states {
            if state.name == PUBLISH || partition_of(&state.name).is_some() {
                followers.push(self.follower(state.name.clone(), Some(state)).await?);
            }
        }
        Ok(followers)
    }

    async fn head(&self) -> Result<Position, VerifyError> {
        Ok(self.store.head().await?.position)
    }

    /// Goes on behind positions that are missing: what is there shall be judged too, and the gap is found by its order.
    async fn log(&self, after: Position) -> Result<Vec<Recorded>, VerifyError> {
        let mut after = after;
        for _ in 0..MISSING_MAX {
            match self.store.read_log(after, &Types::new(), PAGE).await {
                Err(error) if error.missing_position().is_some() => after = after.plus(1),
                page => return Ok(page?.events),
            }
        }
        Ok(self.store.read_log(after, &Types::new(), PAGE).await?.events)
    }

    async fn rows(
        &self,
        view: &ProcessorName,
        _expected: &BTreeMap<RowKey, Row>,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Shown, VerifyError> {
        let mut after = None;
        loop {
            let page = self.tokens.store.live_rows(view, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(Shown::All) };
            after = Some(last.key());
            page.into_iter().for_each(&mut *take);
        }
    }
}

impl Stores<'_> {
    async fn follower(
        &self,
        name: ProcessorName,
        state: Option<&ProcessorState>,
    ) -> Result<Follower, VerifyError> {
        let (reached, ahead) = state.map_or_else(Default::default, places);
        let set_aside = self.set_aside(&name, tokens(state).first()).await?;
        let astray = self.astray(state).await?;
        let log = tokens(state).first().map(|token| token.log);
        Ok(Follower { name, log, reached, ahead, set_aside, unjudged: None, astray })
    }

    async fn set_aside(
        &self,
        name: &ProcessorName,
        token: Option<&Token>,
    ) -> Result<BTreeSet<Position>, VerifyError> {
        let wanted = DeadLetterQuery { processor: Some(name.clone()), ..DeadLetterQuery::default() };
        let letters = self.tokens.letters.letters(&wanted, LETTERS_MAX).await?;
        let mut positions: BTreeSet<Position> = letters.iter().map(|letter| letter.position()).collect();
        let overrides = self.tokens.letters.overrides(name).await?;
        if !overrides.is_empty() {
            let events = overrides.into_keys().collect();
            let partition = token.filter(|_| partition_of(name).is_some());
            positions.extend(match partition {
                Some(token) => positions_in(token, &events),
                None => self.positions_of(&events).await?,
            });
        }
        Ok(positions)
    }

    /// Why a processor was not following this log: a segment of it is missing, or one of its tokens names what is not
    /// there.
    async fn astray(&self, state: Option<&ProcessorState>) -> Result<Option<String>, VerifyError> {
        if state.is_some_and(|state| !state.is_whole()) {
            return Ok(Some("is without one of its segments, whose events nobody handles".to_owned()));
        }
        // Whether a partition is the one that it was, whoever looks into the topics finds out.
        let of_the_log = state.filter(|state| partition_of(&state.name).is_none());
        for Token { log, position, event } in tokens(of_the_log) {
            let head = self.store.head().await?;
            if head.log != log {
                return Ok(Some(format!("is at {position} of log {log}, and this is log {}", head.log)));
            }
            let at = self.event_at(position).await?;
            if at != event {
                let shown = |event: Option<EventId>| event.map_or("none".to_owned(), |id| id.to_string());
                let (expected, found) = (shown(event), shown(at));
                return Ok(Some(format!("passed event {expected} at {position}, where the log has {found}")));
            }
        }
        Ok(None)
    }

    /// The id of the event at a position; none when it is missing or beyond the end.
    async fn event_at(&self, position: Position) -> Result<Option<EventId>, VerifyError> {
        let there = match self.store.read_log_backward(position.plus(1), 1).await {
            Err(error) if error.missing_position().is_some() => return Ok(None),
            page => page?.events,
        };
        let there = there.first().filter(|event| event.position == position);
        Ok(there.map(|event| event.id))
    }

    /// Where these events stand. Rare enough that the log may be read for it.
    async fn positions_of(&self, events: &BTreeSet<EventId>) -> Result<Vec<Position>, VerifyError> {
        let (mut found, mut after) = (Vec::new(), Position::START);
        loop {
            let page = self.log(after).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after = last.position;
            let here = page.iter().filter(|recorded| events.contains(&recorded.id));
            found.extend(here.map(|recorded| recorded.position));
        }
    }
}

/// Where these records stand before a token of a partition: their ids are made of it and their places.
fn positions_in(token: &Token, events: &BTreeSet<EventId>) -> Vec<Position> {
    let passed = (1..=token.position.value()).map(Position::new);
    let is_one = |position: &Position| {
        ForeignRecord::id_at(token.log, *position).is_some_and(|event| events.contains(&event))
    };
    passed.filter(is_one).collect()
}

/// The tokens of all segments, each once.
fn tokens(state: Option<&ProcessorState>) -> Vec<Token> {
    let all = state.into_iter().flat_map(|state| &state.segments).map(|segment| segment.token);
    let mut tokens: Vec<Token> = Vec::new();
    for token in all {
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    tokens
}

/// How far all live segments have come, and the furthest of any segment.
fn places(state: &ProcessorState) -> (Position, Position) {
    let positions = |live: bool| {
        let wanted = state.segments.iter().filter(move |segment| !live || segment.generation == state.live);
        wanted.map(|segment| segment.token.position)
    };
    (positions(true).min().unwrap_or_default(), positions(false).max().unwrap_or_default())
}
