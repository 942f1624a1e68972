//! Cursors: where a list goes on, sealed so that one that was changed, or is of another list, is noticed.

use std::fmt::Display;
use std::ops::Range;

use application::ports::event_store::EventId;
use serde::Serialize;
use utoipa::ToSchema;
use xxhash_rust::xxh3::xxh3_64;

use super::current_log::CurrentLog;
use super::docs::values::{Cursor, Id};
use super::problem::{INVALID_CURSOR, Problem};

/// The largest place that a store can keep.
const NUMBER_MAX: u64 = i64::MAX as u64;

/// A piece of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed<T> {
    items: Vec<T>,
    /// Goes on after this piece; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Cursor>, nullable = false)]
    next_cursor: Option<String>,
    /// The log that the positions of the items are of; left out where they have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>, nullable = false)]
    log_id: Option<String>,
}

impl<T> Listed<T> {
    /// The first `limit` of what was read, which is one more when there is more.
    pub(super) fn of<R>(
        mut read: Vec<R>,
        limit: usize,
        cursor: impl Fn(&R) -> String,
        shown: impl FnMut(R) -> T,
    ) -> Self {
        let more = read.len() > limit;
        read.truncate(limit);
        let next_cursor = read.last().filter(|_| more).map(cursor);
        Self::with_cursor(read.into_iter().map(shown).collect(), next_cursor)
    }

    /// A list that is short enough to be given whole.
    pub(super) const fn all(items: Vec<T>) -> Self {
        Self::with_cursor(items, None)
    }

    /// These items, and the cursor to go on with.
    pub(super) const fn with_cursor(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor, log_id: None }
    }

    /// The same, saying that its positions are of this log.
    pub(super) fn of_log(self, log: CurrentLog) -> Self {
        Self { log_id: Some(log.written()), ..self }
    }
}

/// A list with its filters: cursors of one are not cursors of another.
#[derive(Debug, Clone)]
pub(super) struct ListName(String);

impl ListName {
    /// The list with this name, and the filters that were asked for.
    pub(super) fn of(list: &str, filters: impl std::fmt::Debug) -> Self {
        Self(format!("{list} {filters:?}"))
    }

    /// The same list of this log: a cursor of another one does not go on here.
    pub(super) fn in_log(self, log: CurrentLog) -> Self {
        Self(format!("{} {}", self.0, log.id()))
    }

    /// The cursor that goes on after `place`.
    pub(super) fn cursor(&self, place: u64) -> String {
        format!("{place:016x}{:016x}", self.seal(place))
    }

    /// The cursor that goes on after `place`, where this event stands. Where another one stands it is not a cursor of
    /// the list: what was read before is not what is there now.
    pub(super) fn cursor_at(&self, place: u64, event: Option<EventId>) -> String {
        let event = event.map_or_else(String::new, |event| event.to_string());
        format!("{place:016x}{:016x}", self.seal(format_args!("{place} {event}")))
    }

    /// The place that such a cursor says it goes on after; whether it does is known once the event there is.
    pub(super) fn claimed_place(cursor: &str) -> Result<u64, Problem> {
        match (cursor.len(), number(cursor, 0..16)) {
            (32, Some(place)) if place <= NUMBER_MAX => Ok(place),
            _ => Err(not_of_this_list()),
        }
    }

    /// Makes sure that a cursor goes on after `place` in this list, where this event stands.
    pub(super) fn admit(&self, cursor: &str, place: u64, event: Option<EventId>) -> Result<(), Problem> {
        if cursor == self.cursor_at(place, event) { Ok(()) } else { Err(not_of_this_list()) }
    }

    /// The cursor that goes on after a place that is a text.
    pub(super) fn text_cursor(&self, place: &str) -> String {
        let hex: String = place.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{:016x}{hex}", self.seal(place))
    }

    /// The place that such a cursor goes on after.
    pub(super) fn text_place(&self, cursor: &str) -> Result<String, Problem> {
        let (seal, hex) = cursor.split_at_checked(16).unwrap_or_default();
        let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(|at| byte(hex.get(at..at + 2)?)).collect();
        let place = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        place.filter(|place| seal == format!("{:016x}", self.seal(place))).ok_or_else(not_of_this_list)
    }

