//! The rows of the views, read back from how they are shown.

mod processes;

use application::codec::Named;
use application::ports::BoxError;
use application::ports::best_seller_view::BestSellerRow;
use application::ports::catalogue_view::CatalogueRow;
use application::ports::token_store::Row;
use domain::book::BookStatus;
use domain::{Author, BookNo, Month, RentalId, Title};
use serde::Deserialize;
use uuid::Uuid;

pub(super) use processes::ShownProcess;

/// A copy of the catalogue.
#[derive(Deserialize)]
pub(super) struct ShownBook {
    no: i64,
    title: String,
    author: Option<String>,
    status: String,
    holder: Option<ShownHolder>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownHolder {
    rental_id: String,
}

/// A ranking.
#[derive(Deserialize)]
pub(super) struct ShownRanking {
    pub(super) items: Vec<ShownPlace>,
}

/// A place of a ranking.
#[derive(Deserialize)]
pub(super) struct ShownPlace {
    no: i64,
    title: String,
    pub(super) count: u64,
}

impl ShownBook {
    /// Its row.
    pub(super) fn row(self) -> Result<Row, BoxError> {
        let unknown = || format!("book {} has the unknown status `{}`", self.no, self.status);
        let status = BookStatus::named(&self.status).ok_or_else(unknown)?;
        let holder = |holder: ShownHolder| Uuid::parse_str(&holder.rental_id).map(RentalId::new);
        Ok(Row::Catalogue(CatalogueRow {
            no: BookNo::parse(self.no)?,
            title: Title::parse(&self.title)?,
            author: self.author.as_deref().map(Author::parse).transpose()?,
            status,
            holder: self.holder.map(holder).transpose()?,
        }))
    }
}

impl ShownPlace {
    /// Its row, in the ranking of a month.
    pub(super) fn row(self, month: Month) -> Result<Row, BoxError> {
        let (no, title) = (BookNo::parse(self.no)?, Title::parse(&self.title)?);
        Ok(Row::BestSeller(BestSellerRow { no, month, title, count: self.count }))
    }
}
