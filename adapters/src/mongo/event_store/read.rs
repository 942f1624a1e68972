//! Short questions to the log.

use std::collections::HashMap;

use application::ports::event_store::{CommandId, Done, Head, LogId, MissingPosition, Position, StreamName};
use jiff::Timestamp;
use mongodb::bson::{Bson, doc};

use super::commit::StoredCommit;
use super::fields::{binary, position, stream_place, unsigned, uuid};
use super::form::{ALL, LogPlace, NoEnd};
use crate::mongo::connection::{Failure, contradiction};

/// How many commits are looked through at once for streams.
const COMMITS_AT_ONCE: i64 = 400;

/// How far the log goes.
pub(super) async fn last_position(log: &LogPlace) -> Result<Position, Failure> {
    let question = log.clone();
    let asked = async move {
        let logs = question.logs();
        let end = logs.find_one(question.end()).max_time(question.connection.operation_limit()).await?;
        let head = end.ok_or_else(|| contradiction(NoEnd))?;
        unsigned(head.get_i64("position").map_err(contradiction)?).map(Position::new)
    };
    log.connection.ask(asked).await
}

/// The log's id is asked for each time: another log may have been put behind a running node.
pub(super) async fn head(log: &LogPlace) -> Result<Head, Failure> {
    let question = log.clone();
    let asked = async move {
        let last = [
            doc! { "$sort": { "pos": -1 } },
            doc! { "$limit": 1 },
            doc! { "$project": { "pos": 1, "ev.n": 1, "ev.i": 1 } },
        ];
        let pipeline = [doc! { "$unionWith": { "coll": &question.commits, "pipeline": last } }];
        let mut found = question.ask(pipeline).await?;
        let (id, end) = (uuid(found.current(), "id")?, position(found.current(), "position")?);
        let mut head = Head { log: LogId::new(id), position: end, event: None };
        if found.advance().await? {
            let commit = StoredCommit::read(found.current())?;
            let (version, event) = commit.last()?;
            let last = commit.position.plus(version.value() - commit.first.value());
            head = Head { position: last.max(end), event: (last >= end).then_some(event), ..head };
        }
        match head.event {
            None if head.position > Position::START => Err(contradiction(MissingPosition(head.position))),
            _ => Ok(head),
        }
    };
    log.connection.ask(asked).await
}

/// Where the first events of commands stand, in the order asked.
pub(super) async fn outcomes(log: &LogPlace, commands: &[CommandId]) -> Result<Vec<Option<Done>>, Failure> {
    let ids: Vec<_> = commands.iter().map(|command| binary(command.uuid())).collect();
    let question = log.clone();
    let asked = async move {
        let commits = question.commits();
        let found = commits.find(doc! { "c": { "$in": ids } }).batch_size(ALL);
        let found = found.projection(doc! { "pos": 1, "c": 1, "o": 1 });
        let mut found = found.max_time(question.connection.operation_limit()).await?;
        let mut known: HashMap<CommandId, Done> = HashMap::new();
        while found.advance().await? {
            let commit = StoredCommit::read(found.current())?;
            known.extend(
                commit.commands()?.into_iter().map(|(command, offset)| (command, commit.done(offset))),
            );
        }
        Ok(known)
    };
    let known = log.connection.ask(asked).await?;
    Ok(commands.iter().map(|command| known.get(command).cloned()).collect())
}

/// Commits are looked through as long as most are of another stream than the one before; a longer one is stepped over.
pub(super) async fn streams(
    log: &LogPlace,
    (after, end): (String, String),
    limit: usize,
) -> Result<Vec<StreamName>, Failure> {
    let question = log.clone();
    let asked = async move {
        let mut found: Vec<StreamName> = Vec::new();
        let end = doc! { "s": end };
        let mut after = after;
        while found.len() < limit {
            let before = found.len();
            let between = doc! { "_id": { "$gt": { "s": &after, "v": Bson::MaxKey }, "$lt": &end } };
            let commits = question.commits();
            let commits = commits
                .find(between)
                .sort(doc! { "_id": 1 })
                .limit(COMMITS_AT_ONCE)
                .projection(doc! { "_id": 1 });
            let mut commits = commits.max_time(question.connection.operation_limit()).await?;
            while found.len() < limit && commits.advance().await? {
                let (stream, _) = stream_place(commits.current(), "_id")?;
                if found.last() != Some(&stream) {
                    found.push(stream);
                }
            }
            match found.last() {
                Some(last) if found.len() > before => last.as_str().clone_into(&mut after),
                Some(_) | None => break,
            }
        }
        Ok(found)
    };
    log.connection.ask(asked).await
}

/// Clocks jump, so times are not in order and the last event that is early enough decides.
pub(super) async fn position_at(log: &LogPlace, time: Timestamp) -> Result<Position, Failure> {
    let (question, time) = (log.clone(), time.as_microsecond());
    let asked = async move {
        let commits = question.commits();
        let last = commits.find(doc! { "ev.a": { "$lt": time } }).sort(doc! { "pos": -1 }).limit(1);
        let last = last.projection(doc! { "pos": 1, "ev.n": 1, "ev.a": 1 });
        let mut last = last.max_time(question.connection.operation_limit()).await?;
        if !last.advance().await? {
            return Ok(Position::START);
        }
        let commit = StoredCommit::read(last.current())?;
        let mut found = Position::START;
        for event in commit.events()? {
            let event = event?;
            if event.occurred_at.is_some_and(|at| at < time) {
                found = commit.position.plus(event.offset);
            }
        }
        Ok(found)
    };
    log.connection.ask(asked).await
}