    /// The place that a cursor goes on after.
    pub(super) fn place(&self, cursor: &str) -> Result<u64, Problem> {
        match (cursor.len(), number(cursor, 0..16), number(cursor, 16..32)) {
            (32, Some(place), Some(seal)) if seal == self.seal(place) => Ok(place),
            _ => Err(not_of_this_list()),
        }
    }

    fn seal(&self, place: impl Display) -> u64 {
        xxh3_64(format!("{} {place}", self.0).as_bytes())
    }
}

fn number(cursor: &str, range: Range<usize>) -> Option<u64> {
    let digits = cursor.get(range)?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16).ok().filter(|_| hex)
}

fn byte(hex: &str) -> Option<u8> {
    let plain = hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    u8::from_str_radix(hex, 16).ok().filter(|_| plain)
}

/// A cursor that was changed, or is of another list or log.
pub(super) fn not_of_this_list() -> Problem {
    let detail = "the cursor is not one that this list gave for these filters, or the log is another one since; start again \
        without one";
    Problem::new(&INVALID_CURSOR, detail)
}

#[cfg(test)]
mod tests {
    use application::ports::event_store::LogId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_piece_has_a_cursor_only_when_there_is_more() {
        let list = ListName::of("numbers", "");
        let piece = |read: Vec<u64>| Listed::of(read, 2, |&n| list.cursor(n), |n| n);
        assert_eq!(piece(vec![1, 2]).next_cursor, None);
        assert_eq!(piece(vec![]).next_cursor, None);
        let full = piece(vec![1, 2, 3]);
        assert_eq!((full.items, full.next_cursor), (vec![1, 2], Some(list.cursor(2))));
    }

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let list = ListName::of("books", "status=ENTERED");
        for place in [0, 1, u64::MAX] {
            assert_eq!(list.place(&list.cursor(place)).unwrap(), place);
        }
    }

    /// T79.
    #[test]
    fn a_cursor_that_was_changed_or_is_of_another_list_is_refused() {
        let list = ListName::of("books", "status=ENTERED");
        let cursor = list.cursor(77);
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert!(list.place(std::str::from_utf8(&changed).unwrap()).is_err(), "{at}");
        }
        assert!(ListName::of("books", "status=AVAILABLE").place(&cursor).is_err());
        for raw in
            ["", "0", "zz", &cursor[..31], &format!("{cursor}0"), "+123456789abcdef+123456789abcdef", "é"]
        {
            assert!(list.place(raw).is_err(), "{raw}");
        }
    }

    /// T116.
    #[test]
    fn a_cursor_of_another_log_or_of_one_that_has_another_event_there_is_refused() {
        let list = |log| ListName::of("events", "").in_log(CurrentLog::of(LogId::new(Uuid::from_u128(log))));
        let event = |id| Some(EventId::new(Uuid::from_u128(id)));
        let cursor = list(1).cursor_at(7, event(9));
        assert_eq!(ListName::claimed_place(&cursor).unwrap(), 7);
        assert!(list(1).admit(&cursor, 7, event(9)).is_ok());
        assert!(list(2).admit(&cursor, 7, event(9)).is_err());
        assert!(list(1).admit(&cursor, 7, event(8)).is_err());
        assert!(list(1).admit(&cursor, 7, None).is_err());
        assert!(list(1).place(&list(2).cursor(7)).is_err());
    }

    /// T79.
    #[test]
    fn a_cursor_of_a_text_leads_back_to_it_and_to_nothing_else() {
        let list = ListName::of("letters", "");
        for place in ["", "a", "\u{1f4d6} \"x\""] {
            assert_eq!(list.text_place(&list.text_cursor(place)).unwrap(), place);
        }
        let cursor = list.text_cursor("abc");
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert!(list.text_place(std::str::from_utf8(&changed).unwrap()).is_err(), "{at}");
        }
        for raw in [
            "",
            "0",
            &cursor[..15],
            &cursor[..21],
            &format!("{cursor}0"),
            &cursor.to_uppercase(),
            "ééééééééé",
        ] {
            assert!(list.text_place(raw).is_err(), "{raw}");
        }
    }
}
