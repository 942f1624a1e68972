//! Titles of books that another process has.

use application::ports::token_store::{Claim, Row, RowKey};
use domain::{BookNo, Title};

use super::super::claims::under;
use super::super::step_error::StepError;
use super::{Read, View, read_all};
use crate::postgres::connection::{Database, Statement};
use crate::stores::rows::title as read_title;

/// How they are kept.
pub(super) const VIEW: View = View {
    after,
    sweep: "with gone as ( \
                delete from title_row where ctid = any (array(select ctid from title_row where generation = $1 limit $2)) \
                returning 1 \
            ) \
            select count(*) as swept from gone",
};

/// The title of a copy, whichever partition it was learned from.
pub(in super::super) async fn title(database: &Database, no: BookNo) -> Result<Option<Title>, StepError> {
    let title = sqlx::query(
        "select kept.no, kept.title from live_generation as live \
         join title_row as kept on kept.generation = live.id and kept.no = $1 limit 1",
    );
    Ok(read_all(database, title.bind(no.value()), read_title).await?.pop().map(|row| row.title))
}

/// Those of a claim with these numbers.
pub(super) fn held(claim: &Claim, numbers: Vec<i64>) -> Statement {
    let rows = "select kept.no, kept.title from held_generation($1, $2, $3, $4, $5, $6) as held \
                left join title_row as kept on kept.generation = held.id and kept.no = any ($7)";
    under(claim, rows).bind(numbers)
}

/// The last kind.
fn after(generation: i64, after: Option<RowKey>, limit: i64) -> Option<(Statement, Read)> {
    let after = match after {
        Some(RowKey::Title(no)) => no.value(),
        None | Some(RowKey::Catalogue(_) | RowKey::Loan(_) | RowKey::BestSeller(..) | RowKey::Process(_)) => {
            0
        }
    };
    let rows = "select no, title from title_row where generation = $1 and no > $2 order by no limit $3";
    let rows = sqlx::query(rows).bind(generation).bind(after).bind(limit);
    Some((rows, |fields| read_title(fields).map(Row::Title)))
}
