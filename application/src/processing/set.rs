//! The processors of this process: who they are, how they stand, and who in the token store is not among them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures::future::join_all;
use jiff::Timestamp;
use thiserror::Error;

use super::assignment::Assignment;
use super::item;
use super::known::KnownProcessors;
use super::processor::Processor;
use super::progress::{LiveProgress, LiveSegment};
use super::rebuilding::Rebuilds;
use super::status::{ProcessorStatus, ReactionKind, SINCE, SourceKind};
use crate::ports::event_store::{Position, Recorded};
use crate::ports::processor_admin::ProcessorState;
use crate::ports::token_store::{ProcessorName, Segment, TokenError};
use crate::ports::{MessageSource, ProcessorAdmin};

/// The processors of this process; more may come while it runs. Cheap to clone; the default has none.
#[derive(Clone, Default)]
pub struct Processors {
    all: Arc<Mutex<All>>,
    admin: Option<Arc<dyn ProcessorAdmin>>,
}

#[derive(Default)]
struct All {
    known: Vec<Arc<KnownProcessors>>,
    /// Nobody steps them yet.
    waiting: Vec<Processor>,
    rebuilds: Rebuilds,
}

/// The processors of a process, for one who is a part of one of them.
#[derive(Clone)]
pub(crate) struct WeakProcessors {
    all: Weak<Mutex<All>>,
    admin: Option<Weak<dyn ProcessorAdmin>>,
}

impl WeakProcessors {
    /// The processors; none when the process has let go of them.
    pub(crate) fn upgraded(&self) -> Option<Processors> {
        let admin = match &self.admin {
            Some(admin) => Some(admin.upgrade()?),
            None => None,
        };
        Some(Processors { all: self.all.upgrade()?, admin })
    }
}

/// Two processors have one name and segment, and so would share one token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "two processors are named {name} and work on segment {segment}; names are unique, since tokens are found by them"
)]
pub struct RepeatedName {
    /// The name.
    pub name: ProcessorName,
    /// The segment.
    pub segment: Segment,
}

impl Processors {
    /// These processors, which `admin` knows with their tokens.
    ///
    /// # Errors
    /// [`RepeatedName`] when two have the same name and segment.
    pub fn new(admin: Arc<dyn ProcessorAdmin>, all: Vec<Processor>) -> Result<Self, RepeatedName> {
        let processors = Self { all: Arc::default(), admin: Some(admin) };
        processors.add(all)?;
        Ok(processors)
    }

    /// The same for one who is a part of them, and must not keep them.
    pub(crate) fn downgraded(&self) -> WeakProcessors {
        WeakProcessors { all: Arc::downgrade(&self.all), admin: self.admin.as_ref().map(Arc::downgrade) }
    }

    /// These too, all of the segments of each name at once.
    ///
    /// # Errors
    /// [`RepeatedName`] when there is one with the same name and segment; then none is added.
    pub fn add(&self, added: Vec<Processor>) -> Result<(), RepeatedName> {
        let mut all = self.lock();
        let mut known: Vec<KnownProcessors> = vec![];
        for processor in &added {
            let (name, segment) = (processor.name(), processor.segment());
            let mut here = all.known.iter().map(Arc::as_ref).chain(&known);
            if here.any(|known| known.name == *name && known.works_on(processor.assigned())) {
                return Err(RepeatedName { name: name.clone(), segment });
            }
            match known.iter_mut().find(|known| known.name == *name) {
                Some(known) => known.works_also(processor),
                None => known.push(KnownProcessors::of(processor)),
            }
        }
        all.known.extend(known.into_iter().map(Arc::new));
        all.waiting.extend(added);
        drop(all);
        // There is more to be shared out than before.
        self.heed();
        Ok(())
    }

    /// Hands those processors that nobody steps yet to the one that does; empty for whoever asks later.
    #[must_use]
    pub fn take(&self) -> Vec<Processor> {
        std::mem::take(&mut self.lock().waiting)
    }

    /// Begins and ends what has to be for these processors to work on what the token store has, and says what was ended;
    /// what was begun is to be taken. Whoever steps those that have ended has to close them.
    pub(super) fn obey(&self, states: &[ProcessorState]) -> Vec<Assignment> {
        let (mut all, mut ended) = (self.lock(), vec![]);
        let All { known, waiting, .. } = &mut *all;
        for known in known {
            let Some(state) = states.iter().find(|state| state.name == known.name) else { continue };
            if known.differs(state) {
                let differences = Arc::make_mut(known).obey(state);
                waiting.retain(|waiting| !differences.ended.contains(waiting.assigned()));
                waiting.extend(differences.begun);
                ended.extend(differences.ended);
            }
        }
        ended
    }

    /// How many segments nodes share out among them by their number, of those that this process may work on.
    pub(super) fn segments_among_nodes(&self, states: &[ProcessorState]) -> usize {
        let known = self.known();
        let of = |known: &Arc<KnownProcessors>| {
            known.shared_in(states.iter().find(|state| state.name == known.name))
        };
        known.iter().map(of).sum()
    }

    /// Takes note of how far rebuilds are. Answers those that have ended without taking over.
    pub(super) fn see_rebuilds(&self, states: &[ProcessorState], now: Timestamp) -> Vec<ProcessorName> {
        let mut all = self.lock();
        let All { known, rebuilds, .. } = &mut *all;
        let is_rebuilt = |name: &ProcessorName| {
            known.iter().any(|known| known.name == *name && known.kind() == ReactionKind::Projection)
        };
        let states: Vec<_> = states.iter().filter(|state| is_rebuilt(&state.name)).cloned().collect();
        rebuilds.see(&states, now)
    }

