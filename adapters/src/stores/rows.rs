//! The rows of the views as they are stored, and back.

mod processes;

use application::codec::rows::StoredName;
use application::ports::best_seller_view::{BestSellerRow, Counted};
use application::ports::catalogue_view::CatalogueRow;
use application::ports::loan_view::{LoanRow, LoanState};
use application::ports::title_view::TitleRow;
use domain::book::BookStatus;
use domain::{Author, BookNo, MemberId, RentalId, Title};
use serde::Serialize;

use super::fields::{Fields, Read, StoredRow, unreadable};

pub(crate) use processes::{StoredProcess, process};

/// Title and author are also kept in lower case, by the same rules whatever the database's language.
#[derive(Serialize)]
pub(crate) struct StoredBook<'r> {
    pub(crate) no: i64,
    pub(crate) title: &'r str,
    pub(crate) author: Option<&'r str>,
    pub(crate) status: &'static str,
    pub(crate) holder: Option<String>,
    pub(crate) title_folded: String,
    pub(crate) author_folded: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct StoredLoan<'r> {
    id: String,
    pub(crate) member: &'r str,
    pub(crate) book: i64,
    pub(crate) title: &'r str,
    pub(crate) rented_on: String,
    pub(crate) due_on: String,
    pub(crate) overdue: bool,
    pub(crate) state: &'static str,
}

#[derive(Serialize)]
pub(crate) struct StoredCount<'r> {
    pub(crate) no: i64,
    pub(crate) month: String,
    pub(crate) title: &'r str,
    pub(crate) count: u64,
}

#[derive(Serialize)]
pub(crate) struct StoredTitle<'r> {
    pub(crate) no: i64,
    pub(crate) title: &'r str,
}

impl<'r> StoredBook<'r> {
    pub(crate) fn of(row: &'r CatalogueRow) -> Self {
        let author = row.author.as_ref().map(Author::as_str);
        Self {
            no: row.no.value(),
            title: row.title.as_str(),
            author,
            status: row.status.name(),
            holder: row.holder.map(|holder| holder.uuid().to_string()),
            title_folded: row.title.as_str().to_lowercase(),
            author_folded: author.map(str::to_lowercase),
        }
    }
}

impl<'r> StoredLoan<'r> {
    pub(crate) fn of(row: &'r LoanRow) -> Self {
        Self {
            id: row.rental_id.uuid().to_string(),
            member: row.member_id.as_str(),
            book: row.book_no.value(),
            title: row.title.as_str(),
            rented_on: row.rented_on.to_string(),
            due_on: row.due_on.to_string(),
            overdue: row.overdue,
            state: row.state.name(),
        }
    }
}

impl<'r> StoredCount<'r> {
    pub(crate) fn of(row: &'r BestSellerRow) -> Self {
        Self { no: row.no.value(), month: row.month.to_string(), title: row.title.as_str(), count: row.count }
    }
}

impl<'r> StoredTitle<'r> {
    pub(crate) fn of(row: &'r TitleRow) -> Self {
        Self { no: row.no.value(), title: row.title.as_str() }
    }
}

pub(crate) fn book<R: StoredRow>(fields: &Fields<'_, R>) -> Read<CatalogueRow, R> {
    Ok(CatalogueRow {
        no: number_of_book(fields, "no")?,
        title: fields.parsed("title", Title::stored)?,
        author: fields.parsed_or_none("author", Author::stored)?,
        status: fields.parsed("status", BookStatus::named)?,
        holder: fields.id_or_none("holder")?.map(RentalId::new),
    })
}

pub(crate) fn loan<R: StoredRow>(fields: &Fields<'_, R>) -> Read<LoanRow, R> {
    Ok(LoanRow {
        rental_id: RentalId::new(fields.id("id")?),
        member_id: fields.parsed("member", MemberId::parse)?,
        book_no: number_of_book(fields, "book")?,
        title: fields.parsed("title", Title::stored)?,
        rented_on: fields.date("rented_on")?,
        due_on: fields.date("due_on")?,
        overdue: fields.flag("overdue")?,
        state: fields.parsed("state", LoanState::named)?,
    })
}

pub(crate) fn best_seller<R: StoredRow>(fields: &Fields<'_, R>) -> Read<BestSellerRow, R> {
    let Counted { no, title, count } = counted(fields)?;
    Ok(BestSellerRow { no, month: fields.parsed("month", str::parse)?, title, count })
}

pub(crate) fn counted<R: StoredRow>(fields: &Fields<'_, R>) -> Read<Counted, R> {
    Ok(Counted {
        no: number_of_book(fields, "no")?,
        title: fields.parsed("title", Title::stored)?,
        count: fields.number("count")?,
    })
}

pub(crate) fn title<R: StoredRow>(fields: &Fields<'_, R>) -> Read<TitleRow, R> {
    Ok(TitleRow { no: number_of_book(fields, "no")?, title: fields.parsed("title", Title::stored)? })
}

fn number_of_book<R: StoredRow>(fields: &Fields<'_, R>, column: &'static str) -> Read<BookNo, R> {
    BookNo::parse(fields.integer(column)?).map_err(|error| unreadable(column, error))
}
