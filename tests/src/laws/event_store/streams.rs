//! Laws of one stream.

use adapters::system_clock::SystemIds;
use application::ports::Ids;
use std::sync::Arc;

use application::ports::event_store::{
    AppendOutcome, CommandEvents, CommandId, EventId, LoadFrom, MissingVersion, NewEvent, Position, Recorded,
    StoreError, StreamAppend, StreamName, TypeName, Types, Version,
};
use bytes::Bytes;
use futures::future::join_all;
use jiff::Timestamp;

use super::EventStoreUnderTest;
use super::samples::{
    append, append_one, command, events_of, positions, proposal, proposal_of, stream, versions, whole_log,
};

/// A stream nobody wrote to has head 0, no event and no snapshot.
pub async fn a_new_stream_is_empty(subject: &dyn EventStoreUnderTest) {
    let loaded =
        subject.store().load(&stream("new"), LoadFrom::Snapshot, 10).await.expect("it can be loaded");

    assert_eq!(loaded.head, Version::START);
    assert_eq!(loaded.events, Vec::new());
    assert_eq!(loaded.snapshot, None);
}

/// By name, those of the category only, however long they are; a reader goes on where it stopped.
pub async fn streams_of_a_category_come_by_name(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let names = ["a-2", "b-1", "a-10", "a.x", "a-é", "aa-1", "a-B", "a-b", "a-1"];
    for name in names.iter().filter_map(|name| StreamName::parse(name)) {
        append(&*store, proposal(&name, 0, 2)).await;
    }
    for version in 2..=500 {
        append(&*store, proposal(&named("a-10"), version, 1)).await;
    }
    let found = async |category: &str, after: Option<&str>, limit| {
        let after = after.map(named);
        let found = store.streams_of(category, after.as_ref(), limit).await.expect("they can be looked for");
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };

    assert_eq!(found("a", None, 10).await, ["a-1", "a-10", "a-2", "a-B", "a-b"]);
    assert_eq!(found("a", None, 2).await, ["a-1", "a-10"]);
    assert_eq!(found("a", Some("a-10"), 2).await, ["a-2", "a-B"]);
    assert_eq!(found("a", Some("a-1x"), 1).await, ["a-2"]);
    assert_eq!(found("a", Some("Z"), 1).await, ["a-1"]);
    assert!(found("a", Some("a-b"), 10).await.is_empty());
    assert!(found("a", Some("b"), 10).await.is_empty());
    assert_eq!(found("aa", None, 10).await, ["aa-1"]);
    assert!(found("a-", None, 10).await.is_empty());
    assert!(found("a", None, 0).await.is_empty());
}

fn named(name: &str) -> StreamName {
    StreamName::parse(name).expect("it is a name")
}

/// Both count from 1, and each stream has its own versions.
pub async fn versions_and_positions_start_at_one(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let first = append(&*store, proposal(&stream("a"), 0, 2)).await;
    let second = append(&*store, proposal(&stream("b"), 0, 1)).await;

    assert_eq!((first, second), (Position::new(1), Position::new(3)));
    assert_eq!(versions(&events_of(&*store, &stream("a")).await), [1, 2]);
    assert_eq!(versions(&events_of(&*store, &stream("b")).await), [1]);
}

/// The answer names the version the stream has.
pub async fn a_stale_version_is_refused_and_writes_nothing(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("a"), 0, 2)).await;

    let outcome = append_one(&*store, proposal(&stream("a"), 1, 3)).await;

    assert_eq!(outcome, AppendOutcome::Conflict { actual: Version::new(2) });
    assert_eq!(positions(&whole_log(&*store).await), [1, 2]);
}

/// Also when the stream does not exist: a log that shrank must not be continued.
pub async fn a_version_ahead_of_the_stream_is_refused(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();

    let outcome = append_one(&*store, proposal(&stream("a"), 1, 1)).await;

    assert_eq!(outcome, AppendOutcome::Conflict { actual: Version::START });
    assert_eq!(whole_log(&*store).await, Vec::new());
}

