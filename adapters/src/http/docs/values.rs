//! The values that requests and answers are made of, as the description says them: the same rules that the domain reads
//! them by.

use domain::INVISIBLE;
use utoipa::ToSchema;
use utoipa::openapi::{Components, ComponentsBuilder};

/// Those that are one line of text.
pub(super) const LINES: [&str; 7] =
    ["PersonName", "Title", "Author", "BookDescription", "Isbn", "Reason", "SearchText"];

/// What a line of text looks like: without control characters, and with something to be seen.
pub(super) fn line_pattern() -> String {
    const CONTROLS: &str = r"\u0000-\u001f\u007f-\u009f";
    let invisible = INVISIBLE.iter().map(|(first, last)| format!("{}-{}", written(*first), written(*last)));
    let invisible: String = invisible.collect();
    format!("^[^{CONTROLS}]*[^\\s{CONTROLS}{invisible}][^{CONTROLS}]*$")
}

/// A character in a pattern; there is no escape beyond U+FFFF that all who read patterns know.
fn written(character: char) -> String {
    let code = u32::from(character);
    if code <= 0xffff { format!("\\u{code:04x}") } else { character.to_string() }
}

/// All of them, for those that no body and no answer brings along.
pub(super) fn components() -> Components {
    let components = ComponentsBuilder::new();
    with_words(with_values(components)).build()
}

macro_rules! values {
    ($($(#[$meta:meta])* $name:ident($of:ty))+) => {$(
        #[derive(ToSchema)]
        $(#[$meta])*
        #[expect(dead_code, reason = "describes a value; the domain has the type that holds it")]
        pub(in super::super) struct $name($of);
    )+

    fn with_values(components: ComponentsBuilder) -> ComponentsBuilder {
        components$(.schema_from::<$name>())+
    }};
}

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($word:ident),+ })+) => {$(
        #[derive(ToSchema)]
        $(#[$meta])*
        #[schema(rename_all = "SCREAMING_SNAKE_CASE")]
        #[expect(dead_code, reason = "describes a value; the domain has the type that holds it")]
        pub(in super::super) enum $name { $($word),+ }
    )+

    fn with_words(components: ComponentsBuilder) -> ComponentsBuilder {
        components$(.schema_from::<$name>())+
    }};
}

values! {
    /// Who a card or an account belongs to.
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", example = "jenny")]
    MemberId(String)

    /// One number is one physical copy.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 1)]
    BookNo(i64)

    /// Points to be moved.
    #[schema(minimum = 1, maximum = 1_000_000, example = 30)]
    Amount(i64)

    /// Without control characters; spaces around it are cut off.
    #[schema(min_length = 1, max_length = 200, example = "제니")]
    PersonName(String)

    /// Without control characters; spaces around it are cut off.
    #[schema(min_length = 1, max_length = 200, example = "누구를 위하여 종을 울리나?")]
    Title(String)

    /// Without control characters; spaces around it are cut off.
    #[schema(min_length = 1, max_length = 200)]
    Author(String)

    /// Without control characters, so one line; spaces around it are cut off.
    #[schema(min_length = 1, max_length = 2_000)]
    BookDescription(String)

    /// As printed. Without control characters; spaces around it are cut off.
    #[schema(min_length = 1, max_length = 32)]
    Isbn(String)

    /// One `@` with something on both sides.
    #[schema(max_length = 254, pattern = r"^\s*[^\s@\u0000-\u001f\u007f-\u009f]+@[^\s@\u0000-\u001f\u007f-\u009f]+\s*$", example = "jenny@example.org")]
    Email(String)

    /// A calendar date, `yyyy-mm-dd`.
    #[schema(format = Date, example = "2026-11-30")]
    Day(String)

    /// A moment, as RFC 3339 writes it.
    #[schema(format = DateTime, example = "2026-11-30T09:30:00Z")]
    Moment(String)

    /// Names a rent, a return or a payment.
    #[schema(pattern = "^(rent|return|clearing)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    ProcessId(String)

    /// A UUID.
    #[schema(format = "uuid")]
    Id(String)

    /// How many items a list gives; 50 when nobody says.
    #[schema(minimum = 1, maximum = 200, example = 50)]
    Limit(u32)

    /// Where a list goes on: `nextCursor` of the piece before, used with the same filters. One that was changed is
    /// refused.
    #[schema(min_length = 32, pattern = "^[0-9a-f]+$")]
    Cursor(String)

    /// Why somebody decided so. Without control characters; spaces around it are cut off.
    #[schema(min_length = 1, max_length = 500, example = "the book was found at the desk")]
    Reason(String)

    /// A place in the log; the first event has 1.
    #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    Position(u64)

    /// How often a stream was written to.
    #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    Version(u64)

    /// A position, or nothing for the end of the log.
    #[schema(pattern = "^[0-9]{0,18}$")]
    PositionOrEnd(String)

    /// The name of a stream: its category and its id.
    #[schema(pattern = "^[!-~]{1,255}$", example = "rental-card-jenny")]
    StreamName(String)

    /// The type of an event.
    #[schema(min_length = 1, max_length = 100, example = "rental-card.item-rented")]
    TypeName(String)

    /// What a title or an author contains, normalised as they are. Without control characters; spaces around it are cut
    /// off.
    #[schema(min_length = 1, max_length = 200)]
    SearchText(String)

    /// `yyyy-mm`, or `all`.
    #[schema(pattern = "^(all|(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2]))$", example = "2026-11")]
    Period(String)

    /// Names one command: the same key with the same body is the same command.
    #[schema(pattern = "^[!-~]{1,255}$")]
    IdempotencyKey(String)

    /// One version in quotes, as `ETag` gave it; a weak one, as some proxies make of it, is taken for the same.
    #[schema(pattern = "^(W/)?\"[0-9]{1,18}\"$")]
    EntityTag(String)
}

words! {
    /// Where a copy stands.
    BookStatus { Entered, Available, Unavailable }

    /// How a copy came to the library.
    Source { Donation, Supply }

    /// What a copy is about.
    Classification { Arts, Computer, Literature }

    /// The house a copy stands in.
    Location { Jeongja, Pangyo }

    /// Whether a card may rent.
    CardStatus { Available, Suspended }

    /// Where an item of a card stands.
    ItemState { Pending, Rented, ReturnPending, Returned }

    /// What a process is about.
    ProcessKind { Rent, Return, Overdue }

    /// How far a process is.
    ProcessStatus { Started, Completed, Compensating, Compensated, NeedsReview, Resolved }

    /// Where a participant of a process stands.
    ParticipantState { Waiting, Done, Refused, Undoing, Undone, UndoRefused }

    /// What a processor does with events.
    ProcessorKind { Projection, Handler, Relay }

    /// Whether a processor goes on. A failed one does not, however long it waits; `waiting` says why, and what helps.
    ProcessorState { Running, Paused, Rebuilding, Failed }
}
