//! Judges the proposals of one call in order and stores the winners, within one transaction.

use std::collections::HashMap;

use application::ports::event_store::{
    AppendOutcome, CommandEvents, CommandId, Done, EventId, NewEvent, Position, StreamAppend, StreamName,
    Version,
};
use sqlx::{Row, SqliteConnection};

use super::insert::{self, Placed};
use super::rows;
use crate::sqlite::connection::Failure;

/// What became of the proposals, and where the log ends now.
pub(super) struct Appended {
    pub(super) outcomes: Vec<AppendOutcome>,
    pub(super) head: Position,
}

/// The transaction is begun with what has to be known for it, and committed with the last rows: round trips to the
/// thread of the connection are what an append has fewest of.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    proposals: Vec<StreamAppend>,
) -> Result<Appended, Failure> {
    let mut judge = Judge::begin(connection, &proposals).await?;
    let outcomes = proposals.into_iter().map(|proposal| judge.decide(proposal)).collect();
    insert::and_commit(connection, &judge.won).await?;
    Ok(Appended { outcomes, head: judge.head })
}

/// What is known while the proposals of a call are judged, the winners among them included.
struct Judge {
    head: Position,
    known: HashMap<CommandId, Done>,
    lasts: HashMap<StreamName, Last>,
    won: Vec<Placed>,
}

/// The last event of a stream: its version and its id; 0 and none when the stream is empty.
type Last = (Version, Option<EventId>);

const BEGIN: &str = concat!(
    "begin immediate;\n",
    include_str!("../sql/log/last_position.sql"),
    ";\n",
    include_str!("../sql/log/known_commands.sql"),
    ";\n",
    include_str!("../sql/log/stream_heads.sql"),
);

impl Judge {
    async fn begin(connection: &mut SqliteConnection, proposals: &[StreamAppend]) -> Result<Self, Failure> {
        let parts = proposals.iter().flat_map(|proposal| &proposal.parts);
        let streams: Vec<_> = proposals.iter().map(|proposal| proposal.stream.as_str()).collect();
        let begin = sqlx::query(BEGIN);
        let begin = begin.bind(rows::json_ids(parts.map(|part| part.command))?).bind(rows::json(&streams)?);
        let (mut head, won) = (Position::START, Vec::with_capacity(proposals.len()));
        let (mut known, mut lasts) = (HashMap::new(), HashMap::with_capacity(proposals.len()));
        for row in begin.fetch_all(connection).await? {
            // Of the last position, of a stream, or of a known command.
            match row.len() {
                1 => head = rows::position(&row, "position")?,
                3 => {
                    let last = (rows::version(&row, "head")?, rows::event_id(&row, "event")?);
                    lasts.insert(rows::stream(&row)?, last);
                }
                _ => known.extend([rows::known_command(&row)?]),
            }
        }
        Ok(Self { head, known, lasts, won })
    }

    fn decide(&mut self, proposal: StreamAppend) -> AppendOutcome {
        match self.objection(&proposal) {
            Some(objection) => objection,
            None => AppendOutcome::Appended { first: self.place(proposal) },
        }
    }

    fn objection(&self, proposal: &StreamAppend) -> Option<AppendOutcome> {
        proposal.flaw().or_else(|| self.already_done(proposal)).or_else(|| self.conflict(proposal))
    }

    fn already_done(&self, proposal: &StreamAppend) -> Option<AppendOutcome> {
        let known = |part: &CommandEvents| Some((part.command, self.known.get(&part.command)?.clone()));
        let commands: Vec<_> = proposal.parts.iter().filter_map(known).collect();
        (!commands.is_empty()).then_some(AppendOutcome::AlreadyDone { commands })
    }

    fn conflict(&self, proposal: &StreamAppend) -> Option<AppendOutcome> {
        let (actual, last) = self.last(&proposal.stream);
        let named = proposal.expected_event;
        let is_other_event = named.is_some() && named != last;
        (actual != proposal.expected || is_other_event).then_some(AppendOutcome::Conflict { actual })
    }

    fn last(&self, stream: &StreamName) -> Last {
        self.lasts.get(stream).copied().unwrap_or((Version::START, None))
    }

    fn place(&mut self, proposal: StreamAppend) -> Position {
        let first = self.head.plus(1);
        for part in proposal.parts {
            let version = self.last(&proposal.stream).0.plus(1);
            let done = Done { stream: proposal.stream.clone(), version, position: self.head.plus(1) };
            self.known.insert(part.command, done);
            let mut command = Some(part.command);
            for event in part.events {
                self.place_event(&proposal.stream, command.take(), event);
            }
        }
        first
    }

    fn place_event(&mut self, stream: &StreamName, command: Option<CommandId>, event: NewEvent) {
        let version = self.last(stream).0.plus(1);
        self.head = self.head.plus(1);
        self.lasts.insert(stream.clone(), (version, Some(event.id)));
        self.won.push(Placed { position: self.head, stream: stream.clone(), version, command, event });
    }
}
