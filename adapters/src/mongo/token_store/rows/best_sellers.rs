//! How often each copy was rented in a month.

use application::ports::best_seller_view::{BestSellerRow, Counted, Period};
use application::ports::token_store::Row;
use mongodb::bson::{Document, doc};

use super::super::collections::index;
use super::super::step_error::StepError;
use super::super::stored::document;
use super::{RowCollection, ask};
use crate::mongo::connection::Connection;
use crate::stores::rows::{StoredCount, best_seller, counted};

/// How they are kept.
pub(super) const VIEW: RowCollection = RowCollection {
    collection: "best_seller_row",
    read: |fields| best_seller(fields).map(Row::BestSeller),
    indexes: || vec![index("ranking", doc! { "_id.g": 1, "month": 1, "count": -1, "no": 1 }, None)],
};

/// Those with a count above zero, by count downwards and then by number.
pub(in super::super) async fn ranking(
    connection: &Connection,
    period: Period,
    limit: usize,
) -> Result<Vec<Counted>, StepError> {
    let pipeline = move |live: &[String]| {
        let live = doc! { "$in": live };
        let mut pipeline = match period {
            Period::Month(month) => vec![doc! { "$match": { "_id.g": live, "month": month.to_string() } }],
            Period::All => summed(live),
        };
        pipeline.push(doc! { "$match": { "count": { "$gt": 0 } } });
        pipeline.push(doc! { "$sort": { "count": -1, "no": 1 } });
        pipeline
    };
    ask(connection, &VIEW, pipeline, limit, counted).await
}

/// All months together, under the title of the latest.
fn summed(live: Document) -> Vec<Document> {
    let latest = doc! { "$top": { "sortBy": { "month": -1 }, "output": "$title" } };
    let copy = doc! { "g": "$_id.g", "no": "$no" };
    vec![
        doc! { "$match": { "_id.g": live } },
        doc! { "$group": { "_id": copy, "no": { "$first": "$no" }, "title": latest, "count": { "$sum": "$count" } } },
    ]
}

pub(super) fn stored(row: &BestSellerRow) -> Result<Document, StepError> {
    document(&StoredCount::of(row))
}
