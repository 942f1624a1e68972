//! The processors of this process: who they are, how they stand, and who in the token store is not among them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{join, join_all};
use thiserror::Error;

use super::halt::{TORN, of_another_log, paused};
use super::lease::LeaseRenewer;
use super::processor::Processor;
use super::progress::{LiveProgress, LiveSegment};
use super::status::{CAUGHT_UP, Fit, Live, ProcessorStatus, ReactionKind, Said, SegmentStatus, SourceKind};
use crate::ports::event_store::Position;
use crate::ports::message_source::{SourceError, StartingPoint};
use crate::ports::processor_admin::{Desired, ProcessorState, SegmentState};
use crate::ports::token_store::{ProcessorName, Segment, TokenError};
use crate::ports::{MessageSource, ProcessorAdmin, event_store::TypeName};

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
}

struct KnownProcessors {
    name: ProcessorName,
    kind: ReactionKind,
    follows: SourceKind,
    ignored: Vec<String>,
    here: Vec<WorkedOn>,
    source: Arc<dyn MessageSource>,
}

/// A segment that this process may work on.
struct WorkedOn {
    segment: Segment,
    live: Arc<Live>,
    renewer: LeaseRenewer,
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

    /// These too, all of the segments of each name at once.
    ///
    /// # Errors
    /// [`RepeatedName`] when there is one with the same name and segment; then none is added.
    pub fn add(&self, added: Vec<Processor>) -> Result<(), RepeatedName> {
        let mut all = self.lock();
        let mut known: Vec<KnownProcessors> = vec![];
        for processor in &added {
            let (name, segment) = (processor.name().clone(), processor.segment());
            let mut here = all.known.iter().map(Arc::as_ref).chain(&known);
            if here.any(|known| known.name == name && known.works_on(segment)) {
                return Err(RepeatedName { name, segment });
            }
            let (live, renewer) = (Arc::clone(&processor.core().live), processor.renewer());
            let here = WorkedOn { segment, live, renewer };
            match known.iter_mut().find(|known| known.name == name) {
                Some(known) => known.here.push(here),
                None => known.push(KnownProcessors::of(processor, here)),
            }
        }
        all.known.extend(known.into_iter().map(Arc::new));
        all.waiting.extend(added);
        Ok(())
    }

    /// Hands those processors that nobody steps yet to the one that does; empty for whoever asks later.
    #[must_use]
    pub fn take(&self) -> Vec<Processor> {
        std::mem::take(&mut self.lock().waiting)
    }

    /// The names, in the order given.
    #[must_use]
    pub fn names(&self) -> Vec<ProcessorName> {
        self.known().iter().map(|known| known.name.clone()).collect()
    }

    fn known(&self) -> Vec<Arc<KnownProcessors>> {
        self.lock().known.clone()
    }

