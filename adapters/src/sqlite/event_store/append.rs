//! Judges the proposals of one call in order and stores the winners, within one transaction.

use std::collections::HashMap;

use application::ports::event_store::{
    AppendOutcome, CommandId, Done, Position, Recorded, StreamAppend, StreamEnd, StreamName,
};
use sqlx::{Row, SqliteConnection};

use super::{insert, rows};
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
    ends: HashMap<StreamName, StreamEnd>,
    won: Vec<Recorded>,
}

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
        let (mut known, mut ends) = (HashMap::new(), HashMap::with_capacity(proposals.len()));
        for row in begin.fetch_all(connection).await? {
            // Of the last position, of a stream, or of a known command.
            match row.len() {
                1 => head = rows::position(&row, "position")?,
                3 => {
                    let end = (rows::version(&row, "head")?, rows::event_id(&row, "event")?);
                    ends.insert(rows::stream(&row)?, end);
                }
                _ => known.extend([rows::known_command(&row)?]),
            }
        }
        Ok(Self { head, known, ends, won })
    }

    fn decide(&mut self, proposal: StreamAppend) -> AppendOutcome {
        let done = |command| self.known.get(&command).cloned();
        let end = || self.ends.get(&proposal.stream).copied().unwrap_or_default();
        match proposal.objection(done, end) {
            Some(objection) => objection,
            None => AppendOutcome::Appended { first: self.place(proposal) },
        }
    }

    /// What comes later in the call has to see it.
    fn place(&mut self, proposal: StreamAppend) -> Position {
        let (stream, first) = (proposal.stream.clone(), self.head.plus(1));
        for event in proposal.placed(first) {
            let done = || Done { stream: stream.clone(), version: event.version, position: event.position };
            self.known.extend(event.command.map(|command| (command, done())));
            self.won.push(event);
        }
        if let Some(last) = self.won.last() {
            self.head = last.position;
            self.ends.insert(stream, (last.version, Some(last.id)));
        }
        first
    }
}
