//! Evidence that is told: a sound history, in which one thing can be made wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use application::codec::{Actor, Metadata};
use application::ports::event_store::{CommandId, LogId, Position, Recorded, StreamName, Version};
use application::ports::token_store::{ProcessorName, Row, RowKey};
use application::ports::{EventStore, TokenStore};
use application::reactions::{HANDLERS, projections};
use application::services::Services;
use application::verify::{Evidence, Follower, Shown, Stores, VerifyError};
use async_trait::async_trait;
use bytes::Bytes;
use tests::library::Library;

/// How many events are given at once: few, so that there are many pages.
const PAGE: usize = 7;

/// What is told.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// Whose log it is; nobody's when no service has used it.
    pub(crate) services: Option<Services>,
    pub(crate) id: LogId,
    pub(crate) log: Vec<Recorded>,
    /// Where the log said that it ends; where it does, if nothing is said.
    pub(crate) head: Option<Position>,
    pub(crate) followers: Vec<Follower>,
    /// Where some of them are when they are asked for the second time in a check.
    pub(crate) later: Vec<(ProcessorName, Position)>,
    pub(crate) asked: Arc<AtomicBool>,
    pub(crate) rows: BTreeMap<ProcessorName, Vec<Row>>,
    /// How much of a view is shown; all of those that are not named.
    pub(crate) shown: BTreeMap<ProcessorName, Shown>,
}

#[async_trait]
impl Evidence for Told {
    async fn services(&self) -> Result<Option<Services>, VerifyError> {
        Ok(self.services)
    }

    async fn log_id(&self) -> Result<LogId, VerifyError> {
        Ok(self.id)
    }

    async fn followers(&self) -> Result<Vec<Follower>, VerifyError> {
        let mut followers = self.followers.clone();
        if self.asked.fetch_xor(true, Ordering::SeqCst) {
            for (name, place) in &self.later {
                for follower in followers.iter_mut().filter(|follower| follower.name == *name) {
                    (follower.reached, follower.ahead) = (*place, *place);
                }
            }
        }
        Ok(followers)
    }

    async fn head(&self) -> Result<Position, VerifyError> {
        let last = self.log.last().map(|event| event.position).unwrap_or_default();
        Ok(self.head.unwrap_or(last))
    }

    async fn log(&self, after: Position) -> Result<Vec<Recorded>, VerifyError> {
        let later = self.log.iter().filter(|event| event.position > after);
        Ok(later.take(PAGE).cloned().collect())
    }

    async fn rows(
        &self,
        view: &ProcessorName,
        _expected: &BTreeMap<RowKey, Row>,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Shown, VerifyError> {
        self.rows.get(view).into_iter().flatten().cloned().for_each(take);
        Ok(self.shown.get(view).cloned().unwrap_or(Shown::All))
    }
}

impl Told {
    /// What a library at rest tells.
    pub(crate) async fn of(library: &Library) -> Self {
        let log = library.events().await;
        let end = Position::new(log.len() as u64);
        let (mut followers, mut rows) = (Vec::new(), BTreeMap::new());
        for (name, _) in HANDLERS {
            followers.push(Follower::at(name, end));
        }
        for (name, _) in projections() {
            rows.insert(name.clone(), library.stores.tokens.live_rows(&name, None, 1_000).await.unwrap());
            followers.push(Follower::at(name, end));
        }
        let id = library.stores.log.head().await.unwrap().log;
        Self {
            services: Some(library.services),
            id,
            log,
            head: None,
            followers,
            later: vec![],
            asked: Arc::default(),
            rows,
            shown: BTreeMap::new(),
        }
    }

    /// What one service of several tells, at rest: its processors follow the log, or partitions of topics.
    pub(crate) async fn of_one(library: &Library) -> Self {
        let tokens = library.stores.ports();
        let followers = Stores { store: &*library.stores.log, tokens: &tokens }.followers().await.unwrap();
        // Logs in memory all have the same id.
        let first = library.services.iter().next().map_or(0, |service| service as u128);
        let id = LogId::new(uuid::Uuid::from_u128(100 + first));
        Self { id, followers, ..Self::of(library).await }
    }

    pub(crate) fn follower(&mut self, name: &ProcessorName) -> &mut Follower {
        self.followers.iter_mut().find(|follower| follower.name == *name).unwrap()
    }

