//! What one transaction brings: proposals that are judged one after the other, and the events of those that win.

use std::collections::HashMap;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, EventId, NewEvent, Position, Recorded, StreamAppend, StreamEnd,
    StreamName, Version,
};
use mongodb::ClientSession;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::error::Error;
use mongodb::options::ReturnDocument;

use super::commit::{self, StoredCommit};
use super::fields::{binary, number, place, unsigned};
use super::form::{ALL, LogPlace, NoEnd};
use crate::mongo::connection::{Failure, TransactionError, contradiction, is_duplicate};

/// About how many bytes of events one transaction takes, unless a single proposal has more.
const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Proposals, by their places in the list they come from.
pub(super) struct AppendBatch {
    proposals: Vec<(usize, StreamAppend)>,
    /// How many events they have.
    events: u64,
}

/// What became of the proposals of a batch, and how far the log goes.
pub(super) struct BatchVerdict {
    pub(super) outcomes: Vec<(usize, AppendOutcome)>,
    pub(super) head: Position,
}

/// Why a batch was not written.
pub(super) enum Unwritten {
    /// A key of it is there already although nobody was seen with it.
    Taken(Failure),
    Failed(Failure),
}

impl From<Failure> for Unwritten {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

type Step<T> = Result<T, TransactionError<Unwritten>>;

/// Of what is stored and cannot be right.
fn refused(failure: Failure) -> TransactionError<Unwritten> {
    TransactionError::Refused(Unwritten::Failed(failure))
}

impl AppendBatch {
    /// As few batches as there may be.
    pub(super) fn all(proposals: Vec<(usize, StreamAppend)>) -> Vec<Self> {
        let mut batches: Vec<Self> = Vec::new();
        let mut bytes = 0;
        for (place, proposal) in proposals {
            let events = || proposal.parts.iter().flat_map(|part| &part.events);
            let (count, size) = (events().count() as u64, events().map(NewEvent::bytes).sum::<usize>());
            bytes += size;
            match batches.last_mut() {
                Some(batch) if bytes <= BATCH_BYTES => {
                    batch.events += count;
                    batch.proposals.push((place, proposal));
                }
                Some(_) | None => {
                    bytes = size;
                    batches.push(Self { proposals: vec![(place, proposal)], events: count });
                }
            }
        }
        batches
    }

    /// Moves the end of the log first of all, as if all would win: from there on, nobody else can, and what is read was
    /// written by those before.
    pub(super) async fn write(
        &self,
        log: &LogPlace,
        session: &mut ClientSession,
        is_asked_again: bool,
    ) -> Step<BatchVerdict> {
        let (end, at) = self.move_end(log, session).await?;
        let base = Position::new(end.value() - self.events);
        let mut found = FoundStreams::read(self, log, session).await?;
        found.read_ends_in_doubt(self, log, session).await?;
        let (verdict, recorded) = self.judge(base, &mut found, is_asked_again);
        let documents = commit::documents(&recorded, at);
        if !documents.is_empty() {
            log.commits().insert_many(documents).session(&mut *session).await.map_err(taken)?;
        }
        if verdict.head != end {
            let back = doc! { "$set": { "position": number(verdict.head.value()) } };
            log.logs().update_one(doc! { "_id": &log.head }, back).session(session).await?;
        }
        Ok(verdict)
    }

    /// Where the log would end, and what time it is there.
    async fn move_end(&self, log: &LogPlace, session: &mut ClientSession) -> Step<(Position, DateTime)> {
        let position = doc! { "$add": ["$position", number(self.events)] };
        let moved = vec![doc! { "$set": { "position": position, "at": "$$NOW" } }];
        let it = doc! { "_id": &log.head, "filling": null };
        let logs = log.logs();
        let head = logs.find_one_and_update(it, moved).return_document(ReturnDocument::After);
        let head = head.session(session).await?;
        let head = head.ok_or_else(|| refused(Failure::Unavailable(Box::new(NoEnd))))?;
        let read = || {
            Ok::<_, Failure>((
                Position::new(unsigned(head.get_i64("position").map_err(contradiction)?)?),
                *head.get_datetime("at").map_err(contradiction)?,
            ))
        };
        read().map_err(refused)
    }

