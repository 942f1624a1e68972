//! Laws of delivery: at least once, and in order for each key.

use application::ports::publisher::{OutgoingRecord, PublishError, PublishFailure, Published};
use bytes::Bytes;

use super::PublisherUnderTest;

/// There is nothing that could fail.
pub async fn an_empty_batch_is_published(subject: &dyn PublisherUnderTest) {
    let published = publish(subject, &[]).await;
    assert!(published.contiguous == 0 && published.failed.is_empty(), "{published:?}");
    assert_eq!(subject.records().await, []);
}

/// Key, headers in order, and values and a body that need not be text.
pub async fn records_come_back_as_they_were(subject: &dyn PublisherUnderTest) {
    let record = OutgoingRecord {
        topic: subject.topic().to_owned(),
        key: "j\u{e9}nny:\u{1f4d6}".to_owned(),
        headers: vec![
            ("ce_type".to_owned(), Bytes::from_static(b"law.v1")),
            ("ce_id".to_owned(), Bytes::from_static("\u{e9}".as_bytes())),
            ("raw".to_owned(), Bytes::from_static(b"\xff\0")),
        ],
        body: Bytes::from_static(b"\xff\0{}"),
    };
    assert_all(&publish(subject, std::slice::from_ref(&record)).await, 1);
    assert_eq!(subject.records().await, [record]);
}

/// Within a batch and over batches.
pub async fn records_of_one_key_keep_their_order(subject: &dyn PublisherUnderTest) {
    let all: Vec<_> =
        (0..500).map(|number| record(subject, &format!("key-{}", number % 7), number)).collect();
    for batch in all.chunks(120) {
        assert_all(&publish(subject, batch).await, batch.len());
    }
    let found = subject.records().await;
    for key in (0..7).map(|number| format!("key-{number}")) {
        assert_eq!(of_key(&found, &key), of_key(&all, &key), "{key}");
    }
}

/// T35: the relay died between the acknowledgement and its token.
pub async fn publishing_twice_is_allowed(subject: &dyn PublisherUnderTest) {
    let batch = [record(subject, "a", 1), record(subject, "a", 2)];
    for _ in 0..2 {
        assert_all(&publish(subject, &batch).await, 2);
    }
    let found = subject.records().await;
    assert_eq!(found, [batch.clone(), batch].concat());
}

/// T39: the record is named with its index, everything before it is there, and nothing of its key has overtaken it.
pub async fn a_batch_with_a_record_refused_for_good_says_how_far_it_came(subject: &dyn PublisherUnderTest) {
    let mut batch: Vec<_> = (0..10).map(|number| record(subject, "a", number)).collect();
    subject.refuse_for_good(&mut batch, 6).await;

    let published = publish(subject, &batch).await;

    assert_eq!(published.contiguous, 6, "{published:?}");
    let refused = published
        .failed
        .iter()
        .any(|(index, failure)| *index == 6 && matches!(failure, PublishFailure::Permanent(_)));
    assert!(refused, "{published:?}");
    assert_eq!(subject.records().await, batch[..6]);
}

/// T34, T37: sent again from there, every record is there and first appearances are in order.
pub async fn an_interrupted_batch_says_how_far_it_came_and_goes_on_from_there(
    subject: &dyn PublisherUnderTest,
) {
    let batch: Vec<_> = (0..10).map(|number| record(subject, "a", number)).collect();
    let at_most = subject.interrupt(&batch).await;

    let outcome = subject.publisher().publish(&batch).await;
    let came = match (outcome, at_most) {
        (Ok(published), Some(at_most)) => {
            assert!(published.contiguous <= at_most, "{published:?}");
            assert!(
                published.failed.iter().all(|(_, failure)| matches!(failure, PublishFailure::Transient(_)))
            );
            assert!(!published.failed.is_empty(), "nobody could tell why it stopped");
            published.contiguous
        }
        (Err(PublishError::Unavailable { count, .. }), None) => {
            assert_eq!(count, batch.len());
            0
        }
        (outcome, at_most) => panic!("it was to come to {at_most:?} at most: {outcome:?}"),
    };
    subject.recover().await;

    assert_all(&publish(subject, &batch[came..]).await, batch.len() - came);
    assert_eq!(first_appearances(subject.records().await), batch);
}

fn record(subject: &dyn PublisherUnderTest, key: &str, number: u32) -> OutgoingRecord {
    OutgoingRecord {
        topic: subject.topic().to_owned(),
        key: key.to_owned(),
        headers: vec![("ce_id".to_owned(), number.to_string().into())],
        body: Bytes::from(format!("{{\"number\":{number}}}")),
    }
}

async fn publish(subject: &dyn PublisherUnderTest, batch: &[OutgoingRecord]) -> Published {
    subject.publisher().publish(batch).await.expect("somebody is there")
}

fn assert_all(published: &Published, count: usize) {
    assert!(published.contiguous == count && published.failed.is_empty(), "{count}: {published:?}");
}

fn of_key<'a>(records: &'a [OutgoingRecord], key: &str) -> Vec<&'a OutgoingRecord> {
    records.iter().filter(|record| record.key == key).collect()
}

fn first_appearances(records: Vec<OutgoingRecord>) -> Vec<OutgoingRecord> {
    let mut first = Vec::new();
    for record in records {
        if !first.contains(&record) {
            first.push(record);
        }
    }
    first
}
