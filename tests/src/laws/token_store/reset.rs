//! Laws of a processor that an operator has go on from another place.

use std::sync::Arc;

use application::ports::dead_letters::{DeadLetterKind, DeadLetterQuery};
use application::ports::event_store::LogId;
use application::ports::message_source::Token;
use application::ports::processor_admin::Desired;
use application::ports::token_store::{ProcessorName, Segment, TokenError};
use uuid::Uuid;

use super::TokenStoreUnderTest;
use super::fencing::assert_fenced;
use super::samples::{CATALOGUE, Worker, kept, letters, state_of, token};
use crate::stores::TokenAdapter;

/// Backward as well as ahead. Whoever had not heard of the pause yet writes nothing any more.
pub async fn a_paused_processor_goes_on_from_where_it_is_put(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(2, token(0))).await.expect("it can be registered");
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    let [even, odd] = [0, 1].map(|id| Segment { id, mask: 1 });
    Worker::at(Arc::clone(&tokens), &CATALOGUE, live, even).await.move_to(7).await;
    let mut owner = Worker::at(Arc::clone(&tokens), &CATALOGUE, live, odd).await;
    owner.move_to(9).await;

    for place in [3, 20, 0] {
        pause(&*tokens).await;
        assert_eq!(tokens.reset(&CATALOGUE, token(place)).await.expect("it is paused"), 0);

        assert_fenced(&mut owner).await;
        let segments = state_of(&*tokens, &CATALOGUE).await.segments;
        assert_eq!(segments.iter().map(|state| state.token).collect::<Vec<_>>(), [token(place); 2]);
        assert_eq!(tokens.progress(&CATALOGUE).await.expect("it is there"), Some(token(place).position));
        tokens.set_desired(&CATALOGUE, Desired::Running).await.expect("it is known");
        owner = owner.also(odd).await;
        assert_eq!(owner.claimed.token, token(place));
        owner.move_to(place + 1).await;
    }
}

/// Their events are met again, and fail again or not; what did not fit is history.
pub async fn letters_beyond_the_place_go_and_others_stay(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let tokens = Arc::clone(&worker.tokens);
    let stay = [
        worker.letter(DeadLetterKind::Parked, "a", 4),
        worker.letter(DeadLetterKind::Abandoned, "b", 3),
        worker.letter(DeadLetterKind::Rejected, "c", 9),
    ];
    let go =
        [worker.letter(DeadLetterKind::Parked, "a", 5), worker.letter(DeadLetterKind::Abandoned, "d", 6)];
    worker.park(9, [stay.as_slice(), &go].concat()).await;
    pause(&*tokens).await;

    assert_eq!(tokens.reset(&CATALOGUE, token(4)).await.expect("it is paused"), 2);

    let found = letters(&*tokens, DeadLetterQuery::default()).await;
    assert_eq!(found, stay.each_ref().map(kept));
    tokens.set_desired(&CATALOGUE, Desired::Running).await.expect("it is known");
    let parked = worker.also(Segment::WHOLE).await.claimed.parked;
    let parked: Vec<_> = parked.iter().map(|parked| (parked.sequence.as_str(), parked.letters)).collect();
    assert_eq!(parked, [("a", 1), ("b", 1)]);
}

/// Nor what is not there.
pub async fn what_shall_run_cannot_be_reset(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    worker.move_to(5).await;
    let before = state_of(&*worker.tokens, &CATALOGUE).await;

    let refusal = worker.tokens.reset(&CATALOGUE, token(0)).await;

    assert!(matches!(refusal, Err(TokenError::CannotReset { .. })), "{refusal:?}");
    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await, before);
    worker.move_to(6).await;
    let refusal = worker.tokens.reset(&ProcessorName::of("nobody"), token(0)).await;
    assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{refusal:?}");
}

/// Two places that cannot be compared with one another.
pub async fn a_rebuild_cannot_be_reset_nor_a_token_of_another_log(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let tokens = Arc::clone(&worker.tokens);
    worker.move_to(5).await;
    pause(&*tokens).await;
    let refused = async |to: Token| {
        let refusal = tokens.reset(&CATALOGUE, to).await;
        assert!(matches!(refusal, Err(TokenError::CannotReset { .. })), "{refusal:?}");
        let reached = tokens.progress(&CATALOGUE).await.expect("it is there");
        assert_eq!(reached, Some(token(5).position));
    };

    refused(Token { log: LogId::new(Uuid::from_u128(2)), ..token(3) }).await;
    tokens.start_rebuild(&CATALOGUE, token(0)).await.expect("it is registered");
    refused(token(3)).await;
}

async fn pause(tokens: &dyn TokenAdapter) {
    let paused = Desired::Paused { by: "kim".to_owned(), reason: "to put it back".to_owned() };
    tokens.set_desired(&CATALOGUE, paused).await.expect("it is known");
}
