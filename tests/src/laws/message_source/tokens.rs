//! Laws of tokens: one that does not belong to what is there is refused, and never believed.

use adapters::system_clock::SystemIds;
use application::ports::event_store::{EventId, LogId, Position, Types};
use application::ports::message_source::{SourceError, StartingPoint, Token};
use application::ports::{Ids, MessageSource};
use jiff::Timestamp;

use super::SourceUnderTest;
use super::reading::{A, B, beginning, head, read};
use crate::laws::event_store::samples::positions;

/// The one before all, the other after all that is there now.
pub async fn beginning_and_head_stand_around_everything(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, B, A]).await;
    let (beginning, head) = (beginning(&*source).await, head(&*source).await);
    assert_eq!((beginning.position.value(), beginning.event), (0, None));
    assert_eq!((head.position.value(), head.log), (3, beginning.log));
    let page = read(&*source, &beginning, &[], 10).await;
    assert_eq!((page.next, positions(&page.events)), (head, vec![1, 2, 3]));
    assert_eq!(read(&*source, &head, &[], 10).await.events, []);
}

/// A time long ago stands at the beginning, and one to come at the head.
pub async fn a_time_stands_before_the_first_that_came_then_or_later(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    for _ in 0..3 {
        subject.add(&[A, B]).await;
    }
    let events = read(&*source, &beginning(&*source).await, &[], 10).await.events;
    assert_eq!(events.len(), 6);
    for since in events.iter().map(|event| event.occurred_at) {
        let token = at_time(&*source, since).await;
        let (before, from) =
            events.split_at(events.partition_point(|event| event.position <= token.position));
        assert!(before.iter().all(|event| event.occurred_at < since), "{since}: {before:?}");
        assert!(from[0].occurred_at >= since, "{since}: {from:?}");
        assert_eq!(read(&*source, &token, &[], 10).await.events, from);
    }
    let (long_ago, to_come) = ("1969-12-31T23:59:59.999Z", "2199-01-01T00:00:00Z");
    assert_eq!(at_time(&*source, long_ago.parse().expect("a time")).await, beginning(&*source).await);
    assert_eq!(at_time(&*source, to_come.parse().expect("a time")).await, head(&*source).await);
}

/// After it goes on what lies behind it; a position that is not there is said with what is.
pub async fn a_position_is_a_place_when_it_is_there(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, B, A]).await;
    let all = read(&*source, &beginning(&*source).await, &[], 10).await.events;
    let at = async |position| source.token_at(StartingPoint::Position(position)).await;
    for (count, position) in all.iter().map(|event| event.position).enumerate() {
        let token = at(position).await.expect("it is there");
        assert_eq!(token.position, position);
        assert_eq!(read(&*source, &token, &[], 10).await.events, all[count + 1..]);
    }
    let last = head(&*source).await.position;
    assert_eq!(at(last).await.expect("it is there"), head(&*source).await);
    let error = at(last.plus(1)).await.expect_err("it is not there");
    let said = matches!(error, SourceError::NoSuchPosition { wanted, to, .. } if wanted == last.plus(1) && to == last);
    assert!(said, "{error:?}");
}

async fn at_time(source: &dyn MessageSource, time: Timestamp) -> Token {
    source.token_at(StartingPoint::Time(time)).await.expect("the source is there")
}

/// T24a: whose positions mean something else.
pub async fn a_token_of_another_log_is_refused(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, B]).await;
    let own = read(&*source, &beginning(&*source).await, &[], 1).await.next;
    let other = Token { log: LogId::new(SystemIds.next()), ..own };
    for error in refusals(&*source, &other).await {
        let is_other = matches!(error, SourceError::ForeignLog { expected, found }
            if expected == other.log && found == own.log);
        assert!(is_other && error.is_foreign(), "{error:?}");
    }
    assert_eq!(read(&*source, &own, &[], 10).await.events.len(), 1, "its own token is good still");
}

/// T24a: a log that was restored and grew again has other events at the same positions.
pub async fn a_token_that_names_another_event_is_refused(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A, B]).await;
    let own = read(&*source, &beginning(&*source).await, &[], 1).await.next;
    let other = Token { event: Some(EventId::new(SystemIds.next())), ..own };
    for error in refusals(&*source, &other).await {
        let names_both = matches!(error, SourceError::ForeignToken { position, expected, found }
            if position == own.position && expected == other.event && found == own.event);
        assert!(names_both && error.is_foreign(), "{error:?}");
    }
}

/// T24a: what it names was lost, so it has not just caught up.
pub async fn a_token_beyond_the_end_is_refused(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A]).await;
    let end = head(&*source).await;
    let beyond = Token { position: Position::new(7), event: Some(EventId::new(SystemIds.next())), ..end };
    for error in refusals(&*source, &beyond).await {
        assert!(error.is_foreign(), "{error:?}");
    }
}

/// Nobody jumps over what is gone without being told to.
pub async fn what_is_gone_is_named_from_where_to_where(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    let start = beginning(&*source).await;
    subject.add(&[A, B, A, B]).await;
    let second = read(&*source, &start, &[], 2).await.next;
    if !subject.lose(3).await {
        return;
    }
    for token in [start, second] {
        for error in refusals(&*source, &token).await {
            let is_gone = matches!(error, SourceError::Gone { from, to }
                if from == token.position && to == Position::new(3));
            assert!(is_gone && !error.is_foreign(), "{error:?}");
        }
    }
    let beginning = beginning(&*source).await;
    assert_eq!(beginning.position.value(), 3, "it begins where something is left");
    assert_eq!(positions(&read(&*source, &beginning, &[], 10).await.events), [4]);
}

/// What reading and asking answer.
async fn refusals(source: &dyn MessageSource, token: &Token) -> [SourceError; 2] {
    let read = source.read(token, &Types::new(), 10).await;
    let known = source.knows(token).await;
    [read.expect_err("the token is no good"), known.expect_err("the token is no good")]
}
