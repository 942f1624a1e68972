//! Dead letters: what processors could not handle, and why.

pub(super) mod acting;

mod document;
mod place;

use application::ports::dead_letters::{DeadLetterId, DeadLetterQuery};
use application::ports::token_store::ProcessorName;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Api;
use super::current_log::{CurrentLog, InLog};
use super::cursor::{ListName, Listed};
use super::docs::{ProblemBody, values};
use super::path::PathSegment;
use super::problem::{DEAD_LETTER_NOT_FOUND, Problem};
use super::query::Parameters;
use document::{DeadLetterShown, DeadLetterWhole};

/// What is asked of dead letters.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(dead_letters)).routes(routes!(dead_letter, acting::evict))
}

/// What could not be handled, ordered by processor, kind, sequence and position: the head of a sequence comes before
/// those that wait behind it.
#[utoipa::path(get, path = "/v1/dead-letters", tag = "dead letters",
    params(("processor" = Option<String>, Query), ("sequence" = Option<String>, Query),
        ("limit" = Option<values::Limit>, Query), ("cursor" = Option<values::Cursor>, Query)),
    responses(
        (status = 200, description = "A piece of the list", body = Listed<DeadLetterShown>),
        (status = 400, description = "invalid-query, invalid-cursor", body = ProblemBody)))]
pub(super) async fn dead_letters(
    State(api): State<Api>,
    log: CurrentLog,
    uri: Uri,
) -> Result<Json<Listed<DeadLetterShown>>, Problem> {
    let query = Parameters::read(&uri, &["processor", "sequence", "limit", "cursor"])?;
    let (processor, sequence) = (query.text("processor"), query.text("sequence"));
    let (limit, list) = (query.limit()?, ListName::of("dead-letters", (processor, sequence)).in_log(log));
    let after = query.text("cursor").map(|cursor| place::read(&list.text_place(cursor)?)).transpose()?;
    let wanted = DeadLetterQuery {
        processor: processor.map(|name| ProcessorName::stored(name.to_owned())),
        sequence: sequence.map(str::to_owned),
        after,
        ..DeadLetterQuery::default()
    };
    let mut letters = api.operators.dead_letters(&wanted, limit + 1).await?;
    let more = letters.len() > limit;
    letters.truncate(limit);
    let last = letters.last().filter(|_| more).map(|last| place::write(last.place())).transpose()?;
    let next = last.map(|place| list.text_cursor(&place));
    Ok(Json(Listed::with_cursor(letters.iter().map(DeadLetterShown::of).collect(), next).of_log(log)))
}

/// One dead letter, with the event and every failure that is kept.
#[utoipa::path(get, path = "/v1/dead-letters/{id}", tag = "dead letters", params(("id" = String, Path)),
    responses(
        (status = 200, description = "The letter", body = InLog<DeadLetterWhole>),
        (status = 404, description = "dead-letter-not-found", body = ProblemBody)))]
pub(super) async fn dead_letter(
    State(api): State<Api>,
    id: PathSegment,
    log: CurrentLog,
) -> Result<Json<InLog<DeadLetterWhole>>, Problem> {
    let Ok(named) = Uuid::try_parse(id.text()) else { return Err(no_letter()) };
    let found = api.operators.dead_letter(DeadLetterId::new(named)).await?;
    found.map(|letter| Json(log.shows(DeadLetterWhole::of(letter)))).ok_or_else(no_letter)
}

fn no_letter() -> Problem {
    let detail =
        "no event waits under this id any more, or none ever did; /v1/dead-letters lists those that wait";
    Problem::new(&DEAD_LETTER_NOT_FOUND, detail)
}
