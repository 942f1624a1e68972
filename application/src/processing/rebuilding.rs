//! A view that is rebuilt beside the one that readers see: how it is started, how far it is, and when it takes over.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::halt::paused;
use super::reaction::cause_of;
use super::set::Processors;
use super::status::ReactionKind;
use crate::ports::event_store::Position;
use crate::ports::message_source::{SourceError, StartingPoint};
use crate::ports::processor_admin::{Desired, ProcessorState};
use crate::ports::token_store::{Generation, ProcessorName, TokenError};

/// Within so many events behind the live generation it is tried again and again whether the new one may take over:
/// which of the two has stored a page last changes all the time.
const NEAR: u64 = 2_000;
/// How far apart what is measured lies, and how much of it is kept.
const MEASURED_EVERY: SignedDuration = SignedDuration::from_secs(1);
const MEASURES: usize = 11;

/// How a rebuild goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildStatus {
    /// The generation that is filled.
    pub generation: Generation,
    /// How far all of its segments have come.
    pub position: Position,
    /// How many events it passes in a second, over the last ten; none before that is known.
    pub events_per_s: Option<u64>,
    /// In how long it is where the log ends now, at this rate; none while that is not known.
    pub left: Option<Duration>,
    /// Why readers do not see it yet, in words.
    pub waiting: String,
}

/// Why a processor is not rebuilt.
#[derive(Debug, Error)]
pub enum CannotRebuild {
    /// This process has none of this name.
    #[error("there is no processor {name} here")]
    NotHere {
        /// The name.
        name: ProcessorName,
    },
    /// What it does cannot be done beside what was done.
    #[error("{name} keeps no view, so there is nothing to rebuild; reset it instead")]
    KeepsNoView {
        /// The name.
        name: ProcessorName,
    },
    /// What it follows does not say where it begins.
    #[error("asking where to begin with the rebuild failed")]
    Source(#[from] SourceError),
    /// The token store refused or could not be asked.
    #[error(transparent)]
    Tokens(#[from] TokenError),
}

/// What this process has seen of the rebuilds that run.
#[derive(Debug, Default)]
pub(super) struct Rebuilds(BTreeMap<ProcessorName, RebuildCourse>);

/// How a rebuild went so far.
#[derive(Debug, Clone)]
pub(super) struct RebuildCourse {
    generation: Generation,
    measured: VecDeque<(Timestamp, Position)>,
    /// Whether it is worth trying if it may take over.
    is_near: bool,
    /// Whether letters may keep it from that, which an operator decides, in his own time.
    has_letters: bool,
    /// Why it does not take over.
    pub(super) why: Option<String>,
}

impl Processors {
    /// Starts to build a view again beside the one that readers see, from the beginning of what it follows. When all of
    /// it is there, it takes over by itself. One that runs already goes on as it is.
    ///
    /// # Errors
    /// [`CannotRebuild`].
    pub async fn rebuild(&self, name: &ProcessorName) -> Result<Generation, CannotRebuild> {
        let found = self.find(name).zip(self.admin());
        let (known, admin) = found.ok_or_else(|| CannotRebuild::NotHere { name: name.clone() })?;
        if known.kind() != ReactionKind::Projection {
            return Err(CannotRebuild::KeepsNoView { name: name.clone() });
        }
        let first = known.source().token_at(StartingPoint::Beginning).await?;
        let started = admin.start_rebuild(name, first).await?;
        tracing::info!(processor = %name, generation = started.0, "a view is built again beside the live one");
        self.heed();
        Ok(started)
    }
}

impl Rebuilds {
    /// Takes note of how far all rebuilds are, and forgets those that run no more. Answers which of these were ended
    /// without taking over.
    pub(super) fn see(&mut self, states: &[ProcessorState], now: Timestamp) -> Vec<ProcessorName> {
        let mut before = std::mem::take(&mut self.0);
        for state in states {
            let Some(generation) = state.rebuilding else { continue };
            let course = before.remove(&state.name).filter(|course| course.generation == generation);
            let mut course = course.unwrap_or_else(|| RebuildCourse::of(generation));
            course.see(state, generation, now);
            self.0.insert(state.name.clone(), course);
        }
        let live =
            |name: &ProcessorName| states.iter().find(|state| state.name == *name).map(|state| state.live);
        let ended = before.into_iter().filter(|(name, course)| live(name) != Some(course.generation));
        ended.map(|(name, _)| name).collect()
    }

    /// Those that may take over now, as far as is known.
    pub(super) fn near(&self) -> Vec<ProcessorName> {
        self.0.iter().filter(|(_, course)| course.is_near).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn are_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Nobody sees it any more beside the live one.
    pub(super) fn took_over(&mut self, name: &ProcessorName) {
        self.0.remove(name);
    }

    /// It did not take over, and why.
    pub(super) fn waits(&mut self, name: &ProcessorName, why: &TokenError) {
        let Some(course) = self.0.get_mut(name) else { return };
        course.is_near &= matches!(why, TokenError::CannotSwitch { .. }) && !course.has_letters;
        let is_behind = matches!(why, TokenError::CannotSwitch { .. }) && !course.has_letters;
        course.why = (!is_behind).then(|| cause_of(why));
    }

    pub(super) fn of(&self, name: &ProcessorName) -> Option<RebuildCourse> {
        self.0.get(name).cloned()
    }
}

impl RebuildCourse {
    const fn of(generation: Generation) -> Self {
        Self { generation, measured: VecDeque::new(), is_near: false, has_letters: false, why: None }
    }

    fn see(&mut self, state: &ProcessorState, generation: Generation, now: Timestamp) {
        let position = position_in(state, generation);
        let is_new = self.measured.back().is_none_or(|(at, _)| {
            let since = now.duration_since(*at);
            since >= MEASURED_EVERY || since.is_negative()
        });
        if is_new {
            self.measured.push_back((now, position));
        }
        if self.measured.len() > MEASURES {
            self.measured.pop_front();
        }
        self.has_letters = state.parked + state.abandoned > 0;
        self.why = match &state.desired {
            Desired::Paused { by, reason } => Some(paused(by, reason)),
            Desired::Running => None,
        };
        self.is_near = self.why.is_none()
            && state.live_segments().all(|live| {
                let beside = state
                    .segments
                    .iter()
                    .find(|known| known.generation == generation && known.segment == live.segment);
                // Positions of two logs cannot be compared.
                beside.is_some_and(|beside| {
                    beside.token.log != live.token.log
                        || beside.token.position.value() + NEAR >= live.token.position.value()
                })
            });
    }

    /// How many events it passes in a second.
    pub(super) fn events_per_s(&self) -> Option<u64> {
        let ((since, from), (now, to)) = self.measured.front().zip(self.measured.back())?;
        let passed_ms = u64::try_from(now.duration_since(*since).as_millis()).ok().filter(|ms| *ms > 0)?;
        Some(to.value().saturating_sub(from.value()) * 1_000 / passed_ms)
    }
}

/// How far all segments of a generation have come.
pub(super) fn position_in(state: &ProcessorState, generation: Generation) -> Position {
    let segments = state.segments.iter().filter(|known| known.generation == generation);
    segments.map(|known| known.token.position).min().unwrap_or_default()
}
