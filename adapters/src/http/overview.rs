//! What the first screen of an operator shows: one document, and how it changes.

pub(super) mod live;

mod changes;
mod document;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::docs::ProblemBody;
use super::health::RecentChecks;
use super::problem::Problem;
use document::OverviewDocument;
pub(super) use document::rounded;

/// What is asked of the whole.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(overview)).routes(routes!(live::live))
}

/// How the service does: its health, what happens a second, what waits, and the last fifteen minutes.
#[utoipa::path(get, path = "/v1/overview", tag = "health",
    responses(
        (status = 200, description = "As it was seen within the last two seconds, or when it could last be seen", body = OverviewDocument),
        (status = 503, description = "store-unavailable", body = ProblemBody)))]
pub(super) async fn overview(
    State(api): State<Api>,
    recent: RecentChecks,
) -> Result<Json<OverviewDocument>, Problem> {
    let sample = api.monitor.latest().await?;
    let checks = recent.of(&api).await;
    Ok(Json(OverviewDocument::of(&api, &sample, &checks)))
}
