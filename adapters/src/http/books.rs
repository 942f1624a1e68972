//! The catalogue.

mod document;

use application::commands::Executed;
use application::ports::catalogue_view::{BookQuery, CatalogueRow};
use application::reactions::CATALOGUE;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::book::{Book, BookCommand, BookDetails, BookStatus, Classification, Location, Source};
use domain::{Author, BookNo, Description, Isbn, SearchText, Title};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::body::{Body, date, flag, number, text, word};
use super::command::{CommandHeaders, Written, done, located, no_effect};
use super::conditional::IfNoneMatch;
use super::current_log::CurrentLog;
use super::cursor::{ListName, Listed};
use super::docs::{ProblemBody, values};
use super::edge::RequestPermit;
use super::path::PathSegment;
use super::problem::{BOOK_NOT_FOUND, Problem};
use super::query::{Parameters, passed, wrong};
use document::{BookChanged, BookDocument, BookListed, NewBook};

/// What is asked of books.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(enter, books))
        .routes(routes!(book))
        .routes(routes!(make_available))
        .routes(routes!(withdraw))
}

const FIELDS: [&str; 10] = [
    "no",
    "title",
    "author",
    "description",
    "isbn",
    "publicationDate",
    "source",
    "classification",
    "location",
    "available",
];

/// Enters a copy into the catalogue. The same again changes nothing.
#[utoipa::path(post, path = "/v1/books", tag = "books", request_body = NewBook,
    params(("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 201, description = "Entered", body = BookChanged),
        (status = 200, description = "Entered before with the same values", body = BookChanged),
        (status = 409, description = "book-exists", body = ProblemBody)))]
pub(super) async fn enter(
    State(api): State<Api>,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    let (details, available) = new_book(&body)?;
    let (no, log) = (details.no, headers.log);
    let command = BookCommand::Enter { details, available };
    let executed = api.books.ask(&no, command, headers.context(&body)).await?;
    let status = if executed.events.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
    let answer = done(&executed, status, changed(&executed, log)?);
    located(answer, &format!("/v1/books/{no}"))
}

/// One copy, always up to date.
#[utoipa::path(get, path = "/v1/books/{no}", tag = "books",
    params(("no" = values::BookNo, Path), ("if-none-match" = Option<String>, Header, example = "\"3\"")),
    responses(
        (status = 200, description = "The copy; ETag is its version", body = BookDocument),
        (status = 304, description = "It has the version that If-None-Match names"),
        (status = 404, description = "book-not-found", body = ProblemBody)))]
pub(super) async fn book(
    State(api): State<Api>,
    no: PathSegment,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let no = no.book()?;
    let current = api.books.current(&no).await?;
    let document = BookDocument::of(&current.state, current.version).ok_or_else(|| not_found(no))?;
    Ok(known.answer(current.version, document))
}

/// Copies by number; `search` looks into title and author.
#[utoipa::path(get, path = "/v1/books", tag = "books",
    params(("search" = Option<values::SearchText>, Query), ("status" = Option<values::BookStatus>, Query),
        ("limit" = Option<values::Limit>, Query), ("cursor" = Option<values::Cursor>, Query), ("minPosition" = Option<values::Position>, Query),
        ("logId" = Option<values::Id>, Query)),
    responses(
        (status = 200, description = "A piece of the catalogue", body = Listed<BookListed>),
        (status = 503, description = "view-behind", body = ProblemBody)))]
pub(super) async fn books(
    State(api): State<Api>,
    log: CurrentLog,
    turn: RequestPermit,
    uri: Uri,
) -> Result<Json<Listed<BookListed>>, Problem> {
    let query = Parameters::read(&uri, &["search", "status", "limit", "cursor", "minPosition", "logId"])?;
    let (search, limit) = (query.parsed("search", SearchText::parse)?, query.limit()?);
    let status = query.word::<BookStatus>("status")?;
    let search = search.map(|text| text.as_str().to_owned());
    let list = ListName::of("books", (&search, status)).in_log(log);
    let after = query.text("cursor").map(|cursor| list.place(cursor)).transpose()?;
    let after = after.map(book_no).transpose()?;
    passed(&api, log, &turn, &CATALOGUE, &query).await?;
    let rows = api.queries.books(&BookQuery { search, status, after }, limit + 1).await?;
    let cursor = |row: &CatalogueRow| list.cursor(row.no.value().unsigned_abs());
    Ok(Json(Listed::of(rows, limit, cursor, BookListed::of)))
}