/// T101: whoever folded the rest would decide on a state that never was. What lies behind the gap can be read from
/// there on.
pub async fn a_stream_with_a_gap_is_read_by_nobody_over_the_gap(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("a"), 0, 4)).await;
    if !subject.take_away(Position::new(2)).await {
        return;
    }

    for (from, limit) in [(LoadFrom::Snapshot, 9), (LoadFrom::Version(Version::START), 9)] {
        let error = store.load(&stream("a"), from, limit).await.expect_err("version 2 is missing");
        let StoreError::Corrupt { source, .. } = error else { panic!("{error:?}") };
        assert_eq!(source.downcast_ref(), Some(&MissingVersion(Version::new(2))), "{source:?}");
    }
    let error = store.load(&stream("a"), LoadFrom::Version(Version::new(1)), 1).await;
    assert!(matches!(error, Err(StoreError::Corrupt { .. })), "{error:?}");
    let before = store.load(&stream("a"), LoadFrom::Version(Version::START), 1).await;
    assert_eq!(versions(&before.expect("it has no gap").events), [1]);
    let behind = store.load(&stream("a"), LoadFrom::Version(Version::new(2)), 9).await;
    assert_eq!(versions(&behind.expect("it has no gap").events), [3, 4]);
}

/// T100: a log that was restored and has grown again has the same versions and other events. Whoever else is in the
/// call is left alone, and so is whoever names no event.
pub async fn a_proposal_that_names_another_event_than_the_last_is_refused(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("a"), 0, 2)).await;
    append(&*store, proposal(&stream("b"), 0, 2)).await;
    let first = events_of(&*store, &stream("a")).await[0].id;
    let naming = |name: &str, expected, event| StreamAppend {
        expected_event: Some(event),
        ..proposal(&stream(name), expected, 1)
    };
    let vanished = EventId::new(SystemIds.next());

    let outcomes = store
        .append(vec![
            naming("a", 2, first),
            proposal(&stream("b"), 2, 1),
            naming("c", 0, vanished),
            proposal(&stream("d"), 0, 1),
        ])
        .await
        .expect("the store is there");

    let expected = [
        AppendOutcome::Conflict { actual: Version::new(2) },
        AppendOutcome::Appended { first: Position::new(5) },
        AppendOutcome::Conflict { actual: Version::START },
        AppendOutcome::Appended { first: Position::new(6) },
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(append_one(&*store, naming("a", 2, vanished)).await, expected[0]);
    assert_eq!(positions(&whole_log(&*store).await), [1, 2, 3, 4, 5, 6]);
}

/// As everybody does who knows the state a decision rests on.
pub async fn a_proposal_that_names_the_last_event_is_stored(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    for round in 0..3 {
        let last = events_of(&*store, &stream("a")).await.last().map(|event| event.id);
        let named = StreamAppend { expected_event: last, ..proposal(&stream("a"), round * 2, 2) };
        let calls = vec![proposal(&stream("b"), round, 1), named];

        let outcomes = store.append(calls).await.expect("the store is there");

        assert_eq!(
            outcomes[1],
            AppendOutcome::Appended { first: Position::new(round * 3 + 2) },
            "round {round}"
        );
    }
    assert_eq!(versions(&events_of(&*store, &stream("a")).await), [1, 2, 3, 4, 5, 6]);
}

/// T1, T2.
pub async fn of_twenty_racing_writers_one_wins(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("hot"), 0, 1)).await;

    let races = (0..20).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { append_one(&*store, proposal(&stream("hot"), 1, 1)).await })
    });
    let outcomes: Vec<_> = join_all(races).await.into_iter().map(|race| race.expect("it ends")).collect();

    let won = AppendOutcome::Appended { first: Position::new(2) };
    let lost = AppendOutcome::Conflict { actual: Version::new(2) };
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == won).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == lost).count(), 19, "{outcomes:?}");
    assert_eq!(versions(&events_of(&*store, &stream("hot")).await), [1, 2]);
}

/// Prefixes, other case, and characters that mean something to a database.
pub async fn streams_whose_names_look_alike_stay_apart(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let names = ["a", "A", "a1", "a-1", "a_1", "a%", "a'--", "a.b", "a$c", "{\"$ne\":1}"];
    for (name, count) in names.iter().zip(1..) {
        append(&*store, proposal(&stream(name), 0, count)).await;
    }

    for (name, count) in names.iter().zip(1..) {
        let events = events_of(&*store, &stream(name)).await;
        assert_eq!(events.len(), count, "stream {name}");
        assert!(events.iter().all(|event| event.stream == stream(name)), "stream {name}");
    }
}

/// The head is that of the stream, wherever the page ends.
pub async fn a_stream_is_loaded_after_the_version_asked_up_to_the_limit(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    append(&*store, proposal(&stream("a"), 0, 5)).await;
    let load = async |after, limit| {
        let from = LoadFrom::Version(Version::new(after));
        let loaded = store.load(&stream("a"), from, limit).await.expect("it can be loaded");
        assert_eq!(loaded.head, Version::new(5));
        versions(&loaded.events)
    };

    assert_eq!(load(0, 2).await, [1, 2]);
    assert_eq!(load(2, 2).await, [3, 4]);
    assert_eq!(load(4, 2).await, [5]);
    assert!(load(5, 2).await.is_empty());
    assert!(load(9, 2).await.is_empty());
}

