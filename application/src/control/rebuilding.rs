//! Having the views built again from the log, while no service works on them: what keeps pauses, what was said about
//! single events, and the letters of processors that go on where they were.

use thiserror::Error;

use super::sweeping::sweep;
use crate::operations::OPERATIONS;
use crate::ports::dead_letters::{DeadLetter, DeadLetterQuery};
use crate::ports::event_store::{Head, Position, StoreError, Types};
use crate::ports::message_source::Token;
use crate::ports::processor_admin::{Desired, ProcessorState};
use crate::ports::token_store::{NodeId, ProcessorName, TokenError};
use crate::ports::{EventStore, TokenPorts};
use crate::reactions::{self, PUBLISH, follows_a_partition};
use crate::services::ServiceName;

/// How many letters are asked for at once.
const PAGE: usize = 1_000;

/// What became of the processors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilding {
    /// The log that views are built from.
    pub head: Head,
    /// All processors that were ever registered, by name.
    pub processors: Vec<Rebuilt>,
}

/// What became of a processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Its name.
    pub name: ProcessorName,
    /// How it goes on.
    pub course: Course,
    /// Whether it is paused, as it was.
    pub is_paused: bool,
    /// How many events are edited or skipped for it, as they were.
    pub overrides: usize,
    /// How many letters it has, as they were.
    pub kept: usize,
    /// How many letters went whose events it meets again.
    pub tried_again: usize,
    /// The letters that went because the log does not have their events.
    pub dropped: Vec<Dropped>,
}

/// How a processor goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// From the beginning of the log, since it keeps a view.
    Anew,
    /// From the beginning of the log, since a token or a letter is of another one. What it does again changes nothing
    /// but what the log has lost: each of its commands has an id that the log knows.
    AnewAfterAnotherLog,
    /// The same, since it lacks a segment, and nobody knows how far that one had come.
    AnewAfterMissingSegment,
    /// From where it was, at the latest.
    GoesOn(Position),
    /// As it was: it follows a topic, of which the log says nothing.
    OfTopic,
    /// As it was: this version has no such processor.
    Unknown,
}

impl Course {
    const fn is_anew(self) -> bool {
        match self {
            Self::Anew | Self::AnewAfterAnotherLog | Self::AnewAfterMissingSegment => true,
            Self::GoesOn(_) | Self::OfTopic | Self::Unknown => false,
        }
    }
}

/// A letter that went because the log does not have its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// What it waited in.
    pub sequence: String,
    /// Where its event stood in the log that it came from.
    pub position: Position,
}

/// Why views were not built again.
#[derive(Debug, Error)]
pub enum RebuildError {
    /// A service works on them.
    #[error(
        "{processor} is worked on by {owner}; stop every service on these stores, and wait ten seconds after one that was killed"
    )]
    InUse {
        /// What it works on.
        processor: ProcessorName,
        /// Who works on it.
        owner: NodeId,
    },
    /// The log could not be read.
    #[error("reading the log failed")]
    Store(#[from] StoreError),
    /// The token store could not be read or changed.
    #[error("changing the tokens failed")]
    Tokens(#[from] TokenError),
}

/// Lets every processor that keeps a view begin anew, and every handler go on where it was, or begin anew when that was
/// in another log. The views are empty then; whoever serves builds them. May be called again at any time, also after it
/// was cut off: then some processors have begun anew already.
///
/// # Errors
/// [`RebuildError`]; [`RebuildError::InUse`] before anything was changed.
pub async fn rebuild_views(store: &dyn EventStore, tokens: &TokenPorts) -> Result<Rebuilding, RebuildError> {
    let states = tokens.admin.processors().await?;
    unused(&states)?;
    let head = store.head().await?;
    let all: Vec<_> = states.into_iter().map(|state| Rebuild { store, tokens, head, state }).collect();
    let (mut fitting, mut foreign) = (Vec::new(), Vec::new());
    for one in all {
        let fits = !one.is_known() || one.tokens_fit().await?;
        if fits { &mut fitting } else { &mut foreign }.push(one);
    }
    let is_another_log = !foreign.is_empty();
    let mut processors = Vec::with_capacity(fitting.len() + foreign.len());
    // Those whose tokens do not fit come last: these tokens are all that shows that the log is another one, to whoever
    // calls again after this was cut off.
    for one in fitting.into_iter().chain(foreign) {
        processors.push(one.run(is_another_log).await?);
    }
    for begun in processors.iter().filter(|rebuilt| rebuilt.course.is_anew()) {
        sweep(&*tokens.admin, &begun.name).await?;
    }
    processors.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Rebuilding { head, processors })
}

