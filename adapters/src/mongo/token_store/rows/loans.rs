//! Rentals that have not ended.

use application::codec::rows::StoredName;
use application::ports::loan_view::{LoanQuery, LoanRow, LoanState};
use application::ports::token_store::Row;
use domain::{Date, RentalId};
use mongodb::bson::{Bson, Document, doc};

use super::super::collections::index;
use super::super::step_error::StepError;
use super::super::stored::document;
use super::{RowCollection, ask, of_generation};
use crate::mongo::connection::Connection;
use crate::stores::rows::{StoredLoan, loan};

/// How they are kept.
pub(super) const VIEW: RowCollection = RowCollection {
    collection: "loan_row",
    read: |fields| loan(fields).map(Row::Loan),
    indexes: || vec![index("due", doc! { "_id.g": 1, "due_on": 1 }, Some(can_become_overdue()))],
};

/// Those that are late and not marked, by rental.
pub(in super::super) async fn overdue(
    connection: &Connection,
    today: Date,
    after: Option<RentalId>,
    limit: usize,
) -> Result<Vec<LoanRow>, StepError> {
    let mut late = can_become_overdue();
    late.insert("due_on", doc! { "$lt": today.to_string() });
    if let Some(after) = after {
        late.insert("id", doc! { "$gt": after.uuid().to_string() });
    }
    let pipeline = move |live: &[String]| {
        late.insert("_id.g", doc! { "$in": live });
        vec![doc! { "$match": late }, doc! { "$sort": { "id": 1 } }]
    };
    ask(connection, &VIEW, pipeline, limit, loan).await
}

/// Those that fit, by rental.
pub(in super::super) async fn loans(
    connection: &Connection,
    wanted: &LoanQuery,
    limit: usize,
) -> Result<Vec<LoanRow>, StepError> {
    let mut fits = doc! {};
    let after = wanted.after.map(|after| after.uuid().to_string());
    if let Some(member) = &wanted.member_id {
        fits.insert("member", member.as_str());
    }
    let mut due = doc! {};
    due.extend(wanted.due_before.map(|day| ("$lt".to_owned(), day.to_string().into())));
    due.extend(wanted.due_from.map(|day| ("$gte".to_owned(), day.to_string().into())));
    if !due.is_empty() {
        fits.insert("due_on", due);
    }
    let pipeline = move |live: &[String]| {
        let after = |generation| of_generation(generation, after.clone().map(Bson::from));
        let mut ranges: Vec<_> = live.iter().map(|generation| doc! { "_id": after(generation) }).collect();
        // There has to be something to choose from.
        ranges.push(doc! { "_id": { "$in": [] } });
        vec![doc! { "$match": { "$or": ranges } }, doc! { "$match": fits }, doc! { "$sort": { "id": 1 } }]
    };
    ask(connection, &VIEW, pipeline, limit, loan).await
}

pub(super) fn stored(row: &LoanRow) -> Result<Document, StepError> {
    document(&StoredLoan::of(row))
}

fn can_become_overdue() -> Document {
    doc! { "state": LoanState::Rented.name(), "overdue": false }
}
