//! Members and their points.

mod listing;

use application::codec::Aggregate;
use application::commands::Executed;
use application::ports::event_store::Version;
use application::queries::{LedgerCause, LedgerLine};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::member::{Member, MemberCommand, MemberEvent};
use domain::{Amount, Decider, Email, MemberId, Person, PersonName, Points};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::body::{Body, BodyFields, number, text};
use super::command::{CommandHeaders, Written, done, located, no_effect};
use super::conditional::IfNoneMatch;
use super::current_log::CurrentLog;
use super::cursor::{ListName, Listed};
use super::docs::{ProblemBody, values};
use super::path::PathSegment;
use super::problem::{MEMBER_NOT_FOUND, Problem};
use super::query::{Parameters, passed_head};
use super::resumed::version_of;

/// What is asked of members and their points.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(member))
        .routes(routes!(ledger))
        .routes(routes!(save_points))
        .routes(routes!(use_points))
        .merge(listing::routes())
}

/// A member to be registered.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(super) struct NewMember {
    id: values::MemberId,
    name: values::PersonName,
    email: Option<values::Email>,
}

/// A number of points to be saved or used.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body; its fields are read one by one")]
pub(super) struct PointsAmount {
    amount: values::Amount,
}

/// A member as it was registered.
#[derive(Serialize, ToSchema)]
pub(super) struct MemberRegistered {
    #[schema(value_type = values::MemberId)]
    id: String,
    #[schema(value_type = values::PersonName)]
    name: String,
    points: i64,
    #[serde(flatten)]
    written: Written,
}

/// A member.
#[derive(Serialize, ToSchema)]
pub(super) struct MemberDocument {
    #[schema(value_type = values::MemberId)]
    id: String,
    #[schema(value_type = values::PersonName)]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<values::Email>, nullable = false)]
    email: Option<String>,
    /// Negative only after an award was taken back that had been spent.
    points: i64,
    version: u64,
}

/// A balance after a command.
#[derive(Serialize, ToSchema)]
pub(super) struct PointsDocument {
    points: i64,
    #[serde(flatten)]
    written: Written,
}

/// One line of the ledger.
#[derive(Serialize, ToSchema)]
pub(super) struct LedgerLineDocument {
    /// `operator`, or the id of a process.
    cause: String,
    /// Such as `points-saved`.
    #[schema(example = "points-saved")]
    kind: &'static str,
    amount: i64,
    balance: i64,
    #[schema(value_type = values::Moment)]
    at: String,
    position: u64,
}

/// Registers a member. The same again changes nothing.
#[utoipa::path(post, path = "/v1/members", tag = "members", request_body = NewMember,
    params(("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 201, description = "Registered", body = MemberRegistered),
        (status = 200, description = "Registered before with the same values", body = MemberRegistered),
        (status = 409, description = "member-exists", body = ProblemBody)))]
pub(super) async fn register(
    State(api): State<Api>,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = body.fields(&["id", "name", "email"])?;
    let id = fields.required("id", text(MemberId::parse));
    let name = fields.required("name", text(PersonName::parse));
    let email = fields.optional("email", text(Email::parse));
    let person = fields.finish(|| Some(Person { id: id?, name: name? }))?;

    let (id, log) = (person.id.clone(), headers.log);
    let command = MemberCommand::Register { person, email };
    let executed = api.members.ask(&id, command, headers.context(&body)).await?;
    let status = if executed.events.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
    let answer = done(&executed, status, registered(&executed, log)?);
    located(answer, &format!("/v1/members/{id}"))
}

/// One member, always up to date.
#[utoipa::path(get, path = "/v1/members/{id}", tag = "members",
    params(("id" = values::MemberId, Path), ("if-none-match" = Option<String>, Header, example = "\"3\"")),
    responses(
        (status = 200, description = "The member; ETag is its version", body = MemberDocument),
        (status = 304, description = "It has the version that If-None-Match names"),
        (status = 404, description = "member-not-found", body = ProblemBody)))]
pub(super) async fn member(
    State(api): State<Api>,
    id: PathSegment,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let id = id.member()?;
    let current = api.members.current(&id).await?;
    let Member::Registered { person, email, points } = &*current.state else { return Err(not_found(&id)) };
    let document = MemberDocument {
        id: person.id.to_string(),
        name: person.name.as_str().to_owned(),
        email: email.as_ref().map(|email| email.as_str().to_owned()),
        points: points.value(),
        version: current.version.value(),
    };
    Ok(known.answer(current.version, document))
}

/// What moved a member's points, oldest first.
#[utoipa::path(get, path = "/v1/members/{id}/points", tag = "members",
    params(("id" = values::MemberId, Path), ("limit" = Option<values::Limit>, Query), ("cursor" = Option<values::Cursor>, Query),
        ("minPosition" = Option<values::Position>, Query), ("logId" = Option<values::Id>, Query)),
    responses(
        (status = 200, description = "A piece of the ledger", body = Listed<LedgerLineDocument>),
        (status = 404, description = "member-not-found", body = ProblemBody)))]
