//! The API's own description: OpenAPI, pages to try it, and a page for each problem.

mod completed;
pub(super) mod values;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{InfoBuilder, OpenApi as Document, OpenApiBuilder};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::path::PathSegment;
use super::problem::{NOT_FOUND, Problem, all, page};

/// A problem, as RFC 9457 describes it; each kind may have members of its own.
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemBody {
    /// `/problems/…`, where its page is.
    #[serde(rename = "type")]
    #[schema(example = "/problems/card-suspended")]
    kind: String,
    title: String,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What was found, and what to do.
    detail: String,
    /// The request's id.
    instance: String,
    /// Each field that cannot be used, with what is wrong.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<WrongField>>,
}

/// A field of a body that cannot be used.
#[derive(Serialize, ToSchema)]
struct WrongField {
    field: String,
    message: String,
}

/// The description without its routes.
pub(super) fn described() -> Document {
    let info = InfoBuilder::new()
        .title("Rental library")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(description()));
    let tags = [
        ("members", "Members and their points"),
        ("books", "The catalogue"),
        ("rental cards", "Issuing cards, renting, returning, paying late fees"),
        ("processes", "How far each rent, return and payment is"),
        ("best-sellers", "The ranking"),
        ("log", "Everything that happened"),
        ("processors", "Who follows the log, and how far they are"),
        ("dead letters", "What could not be handled, and why"),
        ("health", "Probes and numbers"),
    ];
    let tags = tags.map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build());
    let problems = Extensions::from_iter([("x-problems", problems())]);
    let document = OpenApiBuilder::new().info(info).tags(Some(tags)).components(Some(values::components()));
    let mut document = document.build();
    document.extensions = Some(problems);
    document
}

/// The description with what is the same on every route of a kind.
pub(super) fn completed(mut document: Document) -> Document {
    completed::complete(&mut document);
    document
}

/// The catalogue of problems for programs.
fn problems() -> Value {
    let all = all().map(|kind| {
        json!({ "slug": kind.slug, "status": kind.status, "title": kind.title, "explanation": kind.explanation })
    });
    all.collect()
}

/// `/openapi.json`, and `/docs` with everything it needs in the binary.
pub(super) fn pages(document: Document) -> Router {
    let config = Config::default().validator_url("none").try_it_out_enabled(true);
    let pages = Router::from(SwaggerUi::new("/docs").url("/openapi.json", document).config(config));
    pages.layer(map_response(as_problem))
}

/// A page that is not there is answered without a body, and is a problem like everything else that is not.
async fn as_problem(answer: Response) -> Response {
    if answer.status() != StatusCode::NOT_FOUND {
        return answer;
    }
    Problem::new(&NOT_FOUND, "there is no such page; /docs lists what there is").into_response()
}

/// The page of a kind of problem.
#[utoipa::path(get, path = "/problems/{slug}", tag = "health", params(("slug" = String, Path)),
    responses(
        (status = 200, description = "What the problem means", body = String, content_type = "text/html"),
        (status = 404, description = "not-found", body = ProblemBody)))]
pub(super) async fn problem(slug: PathSegment) -> Result<Response, Problem> {
    match all().find(|kind| kind.slug == slug.text()) {
        Some(kind) => Ok(Html(page(kind)).into_response()),
        None => Err(Problem::new(&NOT_FOUND, "no kind of problem has this name; /docs lists them")),
    }
}

fn description() -> String {
    let mut text = "Refusals and failures are `application/problem+json`. A POST may carry `Idempotency-Key`: sent \
        again with the same body it gets its first answer. A request that was refused, or changed nothing, leaves its \
        key free and is decided anew. `If-Match` with an `ETag` makes a command insist on a \
        version. A whole number in a body may be written with a fraction or an exponent below 2^52: `1.0` is 1.\n\n| problem | status | meaning |\n|---|---|---|\n"
        .to_owned();
    for kind in all() {
        text.push_str(&format!("| [{0}](/problems/{0}) | {1} | {2} |\n", kind.slug, kind.status, kind.title));
    }
    text
}
