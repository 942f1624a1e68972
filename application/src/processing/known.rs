//! The processors of one name: what of them this process works on, what it would work on if the token store had it, and
//! how they stand.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join_all};

use super::assignment::Assignment;
use super::context::ProcessorContext;
use super::halt::{TORN, of_another_log, paused};
use super::lease::LeaseRenewer;
use super::processor::Processor;
use super::reaction::Reaction;
use super::rebuilding::{RebuildCourse, RebuildStatus};
use super::status::{CAUGHT_UP, Fit, Live, ProcessorStatus, ReactionKind, Said, SegmentStatus, SourceKind};
use crate::ports::MessageSource;
use crate::ports::event_store::{Position, TypeName};
use crate::ports::message_source::{REMEDY, SourceError, StartingPoint};
use crate::ports::processor_admin::{Desired, ProcessorState, SegmentState};
use crate::ports::token_store::{Generation, ProcessorName, Segment};

/// What helps those who follow a partition of a topic that is another one now.
const OF_A_TOPIC: &str = "put the topic back that it belongs to, or pause it, `rental processors reset` it to a place that is \
     there, and start it";

/// The processors of one name.
#[derive(Clone)]
pub(super) struct KnownProcessors {
    pub(super) name: ProcessorName,
    kind: ReactionKind,
    pub(super) follows: SourceKind,
    ignored: Vec<String>,
    here: Vec<WorkedOn>,
    pub(super) source: Arc<dyn MessageSource>,
    /// What another one is made of.
    pub(super) reaction: Reaction,
    within: ProcessorContext,
}

/// A segment that this process may work on.
#[derive(Clone)]
pub(super) struct WorkedOn {
    pub(super) assigned: Assignment,
    pub(super) live: Arc<Live>,
    pub(super) renewer: LeaseRenewer,
}

/// What this process has to do to work on what the token store has.
#[derive(Default)]
pub(super) struct Differences {
    /// Nobody steps these yet.
    pub(super) begun: Vec<Processor>,
    /// What these worked on is there no more.
    pub(super) ended: Vec<Assignment>,
}

impl WorkedOn {
    pub(super) fn by(processor: &Processor) -> Self {
        let (assigned, live) = (processor.assigned().clone(), Arc::clone(&processor.core().live));
        Self { assigned, live, renewer: processor.renewer() }
    }
}

impl KnownProcessors {
    pub(super) fn of(processor: &Processor) -> Self {
        let (core, here) = (processor.core(), WorkedOn::by(processor));
        let ignored = core.unwanted.iter().map(TypeName::to_string).collect();
        let (kind, source) = (core.reaction.kind(), Arc::clone(&core.source));
        let follows = if core.reaction.consumes() { SourceKind::Topic } else { SourceKind::Log };
        Self {
            name: core.name().clone(),
            kind,
            follows,
            ignored,
            here: vec![here],
            source,
            reaction: core.reaction.clone(),
            within: core.within(),
        }
    }

    pub(super) fn works_on(&self, assigned: &Assignment) -> bool {
        self.here.iter().any(|here| here.assigned == *assigned)
    }

    pub(super) fn works_also(&mut self, processor: &Processor) {
        self.here.push(WorkedOn::by(processor));
    }

    pub(super) fn heed(&self) {
        self.within.leases.heed();
    }

    /// Those that work on what readers see.
    pub(super) fn of_readers(&self) -> impl Iterator<Item = &WorkedOn> {
        self.here.iter().filter(|here| here.assigned.beside.is_none())
    }

    /// Whether this process works on something else than the token store has.
    pub(super) fn differs(&self, state: &ProcessorState) -> bool {
        let wanted = self.wanted(state);
        !wanted.is_empty()
            && (wanted.len() != self.here.len() || !wanted.iter().all(|wanted| self.works_on(wanted)))
    }

    /// Begins and ends what has to be.
    pub(super) fn obey(&mut self, state: &ProcessorState) -> Differences {
        let wanted = self.wanted(state);
        // Should the token store forget it, it is registered anew like this.
        self.within.settings.segments = u32::try_from(state.live_segments().count()).unwrap_or(u32::MAX);
        let here = std::mem::take(&mut self.here).into_iter();
        let (kept, ended) = here.partition(|here| wanted.contains(&here.assigned));
        self.here = kept;
        let ended = Vec::into_iter(ended).map(|ended| {
            ended.live.has_ended();
            ended.assigned
        });
        let ended = ended.collect();
        let new = wanted.into_iter().filter(|wanted| !self.works_on(wanted));
        let begun: Vec<_> =
            new.map(|wanted| Processor::of(wanted, self.reaction.clone(), &self.within)).collect();
        begun.iter().for_each(|begun| self.works_also(begun));
        Differences { begun, ended }
    }

    /// What there is to work on; nothing is known of that where a segment is missing, which its processors say.
    fn wanted(&self, state: &ProcessorState) -> Vec<Assignment> {
        if !state.is_whole() {
            return vec![];
        }
        let assigned = |segment, beside| Assignment { name: self.name.clone(), segment, beside };
        let live = state.live_segments().map(|known| assigned(known.segment, None));
        let rebuilt = self.rebuilt_in(state).into_iter().flat_map(|generation| {
            let segments = state.segments.iter().filter(move |known| known.generation == generation);
            segments.map(move |known| assigned(known.segment, Some(generation)))
        });
        live.chain(rebuilt).collect()
    }

    /// The generation that is rebuilt; what sends commands or messages has nothing to rebuild.
    fn rebuilt_in(&self, state: &ProcessorState) -> Option<Generation> {
        state.rebuilding.filter(|_| self.kind == ReactionKind::Projection)
    }