    pub(super) fn near_rebuilds(&self) -> Vec<ProcessorName> {
        self.lock().rebuilds.near()
    }

    pub(super) fn are_any_rebuilt(&self) -> bool {
        self.lock().rebuilds.are_any()
    }

    pub(super) fn rebuild_took_over(&self, name: &ProcessorName) {
        self.lock().rebuilds.took_over(name);
    }

    pub(super) fn rebuild_waits(&self, name: &ProcessorName, why: &TokenError) {
        self.lock().rebuilds.waits(name, why);
    }

    pub(super) fn admin(&self) -> Option<Arc<dyn ProcessorAdmin>> {
        self.admin.clone()
    }

    /// Has this process look at once what was said to the token store, instead of with its next beat. To be called after
    /// a processor was paused or started, split, merged, or is rebuilt.
    pub fn heed(&self) {
        // They share what the node holds.
        if let Some(known) = self.lock().known.first() {
            known.heed();
        }
    }

    /// The names, in the order given.
    #[must_use]
    pub fn names(&self) -> Vec<ProcessorName> {
        self.known().iter().map(|known| known.name.clone()).collect()
    }

    /// What a processor follows.
    pub(crate) fn source_of(&self, name: &ProcessorName) -> Option<Arc<dyn MessageSource>> {
        self.find(name).map(|known| Arc::clone(&known.source))
    }

    /// The sequence that an event of the log belongs to at a processor; none when it does not concern it.
    pub(crate) fn sequence_of(&self, name: &ProcessorName, event: &Recorded) -> Option<String> {
        let known = self.find(name)?;
        let is_wanted = !known.reaction.consumes() && known.reaction.wants(&event.kind);
        is_wanted.then(|| item::key_of(event, &known.reaction))
    }

    /// Whether a processor of this name is here, and follows the log.
    pub(crate) fn follows_the_log(&self, name: &ProcessorName) -> bool {
        self.find(name).is_some_and(|known| known.follows == SourceKind::Log)
    }

    /// How far the segment with this sequence has come that is worked on here, as it knows; none when none is.
    pub(crate) fn reached_with(&self, name: &ProcessorName, sequence: &str) -> Option<Position> {
        self.progress_of_sequence(name, sequence).reached()
    }

    fn known(&self) -> Vec<Arc<KnownProcessors>> {
        self.lock().known.clone()
    }

    pub(super) fn find(&self, name: &ProcessorName) -> Option<Arc<KnownProcessors>> {
        self.lock().known.iter().find(|known| known.name == *name).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How they stand, in the order given: what this process knows of them and what the token store has.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    pub async fn status(&self) -> Result<Vec<ProcessorStatus>, TokenError> {
        let states = self.states().await?;
        // All at once: each asks the log, and somebody may wait for the answer.
        let known = self.known();
        let all = known.iter().map(|known| {
            let state = states.iter().find(|state| state.name == known.name);
            known.status(state, self.lock().rebuilds.of(&known.name))
        });
        Ok(join_all(all).await)
    }

    /// Since when a processor waits here for something that is away, and for what; none when it does not.
    #[must_use]
    pub fn away_at(&self, name: &ProcessorName) -> Option<String> {
        let known = self.find(name)?;
        let mut said = known.of_readers().map(|here| here.live.said().waiting);
        said.find(|waiting| waiting.contains(SINCE))
    }

    /// Whether every segment of a processor is worked on here, and the last page of each said that its token fits the
    /// log: then nobody else has to be asked whether its view is of this log.
    #[must_use]
    pub(crate) fn vouch_for(&self, name: &ProcessorName) -> bool {
        self.find(name).is_some_and(|known| known.of_readers().all(|here| here.live.fits()))
    }

    /// How far a processor is, by those who work on it here; nobody, when this process has none of this name.
    #[must_use]
    pub fn progress_of(&self, name: &ProcessorName) -> LiveProgress {
        self.progress_where(name, |_| true)
    }

    /// The same of the one segment that holds a sequence.
    #[must_use]
    pub fn progress_of_sequence(&self, name: &ProcessorName, sequence: &str) -> LiveProgress {
        self.progress_where(name, |segment| segment.holds(sequence))
    }

    fn progress_where(&self, name: &ProcessorName, holds: impl Fn(Segment) -> bool) -> LiveProgress {
        let known = self.find(name);
        let here = known.iter().flat_map(|known| known.of_readers());
        let here = here.filter(|here| holds(here.assigned.segment));
        LiveProgress::of(here.map(|here| LiveSegment::of(&here.live, &here.renewer)).collect())
    }

    /// Names in the token store that no processor here has. They are never deleted by themselves.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] or [`TokenError::Corrupt`].
    pub async fn orphans(&self) -> Result<Vec<ProcessorName>, TokenError> {
        let (states, names) = (self.states().await?, self.names());
        Ok(states.into_iter().map(|state| state.name).filter(|name| !names.contains(name)).collect())
    }

    async fn states(&self) -> Result<Vec<ProcessorState>, TokenError> {
        match &self.admin {
            Some(admin) => admin.processors().await,
            None => Ok(vec![]),
        }
    }
}
