//! Kinds of problems, as data: what answers, pages and the API's description are made from. Those that rules of the
//! library lead to stand in `refusals.rs`.

use axum::http::StatusCode;

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct ProblemKind {
    /// Its name: the last part of its `type`.
    pub(in super::super) slug: &'static str,
    /// The status of the answer.
    pub(in super::super) status: u16,
    /// What it is, in a few words.
    pub(in super::super) title: &'static str,
    /// What it means and what to do.
    pub(in super::super) explanation: &'static str,
}

impl ProblemKind {
    /// Its `type`: where its page is.
    pub(in super::super) fn path(&self) -> String {
        format!("/problems/{}", self.slug)
    }

    /// The status of the answer.
    pub(in super::super) fn code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

macro_rules! kinds {
    ($($name:ident = $status:literal $slug:literal $title:literal $explanation:literal)+) => {
        $(pub(in super::super) const $name: ProblemKind =
            ProblemKind { slug: $slug, status: $status, title: $title, explanation: $explanation };)+

        /// All that this file has.
        pub(in super::super) const KINDS: &[&ProblemKind] = &[$(&$name),+];
    };
}

kinds! {
    NOT_FOUND = 404 "not-found"
        "There is nothing at this address"
        "The address is not one of this service. /docs lists those that are."
    NOT_SERVED_HERE = 404 "not-served-here"
        "Another service answers this"
        "The library runs as several services, and this process has only some of them. `service` names the one to ask."
    METHOD_NOT_ALLOWED = 405 "method-not-allowed"
        "The address does not take this method"
        "The header `Allow` of the answer names the methods that it takes."
    PAYLOAD_TOO_LARGE = 413 "body-too-large"
        "The body is too large"
        "A request body may have at most 64 KiB."
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported-media-type"
        "The body is of another media type"
        "Bodies are JSON in UTF-8, sent as application/json and not compressed."
    UNREADABLE_BODY = 400 "unreadable-body"
        "The body cannot be read"
        "The body is not one JSON object, is broken, names a field twice, or is nested deeper than 32 levels. The answer says where."
    UNKNOWN_FIELD = 400 "unknown-field"
        "The body has a field that is not known"
        "Unknown fields are refused, so that a misspelt one is not lost in silence. The answer names the field and those that are known."
    INVALID_FIELDS = 422 "invalid-fields"
        "Fields of the body cannot be used"
        "A field is missing, has another type, or is out of its range. `errors` names each such field with what is wrong."
    INVALID_QUERY = 400 "invalid-query"
        "The query cannot be used"
        "A parameter of the query is not known, stands there twice, or has a value out of its range."
    INVALID_CURSOR = 400 "invalid-cursor"
        "The cursor is not one of this list"
        "A cursor is used as it was given, with the same filters. Start again without one."
    INVALID_HOST = 400 "invalid-host"
        "The request does not say for which host it is"
        "HTTP/1.1 asks for the header Host once, with the name or address under which the service was asked for."
    FOREIGN_HOST = 421 "foreign-host"
        "The request is for another host"
        "The service listens on its own machine only, and is asked for as localhost, by a loopback address, or under the host of an origin that its settings name."
    FOREIGN_POSITION = 400 "foreign-position"
        "The position is of another log"
        "The log is another one than the position is of, or it was restored and went on in another way. `logId` names the one that is here: read it anew, without the position."
    FOREIGN_ORIGIN = 403 "foreign-origin"
        "The request comes from a page of another origin"
        "A browser sent the request for a page that this service did not serve and that its settings do not name."
    INVALID_IDEMPOTENCY_KEY = 400 "invalid-idempotency-key"
        "The idempotency key cannot be used"
        "The header Idempotency-Key stands once and has 1 to 255 visible ASCII characters."
    INVALID_IF_MATCH = 400 "invalid-if-match"
        "The version in If-Match cannot be read"
        "The header If-Match has one version in quotes, as ETag gave it."
    IDEMPOTENCY_KEY_REUSED = 422 "idempotency-key-reused"
        "The idempotency key belongs to another request"
        "This key was used on this route with another body, and what that asked for is done. A new request needs a new key."
    VERSION_MISMATCH = 412 "version-mismatch"
        "The version is not the current one"
        "Somebody changed it since it was read. Read it again, and decide again."
    CONTENDED = 409 "contended"
        "Others kept changing the same thing"
        "The command lost against others several times; this request wrote nothing. Send it again."
    EVENT_TOO_LARGE = 422 "event-too-large"
        "What would be recorded is too large"
        "One event has at most 1 MiB; this request wrote nothing."
    VIEW_BEHIND = 503 "view-behind"
        "The view has not come so far yet"
        "Lists follow the log a little later. The one asked did not reach `minPosition` in time; ask again."
    VIEW_OF_ANOTHER_LOG = 503 "view-of-another-log"
        "The view was built from another log"
        "The log was restored or exchanged, and lists would show what it does not have. An operator puts the right log back, or has the views built again with `rental rebuild-views`."
    TIMED_OUT = 503 "timed-out"
        "The answer took too long"
        "A request is given up after ten seconds. A command may have been done all the same: send it again with the same Idempotency-Key."
    TOO_BUSY = 503 "too-busy"
        "Too many requests are under way"
        "This request did nothing. Send it again after the seconds in Retry-After."
    STOPPING = 503 "stopping"
        "The service is stopping"
        "It takes no more commands. Send the request again; another process, or the next one, answers it."
    STORE_UNAVAILABLE = 503 "store-unavailable"
        "What is stored cannot be reached"
        "A store is away or busy beyond its limits. This request wrote nothing; an earlier one with its Idempotency-Key may have. Try again."
    OUTCOME_UNKNOWN = 503 "outcome-unknown"
        "It is not known what became of the command"
        "The answer of the store was lost, or what the command did before cannot be read now. Send the request again with the same Idempotency-Key to find out."
    STREAM_UNREADABLE = 500 "stream-unreadable"
        "A recorded event cannot be read"
        "The event at `position` of `stream` is not understood by this version; or the log is damaged at `position`, where an event is missing or cannot be right. Everything else goes on; an operator has to look."
    INTERNAL = 500 "internal"
        "The request failed because of a defect"
        "The log of the service has the cause under the id in `instance`."
    PROCESS_NOT_FOUND = 404 "process-not-found"
        "There is no such process"
        "No rent, return or payment has this id."
    EVENT_NOT_FOUND = 404 "event-not-found"
        "There is no such event"
        "The log has no event at this position."
    STREAM_NOT_FOUND = 404 "stream-not-found"
        "There is no such stream"
        "No event was recorded in a stream of this name."
    PROCESSOR_NOT_FOUND = 404 "processor-not-found"
        "There is no such processor"
        "No processor of this process has this name. /v1/processors lists them."
    DEAD_LETTER_NOT_FOUND = 404 "dead-letter-not-found"
        "There is no such dead letter"
        "No event waits under this id: it never did, or it was handled or evicted. /v1/dead-letters lists those that do."
}

pub(super) use kinds;