    /// How many segments nodes share out by their number: those that are worked on here, where the token store does not
    /// say.
    pub(super) fn shared_in(&self, state: Option<&ProcessorState>) -> usize {
        if self.source.is_shared_out() {
            return 0;
        }
        let wanted = state.map(|state| self.wanted(state).len()).filter(|wanted| *wanted > 0);
        wanted.unwrap_or(self.here.len())
    }

    pub(super) const fn kind(&self) -> ReactionKind {
        self.kind
    }

    /// What it follows.
    pub(super) fn source(&self) -> &dyn MessageSource {
        &*self.source
    }

    /// What a processor of this name is made of.
    pub(super) fn recipe(&self) -> (Reaction, ProcessorContext) {
        (self.reaction.clone(), self.within.clone())
    }

    pub(super) async fn status(
        &self,
        state: Option<&ProcessorState>,
        course: Option<RebuildCourse>,
    ) -> ProcessorStatus {
        let said = self.of_readers().map(|here| (here.assigned.segment, here.live.said()));
        let said: Vec<_> = said.collect();
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
        let failed = failed.map(|why| self.with_what_helps(why));
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
            rebuild: state.and_then(|state| self.rebuild(state, course, head)),
            last_error: said.into_iter().find_map(|(_, said)| said.last_error),
        }
    }

    /// There is no view to be built again of a partition.
    fn with_what_helps(&self, why: String) -> String {
        match self.follows {
            SourceKind::Log => why,
            SourceKind::Topic => why.replace(REMEDY, OF_A_TOPIC),
        }
    }

    /// How far the generation is that is built beside the one that readers see.
    fn rebuild(
        &self,
        state: &ProcessorState,
        course: Option<RebuildCourse>,
        head: Position,
    ) -> Option<RebuildStatus> {
        let generation = state.rebuilding?;
        let segments = state.segments.iter().filter(|known| known.generation == generation);
        let position = segments.map(|known| self.reached(known)).min().unwrap_or_default();
        let events_per_s = course.as_ref().and_then(RebuildCourse::events_per_s);
        let behind = head.value().saturating_sub(position.value());
        let left =
            events_per_s.filter(|rate| *rate > 0).map(|rate| Duration::from_secs(behind.div_ceil(rate)));
        let said = || {
            let beside = self.here.iter().filter(|here| here.assigned.beside == Some(generation));
            let said: Vec<_> = beside.map(|here| here.live.said()).collect();
            let failed = said.iter().find_map(|said| said.failed.clone());
            let busy = || said.iter().find(|said| said.waiting != CAUGHT_UP).map(|said| said.waiting.clone());
            failed.or_else(busy).unwrap_or_else(|| CAUGHT_UP.to_owned())
        };
        let waiting = match (self.rebuilt_in(state), course.and_then(|course| course.why)) {
            (None, _) => "it keeps no view, so that nothing is rebuilt; cancel it".to_owned(),
            (Some(_), Some(why)) => why,
            (Some(_), None) => said(),
        };
        Some(RebuildStatus { generation, position, events_per_s, left, waiting })
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
        let is_of = |here: &&WorkedOn| {
            here.assigned.segment == state.segment && here.renewer.is_sure_of(state.generation)
        };
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

/// Why it waits: a pause is known before the processor has met it; else what the first segment says that is not done,
/// here or where others work on it; else what letters wait.
fn waiting(state: Option<&ProcessorState>, said: &[(Segment, Said)], head: Position) -> String {
    if let Some(Desired::Paused { by, reason }) = state.map(|state| &state.desired) {
        return paused(by, reason);
    }
    let stored = |segment: &Segment| {
        let mut live = state.into_iter().flat_map(ProcessorState::live_segments);
        live.find(|known| known.segment == *segment)
    };
    let busy = said.iter().find_map(|(segment, said)| match stored(segment).filter(|_| said.elsewhere) {
        Some(stored) => waiting_elsewhere(stored, said, head),
        None => Some(said.waiting.clone()).filter(|waiting| waiting != CAUGHT_UP),
    });
    busy.or_else(|| letters_left(state?, said)).unwrap_or_else(|| CAUGHT_UP.to_owned())
}

/// Of a segment that is not worked on here; none when it is done, as its token says.
fn waiting_elsewhere(stored: &SegmentState, said: &Said, head: Position) -> Option<String> {
    let behind = head.value().saturating_sub(stored.token.position.value());
    match stored.owner {
        _ if behind == 0 => None,
        Some((owner, until)) => {
            Some(format!("claim held by {owner} until {until}, which is {behind} events behind"))
        }
        // Whoever starts a processor is told before its nodes have looked again.
        None if said.is_paused => Some("it was started, and is taken up within a moment".to_owned()),
        None => Some(said.waiting.clone()),
    }
}

/// What waits beside a processor that has come to the end.
fn letters_left(state: &ProcessorState, said: &[(Segment, Said)]) -> Option<String> {
    let left = state.parked + state.abandoned;
    if left == 0 {
        return None;
    }
    let what = if left == 1 { "dead letter" } else { "dead letters" };
    // It may have been something else that went wrong last.
    let of_event = |last: &&str| last.starts_with("event ");
    let last = said.iter().find_map(|(_, said)| said.last_error.as_deref().filter(of_event));
    let last = last.map(|last| format!(": {last}")).unwrap_or_default();
    Some(format!("{CAUGHT_UP} but for {left} {what}{last}"))
}