    /// The log as if an event of this type, counted from 0, had never been written.
    pub(crate) fn forget(&mut self, kind: &str, nth: usize) -> Recorded {
        let at = self.place(kind, nth);
        let gone = self.log.remove(at);
        self.number();
        let end = Position::new(self.log.len() as u64);
        for follower in self.followers.iter_mut().filter(|follower| follower.partition().is_none()) {
            (follower.reached, follower.ahead) = (follower.reached.min(end), follower.ahead.min(end));
        }
        gone
    }

    /// The log as if an event had been written twice, the second time by another command.
    pub(crate) fn again(&mut self, kind: &str, nth: usize) {
        let at = self.place(kind, nth);
        let mut copy = self.log[at].clone();
        let (id, command) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        copy.id = application::ports::event_store::EventId::new(id);
        let metadata = Metadata { command: CommandId::new(command), ..Metadata::decode(&copy).unwrap() };
        copy.metadata = metadata.encode();
        copy.command = Some(metadata.command);
        self.log.insert(at + 1, copy);
        self.number();
    }

    /// The log as if it ended before an event, with followers that are as far and views that are not shown.
    pub(crate) fn keep_until(&mut self, kind: &str, nth: usize) {
        let at = self.place(kind, nth);
        self.cut(at);
    }

    /// The log as if it ended after so many events, with handlers that have passed nothing whose effect came later.
    pub(crate) fn cut(&mut self, events: usize) {
        let reached: Vec<Position> =
            self.followers.iter().map(|follower| self.passed(&follower.name, events)).collect();
        for (follower, reached) in self.followers.iter_mut().zip(reached) {
            (follower.reached, follower.ahead) = (reached, Position::new(events as u64));
        }
        self.log.truncate(events);
        for (name, _) in projections() {
            self.shown.insert(name, Shown::Nothing("the log was cut".to_owned()));
        }
    }

    /// How far a handler had come when the log had so many events.
    fn passed(&self, name: &ProcessorName, events: usize) -> Position {
        let later = self.log[events..].iter().map(|event| Metadata::decode(event).unwrap());
        let own = later.filter(|metadata| metadata.actor == Actor::Service(name.to_string()));
        let causes = own.filter_map(|metadata| metadata.causation);
        let places = causes.filter_map(|cause| self.log[..events].iter().position(|event| event.id == cause));
        Position::new(places.min().unwrap_or(events) as u64)
    }

    /// An event with another text in its payload.
    pub(crate) fn change(&mut self, kind: &str, nth: usize, from: &str, to: &str) {
        let at = self.place(kind, nth);
        let event = &mut self.log[at];
        event.payload = changed(&event.payload, from, to);
    }

    /// An event with another text in its metadata.
    pub(crate) fn change_metadata(&mut self, at: usize, from: &str, to: &str) {
        let event = &mut self.log[at];
        event.metadata = changed(&event.metadata, from, to);
    }

    /// The command of an event, as it is written.
    pub(crate) fn command_of(&self, at: usize) -> String {
        Metadata::decode(&self.log[at]).unwrap().command.to_string()
    }

    /// Where the event stands that caused this one.
    pub(crate) fn causes(&self, event: &Recorded) -> Position {
        let cause = Metadata::decode(event).unwrap().causation.unwrap();
        self.log.iter().find(|event| event.id == cause).unwrap().position
    }

    fn place(&self, kind: &str, nth: usize) -> usize {
        let mut places = self.log.iter().enumerate().filter(|(_, event)| event.kind.as_str() == kind);
        places.nth(nth).unwrap_or_else(|| panic!("the history has no {kind} number {nth}")).0
    }

    /// Numbers positions and versions anew, so that nothing is missing.
    fn number(&mut self) {
        let mut versions: BTreeMap<StreamName, Version> = BTreeMap::new();
        for (index, event) in self.log.iter_mut().enumerate() {
            event.position = Position::new(index as u64 + 1);
            let version = versions.entry(event.stream.clone()).or_default();
            *version = version.plus(1);
            event.version = *version;
        }
    }
}

fn changed(stored: &Bytes, from: &str, to: &str) -> Bytes {
    let text = std::str::from_utf8(stored).unwrap();
    assert!(text.contains(from), "`{from}` is not in {text}");
    Bytes::from(text.replacen(from, to, 1))
}
