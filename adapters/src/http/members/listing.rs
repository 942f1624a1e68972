//! All members.

use application::commands::{ListQuery, Versioned};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::member::Member;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::current_log::CurrentLog;
use super::super::cursor::Listed;
use super::super::docs::values;
use super::super::people::People;
use super::super::problem::Problem;

/// What is asked of all members.
pub(in super::super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(members))
}

/// A member in a list.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct MemberListed {
    #[schema(value_type = values::MemberId)]
    id: String,
    #[schema(value_type = values::PersonName)]
    name: String,
    points: i64,
    version: u64,
}

/// Members by id, each always up to date; `search` looks into id and name. One answer looks at 2,000 members at most, so
/// that a piece may hold fewer than `limit`, or none, and still have a cursor to go on with.
#[utoipa::path(get, path = "/v1/members", tag = "members",
    params(("search" = Option<values::SearchText>, Query), ("limit" = Option<values::Limit>, Query),
        ("cursor" = Option<values::Cursor>, Query), ("minPosition" = Option<values::Position>, Query),
        ("logId" = Option<values::Id>, Query)),
    responses((status = 200, description = "A piece of the list", body = Listed<MemberListed>)))]
pub(in super::super) async fn members(
    State(api): State<Api>,
    log: CurrentLog,
    uri: Uri,
) -> Result<Json<Listed<MemberListed>>, Problem> {
    let people = People::asked(&api, log, &uri, "members", &[]).await?;
    let wanted = ListQuery { search: people.search.clone(), after: people.after.clone(), suspended: None };
    let page = api.members.list(&wanted, people.limit).await?;
    Ok(Json(people.listed(page, MemberListed::of)))
}

impl MemberListed {
    /// None for nobody.
    fn of(current: Versioned<Member>) -> Option<Self> {
        let Member::Registered { person, points, .. } = &*current.state else { return None };
        Some(Self {
            id: person.id.to_string(),
            name: person.name.as_str().to_owned(),
            points: points.value(),
            version: current.version.value(),
        })
    }
}