fn unused(states: &[ProcessorState]) -> Result<(), RebuildError> {
    for state in states {
        if let Some((owner, _)) = state.segments.iter().find_map(|segment| segment.owner) {
            return Err(RebuildError::InUse { processor: state.name.clone(), owner });
        }
    }
    Ok(())
}

/// One processor of which it is found out how it goes on.
struct Rebuild<'a> {
    store: &'a dyn EventStore,
    tokens: &'a TokenPorts,
    head: Head,
    state: ProcessorState,
}

/// The letters of a processor, sorted by whether the log has their events.
#[derive(Default)]
struct Letters {
    fitting: usize,
    strange: Vec<Dropped>,
}

impl Rebuild<'_> {
    /// Also a token that the log has may lie behind effects that it has not: `is_another_log` says that some token does
    /// not fit, and then no handler goes on where it was.
    async fn run(self, is_another_log: bool) -> Result<Rebuilt, RebuildError> {
        let letters = self.letters().await?;
        let course = self.course(is_another_log || !letters.strange.is_empty());
        let overrides = self.tokens.letters.overrides(&self.state.name).await?.len();
        let is_paused = self.state.desired != Desired::Running;
        let name = self.state.name;
        if !course.is_anew() {
            let kept = letters.fitting + letters.strange.len();
            return Ok(Rebuilt { name, course, is_paused, overrides, kept, tried_again: 0, dropped: vec![] });
        }
        let first = Token { log: self.head.log, position: Position::START, event: None };
        self.tokens.admin.begin_anew(&name, first).await?;
        let Letters { fitting: tried_again, strange: dropped } = letters;
        Ok(Rebuilt { name, course, is_paused, overrides, kept: 0, tried_again, dropped })
    }

    fn course(&self, is_another_log: bool) -> Course {
        if self.keeps_a_view() {
            return Course::Anew;
        }
        if !self.is_known() {
            let is_of_topic = follows_a_partition(&self.state.name)
                && ServiceName::of_processor(self.state.name.as_str()).is_some();
            return if is_of_topic { Course::OfTopic } else { Course::Unknown };
        }
        if !self.state.is_whole() {
            return Course::AnewAfterMissingSegment;
        }
        if is_another_log {
            return Course::AnewAfterAnotherLog;
        }
        let reached = self.state.live_segments().map(|segment| segment.token.position).min();
        Course::GoesOn(reached.unwrap_or_default())
    }

    fn keeps_a_view(&self) -> bool {
        reactions::projections().iter().any(|(known, _)| *known == self.state.name)
    }

    fn is_known(&self) -> bool {
        let handles = reactions::HANDLERS.iter().any(|(known, _)| *known == self.state.name);
        self.keeps_a_view() || handles || [PUBLISH, OPERATIONS].contains(&self.state.name)
    }

    async fn tokens_fit(&self) -> Result<bool, RebuildError> {
        for segment in self.state.live_segments() {
            let page = self.store.read_log(segment.token.position, &Types::new(), 1).await?;
            if segment.token.check(&page).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn letters(&self) -> Result<Letters, RebuildError> {
        let mut sorted = Letters::default();
        let mut wanted =
            DeadLetterQuery { processor: Some(self.state.name.clone()), ..DeadLetterQuery::default() };
        loop {
            let page = self.tokens.letters.letters(&wanted, PAGE).await?;
            let Some(last) = page.last().map(DeadLetter::place) else { return Ok(sorted) };
            for letter in page {
                if self.has(&letter).await? {
                    sorted.fitting += 1;
                } else {
                    let position = letter.position();
                    sorted.strange.push(Dropped { sequence: letter.sequence, position });
                }
            }
            wanted.after = Some(last);
        }
    }

    async fn has(&self, letter: &DeadLetter) -> Result<bool, RebuildError> {
        let Some(before) = letter.position().value().checked_sub(1) else { return Ok(false) };
        let page = self.store.read_log(Position::new(before), &Types::new(), 1).await?;
        Ok(page.events.first().is_some_and(|event| event.id == letter.event.id))
    }
}
