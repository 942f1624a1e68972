//! What is out.

use application::codec::Named;
use application::ports::loan_view::{LoanQuery, LoanRow};
use application::reactions::LOANS;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::{Date, MemberId, RentalId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Api;
use super::current_log::CurrentLog;
use super::cursor::{ListName, Listed, not_of_this_list};
use super::docs::{ProblemBody, values};
use super::edge::RequestPermit;
use super::problem::Problem;
use super::query::{Parameters, passed};

/// What is asked of loans.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(loans))
}

/// A book that is out, or about to be.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Loan)]
pub(super) struct LoanDocument {
    #[schema(value_type = values::Id)]
    rental_id: String,
    #[schema(value_type = values::MemberId)]
    member_id: String,
    #[schema(value_type = values::BookNo)]
    book_no: i64,
    #[schema(value_type = values::Title)]
    title: String,
    #[schema(value_type = values::Day)]
    rented_on: String,
    /// The last day without a fee.
    #[schema(value_type = values::Day)]
    due_on: String,
    /// Whether it had to be back before today.
    overdue: bool,
    #[schema(value_type = values::ItemState)]
    state: &'static str,
}

/// Books that are out or about to be, by rental; `overdue` asks for those that had to be back before today, or for the
/// others.
#[utoipa::path(get, path = "/v1/loans", tag = "rental cards",
    params(("memberId" = Option<values::MemberId>, Query), ("overdue" = Option<bool>, Query),
        ("limit" = Option<values::Limit>, Query), ("cursor" = Option<values::Cursor>, Query),
        ("minPosition" = Option<values::Position>, Query), ("logId" = Option<values::Id>, Query)),
    responses(
        (status = 200, description = "A piece of the list", body = Listed<LoanDocument>),
        (status = 503, description = "view-behind", body = ProblemBody)))]
pub(super) async fn loans(
    State(api): State<Api>,
    log: CurrentLog,
    turn: RequestPermit,
    uri: Uri,
) -> Result<Json<Listed<LoanDocument>>, Problem> {
    let query = Parameters::read(&uri, &["memberId", "overdue", "limit", "cursor", "minPosition", "logId"])?;
    let (member_id, limit) = (query.parsed("memberId", MemberId::parse)?, query.limit()?);
    let overdue =
        query.parsed("overdue", |raw| raw.parse::<bool>().map_err(|_other| "it is true or false"))?;
    let list = ListName::of("loans", (&member_id, overdue)).in_log(log);
    let after = query.text("cursor").map(|cursor| place(&list.text_place(cursor)?)).transpose()?;
    passed(&api, log, &turn, &LOANS, &query).await?;
    let today = api.cards.today();
    let of = |wanted| Some(today).filter(|_| overdue == Some(wanted));
    let wanted = LoanQuery { member_id, due_before: of(true), due_from: of(false), after };
    let rows = api.queries.loans(&wanted, limit + 1).await?;
    let cursor = |row: &LoanRow| list.text_cursor(&row.rental_id.to_string());
    Ok(Json(Listed::of(rows, limit, cursor, |row| LoanDocument::of(row, today))))
}

/// The rental that stands in a cursor.
fn place(text: &str) -> Result<RentalId, Problem> {
    Uuid::try_parse(text).map(RentalId::new).map_err(|_no_id| not_of_this_list())
}

impl LoanDocument {
    fn of(row: LoanRow, today: Date) -> Self {
        Self {
            rental_id: row.rental_id.to_string(),
            member_id: row.member_id.to_string(),
            book_no: row.book_no.value(),
            title: row.title.as_str().to_owned(),
            rented_on: row.rented_on.to_string(),
            due_on: row.due_on.to_string(),
            overdue: row.due_on < today,
            state: row.state.name(),
        }
    }
}
