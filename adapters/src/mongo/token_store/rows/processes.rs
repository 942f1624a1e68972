//! The attempts.

use application::codec::rows::{StoredName, kind_number, process_key, time_text};
use application::ports::process_view::{ProcessQuery, ProcessRow};
use application::ports::token_store::Row;
use domain::ProcessId;
use jiff::Timestamp;
use mongodb::IndexModel;
use mongodb::bson::{Bson, Document, doc};

use super::super::collections::index;
use super::super::step_error::StepError;
use super::super::stored::{binary, document};
use super::{RowCollection, ask, id};
use crate::mongo::connection::{Connection, Failure};
use crate::stores::rows::{StoredProcess, process as read_process};

/// How they are kept.
pub(super) const VIEW: RowCollection = RowCollection {
    collection: "process_row",
    read: |fields| read_process(fields).map(|row| Row::Process(Box::new(row))),
    indexes,
};

fn indexes() -> Vec<IndexModel> {
    vec![
        index("started", doc! { "_id.g": 1, "started": 1, "id": 1 }, None),
        index("member", doc! { "_id.g": 1, "member": 1, "started": 1, "id": 1 }, None),
        index("status", doc! { "_id.g": 1, "status": 1, "started": 1, "id": 1 }, None),
        index(
            "deadline",
            doc! { "_id.g": 1, "deadline": 1, "id": 1 },
            Some(doc! { "deadline": { "$gt": "" } }),
        ),
    ]
}

pub(in super::super) async fn process(
    connection: &Connection,
    wanted: ProcessId,
) -> Result<Option<ProcessRow>, StepError> {
    let pipeline = move |live: &[String]| {
        let ids: Vec<_> =
            live.iter().map(|generation| id(generation, binary(&process_key(wanted)))).collect();
        vec![doc! { "$match": { "_id": { "$in": ids } } }]
    };
    Ok(ask(connection, &VIEW, pipeline, 1, read_process).await?.pop())
}

/// Those that fit, newest first.
pub(in super::super) async fn processes(
    connection: &Connection,
    wanted: &ProcessQuery,
    limit: usize,
) -> Result<Vec<ProcessRow>, StepError> {
    let fits: [(&str, Option<Bson>); 4] = [
        ("started", wanted.before.map(|before| doc! { "$lt": before.value().cast_signed() }.into())),
        ("kind", wanted.kind.map(|kind| i32::from(kind_number(kind)).into())),
        ("member", wanted.member_id.as_ref().map(|member| member.as_str().into())),
        ("status", wanted.status.map(|status| status.name().into())),
    ];
    let mut fits: Document =
        fits.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect();
    let pipeline = move |live: &[String]| {
        fits.insert("_id.g", doc! { "$in": live });
        vec![doc! { "$match": fits }, doc! { "$sort": { "started": -1, "id": -1 } }]
    };
    ask(connection, &VIEW, pipeline, limit, read_process).await
}

/// Those whose deadline is not after `now`, by deadline and id, after the one named.
pub(in super::super) async fn due(
    connection: &Connection,
    now: Timestamp,
    after: Option<(Timestamp, ProcessId)>,
    limit: usize,
) -> Result<Vec<ProcessRow>, StepError> {
    let mut due = doc! { "deadline": { "$gt": "", "$lte": time_text(now) } };
    if let Some((deadline, id)) = after {
        let (deadline, id) = (time_text(deadline), binary(&process_key(id)));
        let beside = doc! { "deadline": &deadline, "id": { "$gt": id } };
        due.insert("$or", [doc! { "deadline": { "$gt": deadline } }, beside].map(Bson::from).to_vec());
    }
    let pipeline = move |live: &[String]| {
        due.insert("_id.g", doc! { "$in": live });
        vec![doc! { "$match": due }, doc! { "$sort": { "deadline": 1, "id": 1 } }]
    };
    ask(connection, &VIEW, pipeline, limit, read_process).await
}

pub(super) fn stored(row: &ProcessRow) -> Result<Document, StepError> {
    let mut stored = document(&StoredProcess::of::<Failure>(row)?)?;
    stored.insert("id", binary(&process_key(row.id)));
    Ok(stored)
}