    fn judge(
        &self,
        base: Position,
        found: &mut FoundStreams,
        is_asked_again: bool,
    ) -> (BatchVerdict, Vec<Recorded>) {
        let mut verdict = BatchVerdict { outcomes: Vec::with_capacity(self.proposals.len()), head: base };
        let mut recorded = Vec::new();
        for (place, proposal) in &self.proposals {
            let outcome = found.objection(proposal, is_asked_again).unwrap_or_else(|| {
                let (first, before) = (verdict.head.plus(1), recorded.len());
                recorded.extend(proposal.clone().placed(first));
                verdict.head = base.plus(recorded.len() as u64);
                found.add(&recorded[before..]);
                AppendOutcome::Appended { first }
            });
            verdict.outcomes.push((*place, outcome));
        }
        (verdict, recorded)
    }

    fn streams(&self) -> impl Iterator<Item = (&StreamName, Version)> {
        self.proposals.iter().map(|(_, proposal)| (&proposal.stream, proposal.expected))
    }
}

fn taken(error: Error) -> TransactionError<Unwritten> {
    match is_duplicate(&error) {
        true => TransactionError::Refused(Unwritten::Taken(error.into())),
        false => TransactionError::Driver(error),
    }
}

/// What is stored of the streams and commands of a batch, and then what its own proposals store.
#[derive(Default)]
struct FoundStreams {
    ends: HashMap<StreamName, StreamEnd>,
    /// Streams that go on behind the version that was expected.
    longer: Vec<StreamName>,
    known: HashMap<CommandId, (Done, Option<EventId>)>,
}

impl FoundStreams {
    /// A stream ends where it is expected to when a commit ends there and none begins behind it. So each stream is
    /// looked up by two keys, however long it is.
    async fn read(batch: &AppendBatch, log: &LogPlace, session: &mut ClientSession) -> Step<Self> {
        let next: Vec<_> =
            batch.streams().map(|(stream, version)| place(stream, version.value() + 1)).collect();
        let last = batch.streams().filter(|(_, version)| *version > Version::START);
        let last: Vec<_> = last.map(|(stream, version)| place(stream, version.value())).collect();
        let parts = batch.proposals.iter().flat_map(|(_, proposal)| &proposal.parts);
        let commands: Vec<_> = parts.map(|part| binary(part.command.uuid())).collect();
        let any = doc! { "$or": [
            { "_id": { "$in": next } }, { "e": { "$in": last } }, { "c": { "$in": commands } },
        ] };
        let commits = log.commits();
        let found = commits.find(any).projection(ends_of_commits()).batch_size(ALL);
        let mut found_commits = found.session(&mut *session).await?;
        let mut found = Self::default();
        while found_commits.advance(&mut *session).await? {
            let commit = StoredCommit::read(found_commits.current()).map_err(refused)?;
            found.take(&commit, batch).map_err(refused)?;
        }
        Ok(found)
    }

    fn take(&mut self, commit: &StoredCommit<'_>, batch: &AppendBatch) -> Result<(), Failure> {
        let (version, event) = commit.last()?;
        // A batch has few proposals, and a commit that is found because of a command may be of any stream.
        if let Some((_, expected)) = batch.streams().find(|(stream, _)| **stream == commit.stream) {
            if version == expected {
                self.ends.insert(commit.stream.clone(), (version, Some(event)));
            } else if version > expected {
                self.longer.push(commit.stream.clone());
            }
        }
        for (command, offset) in commit.commands()? {
            self.known.insert(command, (commit.done(offset), commit.id_at(offset)?));
        }
        Ok(())
    }

