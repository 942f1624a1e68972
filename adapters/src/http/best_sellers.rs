//! The ranking of the most rented books.

use application::ports::best_seller_view::Period;
use application::queries::Ranked;
use application::reactions::BEST_SELLERS;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::{InvalidValue, Month};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::current_log::CurrentLog;
use super::docs::{ProblemBody, values};
use super::edge::RequestPermit;
use super::problem::Problem;
use super::query::{Parameters, passed};

/// What is asked of the ranking.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(ranking))
}

/// A ranking.
#[derive(Serialize, ToSchema)]
pub(super) struct Ranking {
    #[schema(value_type = values::Period)]
    period: String,
    items: Vec<RankedBook>,
}

/// A place of a ranking.
#[derive(Serialize, ToSchema)]
#[schema(as = Place)]
struct RankedBook {
    /// Equal counts share a rank, and the next one is skipped.
    rank: u64,
    #[schema(value_type = values::BookNo)]
    no: i64,
    #[schema(value_type = values::Title)]
    title: String,
    count: u64,
}

/// The most rented copies of a month, or of all time.
#[utoipa::path(get, path = "/v1/best-sellers", tag = "best-sellers",
    params(("period" = Option<values::Period>, Query, description = "`yyyy-mm`, or `all` (the default)"),
        ("limit" = Option<values::Limit>, Query), ("minPosition" = Option<values::Position>, Query),
        ("logId" = Option<values::Id>, Query)),
    responses(
        (status = 200, description = "The ranking", body = Ranking),
        (status = 503, description = "view-behind", body = ProblemBody)))]
pub(super) async fn ranking(
    State(api): State<Api>,
    log: CurrentLog,
    turn: RequestPermit,
    uri: Uri,
) -> Result<Json<Ranking>, Problem> {
    let query = Parameters::read(&uri, &["period", "limit", "minPosition", "logId"])?;
    let (period, limit) = (query.parsed("period", period)?.unwrap_or(Period::All), query.limit()?);
    passed(&api, log, &turn, &BEST_SELLERS, &query).await?;
    let places = api.queries.ranking(period, limit).await?;
    let period = match period {
        Period::All => "all".to_owned(),
        Period::Month(month) => month.to_string(),
    };
    Ok(Json(Ranking { period, items: places.into_iter().map(RankedBook::of).collect() }))
}

fn period(raw: &str) -> Result<Period, InvalidValue> {
    if raw == "all" { Ok(Period::All) } else { raw.parse::<Month>().map(Period::Month) }
}

impl RankedBook {
    fn of(ranked: Ranked) -> Self {
        Self {
            rank: ranked.rank,
            no: ranked.counted.no.value(),
            title: ranked.counted.title.as_str().to_owned(),
            count: ranked.counted.count,
        }
    }
}
