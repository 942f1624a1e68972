//! Pages of the log: one question each, answered from one state of the collections.

use application::ports::event_store::{EventId, LogId, LogPage, MissingPosition, Position, Recorded, Types};
use mongodb::bson::raw::RawDocument;
use mongodb::bson::{Document, doc};

use super::commit::StoredCommit;
use super::fields::{number, position, uuid};
use super::form::LogPlace;
use crate::mongo::connection::{Failure, contradiction};

/// The log after a position.
pub(super) async fn after(
    log: &LogPlace,
    after: Position,
    unwanted: &Types,
    limit: usize,
) -> Result<LogPage, Failure> {
    let until = after.value().saturating_add(limit.max(1) as u64);
    let range = doc! { "$gt": number(after.value()), "$lte": number(until) };
    let pipeline =
        [commits(log, doc! { "$lte": number(after.value()) }, -1, Some(1)), commits(log, range, 1, None)];
    let (question, unwanted) = (log.clone(), unwanted.clone());
    let asked = async move {
        let mut found = question.ask(pipeline).await?;
        let mut page = page_from(found.current(), after)?;
        let is_more = |page: &LogPage| page.scanned_to.value() < until;
        while is_more(&page) && found.advance().await? {
            if !take(&mut page, found.current(), after, until, &unwanted)? {
                break;
            }
        }
        Ok(page)
    };
    let page = log.connection.ask(asked).await?;
    if page.scanned_to == after && page.head > after {
        return Err(contradiction(MissingPosition(after.plus(1))));
    }
    Ok(page)
}

/// The log before a position, newest first.
pub(super) async fn before(log: &LogPlace, before: Position, limit: usize) -> Result<LogPage, Failure> {
    let most = number(limit.max(1) as u64).saturating_add(1); // and the one that holds the position itself
    let pipeline = [commits(log, doc! { "$lte": number(before.value()) }, -1, Some(most))];
    let question = log.clone();
    let asked = async move {
        let mut found = question.ask(pipeline).await?;
        let page = page_from(found.current(), before)?;
        let (mut at_start, mut events) = (None, Vec::new());
        while events.len() < limit.max(1) && found.advance().await? {
            for event in recorded(found.current())?.into_iter().rev() {
                if event.position == before {
                    at_start = Some(event.id);
                } else if event.position < before && events.len() < limit.max(1) {
                    events.push(event);
                }
            }
        }
        LogPage::backward(page.log, before, at_start, events, page.head).map_err(contradiction)
    };
    log.connection.ask(asked).await
}

/// Those whose first event has such a position.
fn commits(log: &LogPlace, positions: Document, order: i32, limit: Option<i64>) -> Document {
    let mut pipeline = vec![doc! { "$match": { "pos": positions } }, doc! { "$sort": { "pos": order } }];
    pipeline.extend(limit.map(|limit| doc! { "$limit": limit }));
    doc! { "$unionWith": { "coll": &log.commits, "pipeline": pipeline } }
}

fn page_from(head: &RawDocument, start: Position) -> Result<LogPage, Failure> {
    Ok(LogPage {
        log: LogId::new(uuid(head, "id")?),
        at_start: None,
        events: Vec::new(),
        scanned_to: start,
        at_end: None,
        head: position(head, "position")?,
    })
}

/// Takes the events of a commit that come next, and answers whether there may be more.
fn take(
    page: &mut LogPage,
    document: &RawDocument,
    after: Position,
    until: u64,
    unwanted: &Types,
) -> Result<bool, Failure> {
    let commit = StoredCommit::read(document)?;
    let commands = commit.commands()?;
    for event in commit.events()? {
        let event = event?;
        let position = commit.position.plus(event.offset);
        if position <= after {
            if position == after {
                page.at_start = event.id.map(EventId::new);
                page.at_end = page.at_start;
            }
            continue;
        }
        if position.value() > until || position != page.scanned_to.plus(1) {
            return Ok(false);
        }
        page.scanned_to = position;
        page.at_end = event.id.map(EventId::new);
        page.head = page.head.max(position);
        if !unwanted.iter().any(|kind| Some(kind.as_str()) == event.kind) {
            page.events.push(commit.recorded(&event, &commands)?);
        }
    }
    Ok(true)
}

/// All events of a commit.
pub(super) fn recorded(document: &RawDocument) -> Result<Vec<Recorded>, Failure> {
    let commit = StoredCommit::read(document)?;
    let commands = commit.commands()?;
    commit.events()?.map(|event| commit.recorded(&event?, &commands)).collect()
}