/// Puts a copy on the shelf.
#[utoipa::path(post, path = "/v1/books/{no}/available", tag = "books",
    params(("no" = values::BookNo, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 200, description = "On the shelf", body = BookChanged),
        (status = 404, description = "book-not-found", body = ProblemBody),
        (status = 409, description = "book-is-lent", body = ProblemBody)))]
pub(super) async fn make_available(
    State(api): State<Api>,
    no: PathSegment,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    change(&api, &no, BookCommand::MakeAvailable, headers, &body).await
}

/// Takes a copy out of circulation.
#[utoipa::path(post, path = "/v1/books/{no}/unavailable", tag = "books",
    params(("no" = values::BookNo, Path), ("idempotency-key" = Option<values::IdempotencyKey>, Header), ("if-match" = Option<values::EntityTag>, Header)),
    responses(
        (status = 200, description = "Out of circulation", body = BookChanged),
        (status = 404, description = "book-not-found", body = ProblemBody),
        (status = 409, description = "book-is-lent", body = ProblemBody)))]
pub(super) async fn withdraw(
    State(api): State<Api>,
    no: PathSegment,
    headers: CommandHeaders,
    body: Body,
) -> Result<Response, Problem> {
    change(&api, &no, BookCommand::Withdraw, headers, &body).await
}

async fn change(
    api: &Api,
    no: &PathSegment,
    command: BookCommand,
    headers: CommandHeaders,
    body: &Body,
) -> Result<Response, Problem> {
    let (no, log) = (no.book()?, headers.log);
    body.nothing()?;
    let executed = api.books.ask(&no, command, headers.context(body)).await?;
    Ok(done(&executed, StatusCode::OK, changed(&executed, log)?))
}

fn new_book(body: &Body) -> Result<(BookDetails, bool), Problem> {
    let mut fields = body.fields(&FIELDS)?;
    let no = fields.required("no", number(BookNo::parse));
    let title = fields.required("title", text(Title::parse));
    let author = fields.optional("author", text(Author::parse));
    let description = fields.optional("description", text(Description::parse));
    let isbn = fields.optional("isbn", text(Isbn::parse));
    let publication_date = fields.optional("publicationDate", date);
    let source = fields.optional::<Source>("source", word);
    let classification = fields.optional::<Classification>("classification", word);
    let location = fields.optional::<Location>("location", word);
    let available = fields.optional("available", flag).unwrap_or_default();
    fields.finish(|| {
        let (no, title) = (no?, title?);
        let details = BookDetails {
            no,
            title,
            author,
            description,
            isbn,
            publication_date,
            source,
            classification,
            location,
        };
        Some((details, available))
    })
}

/// What a copy is never changes; its status is that after what was recorded, so that a repeat shows what the first
/// answer showed.
fn changed(executed: &Executed<Book>, log: CurrentLog) -> Result<BookChanged, Problem> {
    let Book::Entered { details, standing } = &*executed.state else {
        return Err(no_effect("changing a book"));
    };
    let status = document::status_after(&executed.events).unwrap_or_else(|| standing.status());
    Ok(BookChanged::of(details, status, Written::of(executed, log)))
}

fn book_no(place: u64) -> Result<BookNo, Problem> {
    let number = i64::try_from(place).unwrap_or(i64::MAX);
    BookNo::parse(number).map_err(|error| wrong(format!("the cursor names no book: {error}")))
}

fn not_found(no: BookNo) -> Problem {
    Problem::new(&BOOK_NOT_FOUND, format!("no book has number {no}; enter it first"))
}