/// So that a reader can see whether what it knows of the stream still stands there.
pub async fn a_stream_that_is_loaded_after_a_version_names_the_event_there(
    subject: &dyn EventStoreUnderTest,
) {
    let store = subject.store();
    append(&*store, proposal(&stream("a"), 0, 3)).await;
    append(&*store, proposal(&stream("b"), 0, 5)).await;
    let ids: Vec<_> = events_of(&*store, &stream("a")).await.iter().map(|event| Some(event.id)).collect();
    let at = async |name: &str, from| {
        store.load(&stream(name), from, 10).await.expect("it can be loaded").at_start
    };

    for (version, expected) in [(0, None), (1, ids[0]), (2, ids[1]), (3, ids[2]), (4, None), (1 << 40, None)]
    {
        assert_eq!(at("a", LoadFrom::Version(Version::new(version))).await, expected, "version {version}");
    }
    assert_eq!(at("nobody", LoadFrom::Version(Version::new(1))).await, None);
    assert_eq!(at("a", LoadFrom::Snapshot).await, None);
}

/// Payload and metadata need not be text, and every other field comes back as it was given.
pub async fn an_event_comes_back_byte_for_byte(subject: &dyn EventStoreUnderTest) {
    let store = subject.store();
    let stream = stream("a");
    for (version, payload) in (0..).zip(payloads()) {
        let event = odd_event(payload);
        let part = CommandEvents { command: command(), events: vec![event.clone()] };
        let expected = recorded(event, &stream, version + 1, part.command);

        append(&*store, proposal_of(&stream, version, vec![part])).await;

        assert_eq!(events_of(&*store, &stream).await.pop(), Some(expected));
    }
    assert_eq!(whole_log(&*store).await, events_of(&*store, &stream).await, "both ways of reading agree");
}

/// T20: no page is longer than its limit, so memory stays bounded whatever the stream's length.
pub async fn a_hundred_thousand_events_in_one_stream_are_read_page_by_page(
    subject: &dyn EventStoreUnderTest,
) {
    const EVENTS: u64 = 100_000;
    const PAGE: usize = 500;
    let store = subject.store();
    for batch in 0..EVENTS / 1000 {
        append(&*store, proposal(&stream("long"), batch * 1000, 1000)).await;
    }

    let mut read = 0;
    while read < EVENTS {
        let from = LoadFrom::Version(Version::new(read));
        let loaded = store.load(&stream("long"), from, PAGE).await.expect("it can be loaded");
        assert_eq!(loaded.head, Version::new(EVENTS));
        assert_eq!(versions(&loaded.events), (read + 1..=read + PAGE as u64).collect::<Vec<_>>());
        read += PAGE as u64;
    }
    let page =
        store.read_log(Position::new(EVENTS - 700), &Types::new(), PAGE).await.expect("it can be read");
    assert_eq!(page.events.len(), PAGE);
}

fn payloads() -> [Bytes; 6] {
    [
        Bytes::from_static(b"{\"b\": 1,  \"a\":2, \"a\": 3, \"n\": 1.0e400}"),
        Bytes::from_static(b"\xff\xfe\x00\x80 not text"),
        Bytes::from_static(b"\0"),
        Bytes::from_static(b""),
        Bytes::from_static("{\"title\":\"\u{1f4d6} \u{202e}cba\\u0000\"}".as_bytes()),
        (0..=u8::MAX).collect(),
    ]
}

fn odd_event(payload: Bytes) -> NewEvent {
    NewEvent {
        id: EventId::new(SystemIds.next()),
        kind: TypeName::of("law.odd"),
        revision: 7,
        metadata: payload.clone(),
        payload,
        occurred_at: Timestamp::from_microsecond(1_234_567_890_123_456).expect("it is a time"),
    }
}

fn recorded(event: NewEvent, stream: &StreamName, place: u64, command: CommandId) -> Recorded {
    Recorded {
        position: Position::new(place),
        stream: stream.clone(),
        version: Version::new(place),
        id: event.id,
        command: Some(command),
        kind: event.kind,
        revision: event.revision,
        payload: event.payload,
        metadata: event.metadata,
        occurred_at: event.occurred_at,
    }
}