pub(super) async fn ledger(
    State(api): State<Api>,
    id: PathSegment,
    log: CurrentLog,
    uri: Uri,
) -> Result<Json<Listed<LedgerLineDocument>>, Problem> {
    let id = id.member()?;
    let query = Parameters::read(&uri, &["limit", "cursor", "minPosition", "logId"])?;
    let (limit, list) = (query.limit()?, ListName::of("points", id.as_str()).in_log(log));
    passed_head(&api, log, &query).await?;
    let after = match query.text("cursor") {
        Some(cursor) => version_of(&api, &list, &Member::stream(&id), cursor).await?,
        None => Version::START,
    };
    if matches!(*api.members.current(&id).await?.state, Member::Unknown) {
        return Err(not_found(&id));
    }
    let lines = api.queries.ledger(&id, after, limit + 1).await?;
    let cursor = |line: &LedgerLine| list.cursor_at(line.version.value(), Some(line.event));
    Ok(Json(Listed::of(lines, limit, cursor, LedgerLineDocument::of).of_log(log)))
}

/// Adds points to a member's account.
#[utoipa::path(post, path = "/v1/members/{id}/points/save", tag = "members", request_body = PointsAmount,
    params(("id" = values::MemberId, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 200, description = "The balance after it", body = PointsDocument),
        (status = 404, description = "member-not-found", body = ProblemBody)))]
pub(super) async fn save_points(
    State(api): State<Api>,
    id: PathSegment,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    let amount = amount(body.fields(&["amount"])?)?;
    move_points(&api, &id, MemberCommand::SavePoints { amount }, headers, &body).await
}

/// Takes points from a member's account.
#[utoipa::path(post, path = "/v1/members/{id}/points/use", tag = "members", request_body = PointsAmount,
    params(("id" = values::MemberId, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 200, description = "The balance after it", body = PointsDocument),
        (status = 404, description = "member-not-found", body = ProblemBody),
        (status = 409, description = "not-enough-points", body = ProblemBody)))]
pub(super) async fn use_points(
    State(api): State<Api>,
    id: PathSegment,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    let amount = amount(body.fields(&["amount"])?)?;
    move_points(&api, &id, MemberCommand::UsePoints { amount }, headers, &body).await
}

async fn move_points(
    api: &Api,
    id: &PathSegment,
    command: MemberCommand,
    headers: CommandHeaders,
    body: &Body,
) -> Result<Response, Problem> {
    let (id, log) = (id.member()?, headers.log);
    let executed = api.members.ask(&id, command, headers.context(body)).await?;
    let points = balance(&executed.events).unwrap_or_else(|| points_of(&executed.state)).value();
    let written = Written::of(&executed, log);
    Ok(done(&executed, StatusCode::OK, PointsDocument { points, written }))
}

fn amount(mut fields: BodyFields) -> Result<Amount, Problem> {
    let amount = fields.required("amount", number(Amount::parse));
    fields.finish(|| amount)
}

/// From what was recorded when it was recorded now or before, else from the state: a repeat shows what the first answer
/// showed.
fn registered(executed: &Executed<Member>, log: CurrentLog) -> Result<MemberRegistered, Problem> {
    let recorded = (!executed.events.is_empty()).then(|| Member::replay(&executed.events));
    match recorded.as_ref().unwrap_or(&executed.state) {
        Member::Registered { person, points, .. } => Ok(MemberRegistered {
            id: person.id.to_string(),
            name: person.name.as_str().to_owned(),
            points: points.value(),
            written: Written::of(executed, log),
        }),
        Member::Unknown => Err(no_effect("registering a member")),
    }
}

fn balance(events: &[MemberEvent]) -> Option<Points> {
    events.iter().rev().find_map(|event| match event {
        MemberEvent::PointsSaved { balance, .. }
        | MemberEvent::PointsUsed { balance, .. }
        | MemberEvent::PointsTakenBack { balance, .. } => Some(*balance),
        MemberEvent::MemberRegistered { .. } | MemberEvent::PointsRefused { .. } => None,
    })
}

const fn points_of(member: &Member) -> Points {
    match member {
        Member::Registered { points, .. } => *points,
        Member::Unknown => Points::ZERO,
    }
}

fn not_found(id: &MemberId) -> Problem {
    Problem::new(&MEMBER_NOT_FOUND, format!("nobody is registered as {id}; register the member first"))
}

impl LedgerLineDocument {
    fn of(line: LedgerLine) -> Self {
        Self {
            cause: match line.cause {
                LedgerCause::Operator => "operator".to_owned(),
                LedgerCause::Process(process) => process.to_string(),
            },
            kind: line.kind,
            amount: line.amount,
            balance: line.balance,
            at: line.at.to_string(),
            position: line.position.value(),
        }
    }
}
