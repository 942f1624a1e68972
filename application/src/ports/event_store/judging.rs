//! What becomes of an append, judged once for every store; a store brings what it has of the commands and the stream.

use std::collections::HashSet;

use super::{
    AppendOutcome, CommandEvents, CommandId, Done, EVENT_BYTES_MAX, EventId, Position, Recorded,
    StreamAppend, Version,
};

/// The last event of a stream: its version, 0 when the stream is empty, and its id, where that is known.
pub type StreamEnd = (Version, Option<EventId>);

impl StreamAppend {
    /// Why it would write nothing; none when its events are to be stored. `done` says what an earlier command did, and
    /// `end` is where the stream ends, both with all that was stored before this append, in the same call too.
    #[must_use]
    pub fn objection(
        &self,
        done: impl Fn(CommandId) -> Option<Done>,
        end: impl FnOnce() -> StreamEnd,
    ) -> Option<AppendOutcome> {
        self.flaw().or_else(|| self.already_done(done)).or_else(|| self.conflict(end()))
    }

    /// Why no store takes it, whatever is stored already: an event that is too large, or a command that stands in it
    /// twice.
    #[must_use]
    pub fn flaw(&self) -> Option<AppendOutcome> {
        let mut events = self.parts.iter().flat_map(|part| &part.events);
        if let Some(event) = events.find(|event| event.bytes() > EVENT_BYTES_MAX) {
            return Some(AppendOutcome::TooLarge { bytes: event.bytes() });
        }
        if self.parts.len() < 2 {
            return None; // by far the most, and nothing has to be set aside for them
        }
        let mut commands = HashSet::with_capacity(self.parts.len());
        let repeated = self.parts.iter().find(|part| !commands.insert(part.command))?;
        Some(AppendOutcome::RepeatedCommand { command: repeated.command })
    }

    /// Those of its commands that were stored before. They come before a conflict: whoever repeats a command learns
    /// that it is done, and not that the stream has moved on.
    #[must_use]
    pub fn already_done(&self, done: impl Fn(CommandId) -> Option<Done>) -> Option<AppendOutcome> {
        let known = |part: &CommandEvents| Some((part.command, done(part.command)?));
        let commands: Vec<_> = self.parts.iter().filter_map(known).collect();
        (!commands.is_empty()).then_some(AppendOutcome::AlreadyDone { commands })
    }

    /// Its events as they stand in the log, the first of them at `first`; the stream has the version that is expected.
    pub fn placed(self, first: Position) -> impl Iterator<Item = Recorded> {
        let Self { stream, expected, parts, .. } = self;
        let events = parts.into_iter().flat_map(|CommandEvents { command, events }| {
            let commands = std::iter::once(Some(command)).chain(std::iter::repeat(None));
            events.into_iter().zip(commands)
        });
        events.zip(0..).map(move |((event, command), before)| Recorded {
            position: first.plus(before),
            stream: stream.clone(),
            version: expected.plus(before + 1),
            id: event.id,
            command,
            kind: event.kind,
            revision: event.revision,
            payload: event.payload,
            metadata: event.metadata,
            occurred_at: event.occurred_at,
        })
    }

    fn conflict(&self, (actual, last): StreamEnd) -> Option<AppendOutcome> {
        let is_other_event = self.expected_event.is_some() && self.expected_event != last;
        (actual != self.expected || is_other_event).then_some(AppendOutcome::Conflict { actual })
    }
}
