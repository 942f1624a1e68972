//! Every kind of problem, as data: what answers, pages and the API's description are made from.

use axum::http::StatusCode;

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Kind {
    /// Its name: the last part of its `type`.
    pub(in super::super) slug: &'static str,
    /// The status of the answer.
    pub(in super::super) status: u16,
    /// What it is, in a few words.
    pub(in super::super) title: &'static str,
    /// What it means and what to do.
    pub(in super::super) explanation: &'static str,
}

impl Kind {
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
        $(pub(in super::super) const $name: Kind =
            Kind { slug: $slug, status: $status, title: $title, explanation: $explanation };)+

        /// All of them.
        pub(in super::super) const ALL: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    NOT_FOUND = 404 "not-found"
        "There is nothing at this address"
        "The address is not one of this service. /docs lists those that are."
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
        "This key was used on this route with another body. A new request needs a new key."
    VERSION_MISMATCH = 412 "version-mismatch"
        "The version is not the current one"
        "Somebody changed it since it was read. Read it again, and decide again."
    CONTENDED = 409 "contended"
        "Others kept changing the same thing"
        "The command lost against others several times; nothing was written. Send it again."
    EVENT_TOO_LARGE = 422 "event-too-large"
        "What would be recorded is too large"
        "One event has at most 1 MiB; nothing was written."
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
        "Nothing was done. Send the request again after the seconds in Retry-After."
    STOPPING = 503 "stopping"
        "The service is stopping"
        "It takes no more commands. Send the request again; another process, or the next one, answers it."
    STORE_UNAVAILABLE = 503 "store-unavailable"
        "What is stored cannot be reached"
        "A store is away or busy beyond its limits. Nothing was written; try again."
    OUTCOME_UNKNOWN = 503 "outcome-unknown"
        "It is not known whether the command was done"
        "The answer of the store was lost. Send the request again with the same Idempotency-Key to find out."
    STREAM_UNREADABLE = 500 "stream-unreadable"
        "A recorded event cannot be read"
        "The event at `position` of `stream` is not understood by this version. Everything else goes on; an operator has to look."
    INTERNAL = 500 "internal"
        "The request failed because of a defect"
        "The log of the service has the cause under the id in `instance`."
    MEMBER_NOT_FOUND = 404 "member-not-found"
        "There is no such member"
        "Nobody is registered under this id."
    MEMBER_EXISTS = 409 "member-exists"
        "The id belongs to another member"
        "Somebody with other values is registered under this id."
    NOT_ENOUGH_POINTS = 409 "not-enough-points"
        "The balance is too small"
        "The member has fewer points than were to be used."
    BOOK_NOT_FOUND = 404 "book-not-found"
        "There is no such book"
        "No copy was entered under this number."
    BOOK_EXISTS = 409 "book-exists"
        "The number belongs to another book"
        "A copy with other details was entered under this number."
    BOOK_IS_LENT = 409 "book-is-lent"
        "A rental holds the book"
        "While a rental holds a copy, it cannot be put on the shelf or taken out of circulation."
    CARD_NOT_FOUND = 404 "card-not-found"
        "There is no such rental card"
        "No card was issued under this member id."
    CARD_EXISTS = 409 "card-exists"
        "The card belongs to another name"
        "A card with another name was issued under this member id."
    CARD_SUSPENDED = 409 "card-suspended"
        "The card is suspended"
        "A late fee is owed, or an overdue book is still out. Return the book and clear the fee."
    TOO_MANY_BOOKS = 409 "too-many-books"
        "As many books are out as a card allows"
        "One has to be returned first."
    BOOK_ALREADY_HELD = 409 "book-already-held"
        "The book is on this card already"
        "It is pending, rented, or on its way back."
    BOOK_NOT_HELD = 409 "book-not-held"
        "The book is not held by this card"
        "Only a held book can be returned or marked overdue."
    RENTAL_PENDING = 409 "rental-pending"
        "The rent is not confirmed yet"
        "A book can be returned once its rent is confirmed; the process in `processId` shows how far that is."
    RETURN_BEFORE_RENT = 409 "return-before-rent"
        "The return lies before the rent"
        "A book cannot come back on a day before it went out."
    NOT_YET_DUE = 409 "not-yet-due"
        "The book is not overdue"
        "It can be marked overdue from the day after its due date."
    NO_FEE = 409 "no-fee"
        "There is nothing to pay"
        "The card owes no late fee."
    BOOKS_STILL_HELD = 409 "books-still-held"
        "Books have to come back first"
        "The late fee can be paid when no book is on the card."
    FEE_MISMATCH = 409 "fee-mismatch"
        "The offer is not the late fee"
        "The late fee is paid exactly and at once."
    CLEARING_PENDING = 409 "clearing-pending"
        "A payment is under way"
        "One payment of the late fee at a time; the process in `processId` shows how far it is."
    RENTAL_CANCELLED = 409 "rental-cancelled"
        "The rent was cancelled"
        "The book or the points refused. `reason` says why; the book is not on the card."
    RETURN_CANCELLED = 409 "return-cancelled"
        "The return was cancelled"
        "The book or the points refused. `reason` says why; the book is on the card as before."
    CLEARING_REFUSED = 409 "clearing-refused"
        "The payment was refused"
        "The points were not paid. `reason` says why; the late fee is owed as before."
    NO_SUCH_ATTEMPT = 409 "no-such-attempt"
        "No open attempt fits"
        "The card has no open attempt that this answer fits."
    NOT_IN_REVIEW = 409 "not-in-review"
        "The process is not in review"
        "Only a process in review can be resolved by hand."
    CANNOT_CONFIRM = 409 "cannot-confirm"
        "The process cannot be confirmed any more"
        "It was cancelled, and what it needs is gone. Resolve it as cancelled."
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
