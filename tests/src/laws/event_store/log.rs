//! Laws of the log that all streams stand in.

use application::ports::EventStore;
use application::ports::event_store::{
    CommandEvents, EventId, LogPage, NewEvent, Position, Recorded, TypeName, Types,
};
use jiff::Timestamp;

use super::EventStoreUnderTest;
use super::samples::{
    HAPPENED, PASSED, append, command, event, positions, proposal, proposal_of, stream, whole_log,
};

/// And a page of it starts and ends nowhere.
pub async fn an_empty_log_ends_at_zero(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();

    let head = store.head().await.expect("the store is there");
    let page = read(&*store, 0, &[], 10).await;

    assert_eq!((head.position, head.event), (Position::START, None));
    let nothing = LogPage {
        log: head.log,
        at_start: None,
        events: Vec::new(),
        scanned_to: Position::START,
        at_end: None,
        head: Position::START,
    };
    assert_eq!(page, nothing);
    assert_eq!(store.read_log_backward(Position::new(1), 10).await.expect("it can be read").events, []);
}

/// By position and id; the log's id does not change.
pub async fn the_head_names_the_last_event(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let before = store.head().await.expect("the store is there");
    append(&*store, proposal(&stream("a"), 0, 3)).await;

    let head = store.head().await.expect("the store is there");

    let last = whole_log(&*store).await.pop().expect("there are events");
    assert_eq!((head.position, head.event), (Position::new(3), Some(last.id)));
    assert_eq!(head.log, before.log);
}

/// A filtered reader that never moves would read the same again for ever.
pub async fn unwanted_types_are_left_out_and_scanned_to_moves_past_them(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append_kinds(&*store, &[HAPPENED, PASSED, PASSED, HAPPENED, PASSED, PASSED]).await;

    let page = read(&*store, 0, &[PASSED], 10).await;
    assert_eq!((positions(&page.events), page.scanned_to.value()), (vec![1, 4], 6));
    let page = read(&*store, 4, &[PASSED], 10).await;
    assert_eq!((positions(&page.events), page.scanned_to.value()), (vec![], 6));
    let page = read(&*store, 0, &[PASSED, HAPPENED], 10).await;
    assert_eq!((positions(&page.events), page.scanned_to.value()), (vec![], 6));
    let page = read(&*store, 0, &[TypeName::of("law.never")], 10).await;
    assert_eq!(positions(&page.events), [1, 2, 3, 4, 5, 6]);
}

/// Whatever is left out of it, and in either direction.
pub async fn a_page_ends_before_a_position_that_is_missing(subject: &dyn EventStoreUnderTest) {
    let Some(store) = with_a_hole(subject).await else { return };

    let page = read(&*store, 0, &[], 10).await;
    assert_eq!((positions(&page.events), page.scanned_to.value(), page.head.value()), (vec![1, 2], 2, 6));
    assert_eq!(page.at_end, Some(page.events[1].id));
    let page = read(&*store, 0, &[HAPPENED], 10).await;
    assert_eq!((positions(&page.events), page.scanned_to.value()), (vec![2], 2));
    assert_eq!(page.at_end, Some(page.events[0].id));
    let page = read(&*store, 3, &[], 10).await;
    assert_eq!((positions(&page.events), page.scanned_to.value()), (vec![4, 5, 6], 6));
    let page = store.read_log_backward(Position::new(9), 10).await.expect("it can be read");
    assert_eq!((positions(&page.events), page.scanned_to.value()), (vec![6, 5, 4], 4));
    assert_eq!(page.at_end, Some(page.events[2].id));
}

/// It is not told that it has caught up, and does not pass it.
pub async fn a_reader_that_comes_to_a_missing_position_is_told_its_number(subject: &dyn EventStoreUnderTest) {
    let Some(store) = with_a_hole(subject).await else { return };

    let unfiltered = store.read_log(Position::new(2), &Types::new(), 10).await;
    let filtered = store.read_log(Position::new(2), &[HAPPENED, PASSED].into_iter().collect(), 10).await;
    let backward = store.read_log_backward(Position::new(4), 10).await;

    for read in [unfiltered, filtered, backward] {
        let error = read.expect_err("position 3 is missing");
        assert_eq!(error.missing_position(), Some(Position::new(3)), "{error:?}");
    }
}

