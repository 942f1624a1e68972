//! Where a cursor goes on, once the log is seen to have there what it had when the cursor was given. What a restored
//! log has there instead is not what the reader has seen, so lines would be left out or shown twice.

use application::ports::event_store::{Position, StreamName, Version};

use super::Api;
use super::current_log::CurrentLog;
use super::cursor::{ListName, not_of_this_list};
use super::problem::Problem;

/// The position that a cursor of this list goes on from.
pub(super) async fn position_of(api: &Api, list: &ListName, cursor: &str) -> Result<Position, Problem> {
    let position = Position::new(ListName::claimed_place(cursor)?);
    let token = api.queries.token_at(position).await?.ok_or_else(not_of_this_list)?;
    let list = list.clone().in_log(CurrentLog::of(token.log));
    list.admit(cursor, position.value(), token.event)?;
    Ok(position)
}

/// The cursor of this list that goes on from a position, as [`position_of`] takes it.
pub(super) async fn cursor_from(
    api: &Api,
    list: &ListName,
    log: CurrentLog,
    position: Position,
) -> Result<String, Problem> {
    // A log that has lost the position meanwhile refuses the cursor.
    let (log, event) = match api.queries.token_at(position).await? {
        Some(token) => (CurrentLog::of(token.log), token.event),
        None => (log, None),
    };
    Ok(list.clone().in_log(log).cursor_at(position.value(), event))
}

/// The version of a stream that a cursor of this list goes on after.
pub(super) async fn version_of(
    api: &Api,
    list: &ListName,
    stream: &StreamName,
    cursor: &str,
) -> Result<Version, Problem> {
    let place = ListName::claimed_place(cursor)?;
    let before = Version::new(place.checked_sub(1).ok_or_else(not_of_this_list)?);
    let events = api.queries.stream(stream, before, 1).await?;
    let last = events.first().filter(|event| event.version.value() == place).map(|event| event.id);
    list.admit(cursor, place, last)?;
    Ok(Version::new(place))
}
