//! Laws of what was said about single events for good.

use std::collections::BTreeMap;

use application::ports::dead_letters::EventOverride;
use application::ports::token_store::ProcessorName;
use bytes::Bytes;

use super::TokenStoreUnderTest;
use super::samples::{CATALOGUE, Worker, event_id, token};

/// T54: an edit may follow an eviction, and the other way round.
pub async fn the_last_word_on_an_event_counts(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    let edited = EventOverride::Edited(Bytes::from_static(b"\xffnot text\0"));
    let said =
        [(1, EventOverride::Skipped), (2, edited.clone()), (1, edited.clone()), (2, EventOverride::Skipped)];
    for (position, event_override) in said {
        tokens.put_override(&CATALOGUE, event_id(position), event_override).await.expect("it can be kept");
    }

    let found = tokens.overrides(&CATALOGUE).await.expect("the token store is there");

    assert_eq!(found, BTreeMap::from([(event_id(1), edited), (event_id(2), EventOverride::Skipped)]));
}

/// T54: a replay honours them.
pub async fn overlays_outlast_a_rebuild_and_belong_to_one_processor(subject: &dyn TokenStoreUnderTest) {
    let worker = Worker::on(subject.tokens()).await;
    let tokens = &worker.tokens;
    tokens.put_override(&CATALOGUE, event_id(1), EventOverride::Skipped).await.expect("it can be kept");
    tokens.start_rebuild(&CATALOGUE, token(0)).await.expect("it is known");
    tokens.switch(&CATALOGUE, false).await.expect("both are at the beginning");

    let found = tokens.overrides(&CATALOGUE).await.expect("the token store is there");
    assert_eq!(found, BTreeMap::from([(event_id(1), EventOverride::Skipped)]));
    let other = tokens.overrides(&ProcessorName::of("loans")).await.expect("the token store is there");
    assert_eq!(other, BTreeMap::new());
}