/// Six events, of which the third is missing; none where nobody can take one away.
async fn with_a_hole(subject: &dyn EventStoreUnderTest) -> Option<std::sync::Arc<dyn EventStore>> {
    let store = subject.store();
    append_kinds(&*store, &[HAPPENED, PASSED, HAPPENED, PASSED, HAPPENED, PASSED]).await;
    subject.take_away(Position::new(3)).await.then_some(store)
}

/// Not what is found: a page's cost does not depend on its filter.
pub async fn the_limit_bounds_what_is_scanned(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append_kinds(&*store, &[PASSED, PASSED, PASSED, HAPPENED, HAPPENED]).await;

    let page = read(&*store, 0, &[PASSED], 2).await;
    assert_eq!((positions(&page.events), page.scanned_to.value()), (vec![], 2));
    let page = read(&*store, 2, &[PASSED], 2).await;
    assert_eq!((positions(&page.events), page.scanned_to.value()), (vec![4], 4));
    let page = read(&*store, 0, &[], 2).await;
    assert_eq!((positions(&page.events), page.head.value()), (vec![1, 2], 5));
}

/// So that a reader can see whether its token belongs to this log, also where the filter leaves the event out.
pub async fn a_page_names_the_events_at_both_its_ends(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append_kinds(&*store, &[HAPPENED, PASSED, HAPPENED, PASSED]).await;
    let all = whole_log(&*store).await;

    assert_eq!(ends(&read(&*store, 0, &[PASSED], 2).await), (None, Some(all[1].id)));
    assert_eq!(ends(&read(&*store, 2, &[PASSED], 2).await), (Some(all[1].id), Some(all[3].id)));
    assert_eq!(ends(&read(&*store, 4, &[PASSED], 2).await), (Some(all[3].id), Some(all[3].id)));
}

/// T24a: a token ahead of a log that was restored; its place stays as it is.
pub async fn a_page_from_beyond_the_log_names_nothing(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("a"), 0, 2)).await;

    let page = read(&*store, 9, &[], 10).await;

    assert_eq!(ends(&page), (None, None));
    assert_eq!((page.events, page.scanned_to.value(), page.head.value()), (vec![], 9, 2));
}

/// From a place within the log or from beyond its end.
pub async fn the_log_is_read_backward_newest_first(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("a"), 0, 5)).await;
    let all = whole_log(&*store).await;
    let back = async |before, limit| {
        store.read_log_backward(Position::new(before), limit).await.expect("it can be read")
    };

    let newest = back(1 << 62, 2).await;
    assert_eq!((positions(&newest.events), newest.scanned_to.value()), (vec![5, 4], 4));
    assert_eq!(newest.events, [all[4].clone(), all[3].clone()]);
    let next = back(4, 2).await;
    assert_eq!((positions(&next.events), next.scanned_to.value(), next.head.value()), (vec![3, 2], 2, 5));
    assert_eq!(ends(&next), (Some(all[3].id), Some(all[1].id)));
    assert_eq!(positions(&back(2, 2).await.events), [1]);
    let end = back(1, 2).await;
    assert_eq!((end.events, end.scanned_to.value()), (vec![], 1));
    assert_eq!(back(0, 2).await.events, Vec::<Recorded>::new());
}

/// Clocks jump, so the last event before that time decides, wherever it stands.
pub async fn a_time_leads_to_the_last_position_before_it(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let at = |second| Timestamp::from_second(second).expect("it is a time");
    let events = [100, 300, 200, 400].map(|second| NewEvent { occurred_at: at(second), ..event() });
    let part = CommandEvents { command: command(), events: events.to_vec() };
    append(&*store, proposal_of(&stream("a"), 0, vec![part])).await;

    for (second, position) in [(50, 0), (100, 0), (101, 1), (201, 3), (301, 3), (400, 3), (500, 4)] {
        let found = store.position_at(at(second)).await.expect("the store is there");
        assert_eq!(found, Position::new(position), "second {second}");
    }
}

async fn append_kinds(store: &dyn EventStore, kinds: &[TypeName]) {
    let events = kinds.iter().map(|kind| NewEvent { kind: kind.clone(), ..event() }).collect();
    append(store, proposal_of(&stream("kinds"), 0, vec![CommandEvents { command: command(), events }])).await;
}

async fn read(store: &dyn EventStore, after: u64, unwanted: &[TypeName], limit: usize) -> LogPage {
    let unwanted = Types::from_iter(unwanted.iter().cloned());
    store.read_log(Position::new(after), &unwanted, limit).await.expect("it can be read")
}

const fn ends(page: &LogPage) -> (Option<EventId>, Option<EventId>) {
    (page.at_start, page.at_end)
}