    fn find(&self, name: &ProcessorName) -> Option<Arc<KnownProcessors>> {
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
            known.status(state)
        });
        Ok(join_all(all).await)
    }

    /// Whether every segment of a processor is worked on here, and the last page of each said that its token fits the
    /// log: then nobody else has to be asked whether its view is of this log.
    #[must_use]
    pub(crate) fn vouch_for(&self, name: &ProcessorName) -> bool {
        self.find(name).is_some_and(|known| known.here.iter().all(|here| here.live.fits()))
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
        let here = known.iter().flat_map(|known| &known.here).filter(|here| holds(here.segment));
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

impl KnownProcessors {
    fn of(processor: &Processor, here: WorkedOn) -> Self {
        let core = processor.core();
        let ignored = core.unwanted.iter().map(TypeName::to_string).collect();
        let (kind, source) = (core.reaction.kind(), Arc::clone(&core.source));
        let follows = if core.reaction.consumes() { SourceKind::Topic } else { SourceKind::Log };
        Self { name: core.name.clone(), kind, follows, ignored, here: vec![here], source }
    }

    fn works_on(&self, segment: Segment) -> bool {
        self.here.iter().any(|here| here.segment == segment)
    }

    async fn status(&self, state: Option<&ProcessorState>) -> ProcessorStatus {
        let said: Vec<_> = self.here.iter().map(|here| (here.segment, here.live.said())).collect();
        let segments = state.map(|state| state.segments.as_slice()).unwrap_or_default();
        let live: Vec<&SegmentState> = state.into_iter().flat_map(ProcessorState::live_segments).collect();
        // At the same time: a source that does not answer is waited for once.
        let (head, foreign) = join(self.head(&said), self.foreign(&live, &said)).await;
        let desired = state.map_or(Desired::Running, |state| state.desired.clone());
        let failed = said.iter().find_map(|(_, said)| said.failed.clone()).or_else(|| foreign.clone());
        let torn = state.is_some_and(|state| !state.is_whole()).then(|| TORN.to_owned());
        let reached = live.iter().map(|segment| self.reached(segment)).min();
        // How far a segment was that is missing is not known.
        let reached = reached.filter(|_| torn.is_none());
        let failed = torn.or(failed).filter(|_| desired == Desired::Running);
        ProcessorStatus {
            name: self.name.clone(),
            kind: self.kind,
            source: self.follows,
            desired,
            position: reached.unwrap_or(Position::START),
            segments: segments.iter().map(|segment| self.shown(segment)).collect(),
            head,
            waiting: failed.clone().unwrap_or_else(|| waiting(state, &said, head)),
            failed,
            foreign: foreign.is_some(),
            parked: state.map_or(0, |state| state.parked),
            abandoned: state.map_or(0, |state| state.abandoned),
            rejected: state.map_or(0, |state| state.rejected),
            rejected_dropped: state.map_or(0, |state| state.rejected_dropped),
            ignored_types: self.ignored.clone(),
            last_error: said.into_iter().find_map(|(_, said)| said.last_error),
        }
    }

    fn shown(&self, state: &SegmentState) -> SegmentStatus {
        SegmentStatus {
            generation: state.generation,
            segment: state.segment,
            owner: state.owner.map(|(node, _)| node),
            epoch: state.epoch,
            position: self.reached(state),
        }
    }

    /// How far a segment is: whoever works on it here is ahead of what is stored.
    fn reached(&self, state: &SegmentState) -> Position {
        let is_of =
            |here: &&WorkedOn| here.segment == state.segment && here.renewer.is_sure_of(state.generation);
        let here = self.here.iter().find(is_of).and_then(|here| *here.live.reached().borrow());
        here.map_or(state.token.position, |reached| reached.max(state.token.position))
    }

    /// What is wrong with a token that does not fit the log. Those that were read with a moment ago do; of the others
    /// the log is asked, so that it is known before anybody works on them, too. While it cannot be asked, none is
    /// wrong.
    async fn foreign(&self, live: &[&SegmentState], said: &[(Segment, Said)]) -> Option<String> {
        let fits = |state: &SegmentState| {
            let said = said.iter().find(|(segment, _)| *segment == state.segment);
            said.is_some_and(|(_, said)| said.fit == Fit::Fits)
        };
        let asked = live.iter().filter(|state| !fits(state)).map(|state| self.source.knows(&state.token));
        let known = join_all(asked).await;
        let foreign = known.into_iter().filter_map(Result::err).find(SourceError::is_foreign);
        foreign.map(|error| of_another_log(&error))
    }

    /// Where the log ends; as last seen, while it cannot be asked: how its processors stand has to be said then too.
    async fn head(&self, said: &[(Segment, Said)]) -> Position {
        let seen = said.iter().map(|(_, said)| said.head).max().unwrap_or(Position::START);
        let asked = self.source.token_at(StartingPoint::Head).await;
        asked.map_or(seen, |token| token.position)
    }
}

/// Why it waits: a pause is known before the processor has met it; else what the first segment says that is not done.
/// One that others work on is done when its token says so.
fn waiting(state: Option<&ProcessorState>, said: &[(Segment, Said)], head: Position) -> String {
    if let Some(Desired::Paused { by, reason }) = state.map(|state| &state.desired) {
        return paused(by, reason);
    }
    let reached = |segment: &Segment| {
        let mut live = state.into_iter().flat_map(ProcessorState::live_segments);
        live.any(|known| known.segment == *segment && known.token.position >= head)
    };
    let is_done =
        |segment: &Segment, said: &Said| said.waiting == CAUGHT_UP || (said.elsewhere && reached(segment));
    let busy = said.iter().find(|(segment, said)| !is_done(segment, said));
    busy.map_or_else(|| CAUGHT_UP.to_owned(), |(_, said)| said.waiting.clone())
}