    /// Where the streams end that do not end where they were expected to.
    async fn read_ends_in_doubt(
        &mut self,
        batch: &AppendBatch,
        log: &LogPlace,
        session: &mut ClientSession,
    ) -> Step<()> {
        let is_certain = |stream: &StreamName, expected: Version| {
            !self.longer.contains(stream) && (expected == Version::START || self.ends.contains_key(stream))
        };
        let in_doubt = batch.streams().filter(|(stream, expected)| !is_certain(stream, *expected));
        let in_doubt: Vec<_> = in_doubt.map(|(stream, _)| stream.clone()).collect();
        if in_doubt.is_empty() {
            return Ok(());
        }
        let logs = log.logs();
        let found = logs.aggregate(last_commits(log, &in_doubt)).batch_size(ALL);
        let mut found = found.session(&mut *session).await?;
        self.ends.extend(in_doubt.into_iter().map(|stream| (stream, (Version::START, None))));
        while found.advance(&mut *session).await? {
            let commit = StoredCommit::read(found.current()).map_err(refused)?;
            let (version, event) = commit.last().map_err(refused)?;
            self.ends.insert(commit.stream, (version, Some(event)));
        }
        Ok(())
    }

    fn objection(&self, proposal: &StreamAppend, is_asked_again: bool) -> Option<AppendOutcome> {
        let known = |command| self.known.get(&command).map(|(done, _)| done.clone());
        let end = || self.ends.get(&proposal.stream).copied().unwrap_or((Version::START, None));
        match proposal.objection(known, end) {
            Some(AppendOutcome::AlreadyDone { commands }) if is_asked_again && self.is_the_same(proposal) => {
                commands.first().map(|(_, done)| AppendOutcome::Appended { first: done.position })
            }
            objection => objection,
        }
    }

    /// Whether the very events of a proposal are stored, and not just others of the same commands.
    fn is_the_same(&self, proposal: &StreamAppend) -> bool {
        proposal.parts.iter().all(|part| {
            let stored = self.known.get(&part.command).and_then(|(_, event)| *event);
            stored.is_some() && stored == part.events.first().map(|event| event.id)
        })
    }

    fn add(&mut self, recorded: &[Recorded]) {
        for event in recorded {
            self.ends.insert(event.stream.clone(), (event.version, Some(event.id)));
            if let Some(command) = event.command {
                let done =
                    Done { stream: event.stream.clone(), version: event.version, position: event.position };
                self.known.insert(command, (done, Some(event.id)));
            }
        }
    }
}

/// What of commits says where streams end and commands stand.
fn ends_of_commits() -> Document {
    doc! { "pos": 1, "c": 1, "o": 1, "ev.n": 1, "ev.i": 1 }
}

/// The last commits of several streams, in one question that may stand in a transaction.
fn last_commits(log: &LogPlace, streams: &[StreamName]) -> [Document; 6] {
    let names: Vec<_> = streams.iter().map(StreamName::as_str).collect();
    let place = |version: u64| doc! { "s": "$$stream", "v": number(version) };
    let of_stream = [doc! { "$gte": ["$e", place(0)] }, doc! { "$lte": ["$e", place(u64::MAX)] }];
    let last = [
        doc! { "$match": { "$expr": { "$and": of_stream.as_slice() } } },
        doc! { "$sort": { "e": -1 } },
        doc! { "$limit": 1 },
        doc! { "$project": ends_of_commits() },
    ];
    let last = doc! {
        "from": &log.commits, "let": { "stream": "$stream" }, "pipeline": last.as_slice(), "as": "last",
    };
    [
        doc! { "$match": log.end() },
        doc! { "$project": { "stream": { "$literal": names } } },
        doc! { "$unwind": "$stream" },
        doc! { "$lookup": last },
        doc! { "$unwind": "$last" },
        doc! { "$replaceRoot": { "newRoot": "$last" } },
    ]
}
