//! Laws of who may work on what.

use std::sync::Arc;

use crate::stores::TokenAdapter;
use application::ports::processor_admin::{Desired, SegmentState};
use application::ports::token_store::{Generation, NodeId, ProcessorName, Segment, TokenError};
use futures::future::join_all;
use jiff::SignedDuration;

use super::TokenStoreUnderTest;
use super::samples::{CATALOGUE, TTL, Worker, node, state_of, token};

/// The beginning, the head or a time: all are a token by now.
pub async fn a_fresh_token_stands_where_the_setting_says(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(1, token(7))).await.expect("it can be registered");

    let state = state_of(&*tokens, &CATALOGUE).await;
    let segments = [SegmentState {
        generation: state.live,
        segment: Segment::WHOLE,
        epoch: 0,
        owner: None,
        token: token(7),
    }];
    assert_eq!(state.segments, segments);
    assert_eq!((state.desired, state.rebuilding), (Desired::Running, None));
    let worker = Worker::at(tokens, &CATALOGUE, state.live, Segment::WHOLE).await;
    assert_eq!((worker.claimed.token, worker.claimed.commits, worker.claimed.parked), (token(7), 0, vec![]));
}

/// A restart keeps tokens, segments and claims.
pub async fn registering_again_changes_nothing(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    worker.move_to(5).await;
    let before = state_of(&*worker.tokens, &CATALOGUE).await;

    worker.tokens.register(&CATALOGUE, &Segment::all_at(4, token(0))).await.expect("it is known");

    assert_eq!(state_of(&*worker.tokens, &CATALOGUE).await, before);
    worker.move_to(6).await;
}

/// As where a partition was added to a topic that is followed: it starts where it begins, and the others stay where they
/// are, in the hands of their owners.
pub async fn registering_again_adds_what_is_missing(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    let [first, second, odd] = [(0, 3), (2, 3), (1, 1)].map(|(id, mask)| Segment { id, mask });
    tokens.register(&CATALOGUE, &[(first, token(3))]).await.expect("it can be registered");
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    let mut owner = Worker::at(Arc::clone(&tokens), &CATALOGUE, live, first).await;
    owner.move_to(5).await;
    tokens.start_rebuild(&CATALOGUE, token(1)).await.expect("it is registered");

    let all = [(first, token(0)), (second, token(7)), (odd, token(0)), (Segment::WHOLE, token(9))];
    tokens.register(&CATALOGUE, &all).await.expect("it is known");

    let found = state_of(&*tokens, &CATALOGUE).await.segments;
    let found: Vec<_> = found.iter().map(|state| (state.segment, state.token)).collect();
    let live = [(first, token(5)), (odd, token(0)), (second, token(7))];
    let beside = [(first, token(1)), (odd, token(0)), (second, token(7))];
    assert_eq!(found, [live, beside].concat());
    owner.move_to(6).await;
}

/// All start at the same place and are ordered by id; names are in order too.
pub async fn a_processor_has_as_many_segments_as_it_was_registered_with(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    tokens
        .register(&ProcessorName::of("loans"), &Segment::all_at(1, token(0)))
        .await
        .expect("it can be registered");
    tokens.register(&CATALOGUE, &Segment::all_at(4, token(3))).await.expect("it can be registered");

    let segments = state_of(&*tokens, &CATALOGUE).await.segments;
    let found: Vec<_> = segments.iter().map(|state| (state.segment, state.token)).collect();
    assert_eq!(found, Segment::all(4).map(|segment| (segment, token(3))).collect::<Vec<_>>());
    let names = tokens.processors().await.expect("the token store is there");
    assert_eq!(names.iter().map(|state| state.name.as_str()).collect::<Vec<_>>(), ["catalogue", "loans"]);
}

/// And its epoch is the only one given out.
pub async fn of_ten_racing_nodes_one_gets_the_claim(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(1, token(0))).await.expect("it can be registered");
    let live = state_of(&*tokens, &CATALOGUE).await.live;

    let races = (0..10).map(|_| {
        let tokens = Arc::clone(&tokens);
        tokio::spawn(async move { claim(&*tokens, live, node()).await })
    });
    let outcomes: Vec<_> = join_all(races).await.into_iter().map(|race| race.expect("it ends")).collect();

    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(1))).count(), 1, "{outcomes:?}");
    let held = outcomes.iter().filter(|outcome| matches!(outcome, Err(TokenError::Held { .. })));
    assert_eq!(held.count(), 9, "{outcomes:?}");
}

/// To who asks for it and to who looks.
pub async fn a_held_segment_names_its_owner(subject: &dyn TokenStoreUnderTest) {
    let worker = Worker::on(subject.tokens()).await;
    let (tokens, mine) = (&*worker.tokens, worker.claim());

    let refusal = claim(tokens, mine.generation, node()).await;

    let Err(TokenError::Held { owner, until, .. }) = refusal else { panic!("it was held: {refusal:?}") };
    assert_eq!(owner, mine.node);
    assert_eq!(state_of(tokens, &CATALOGUE).await.segments[0].owner, Some((mine.node, until)));
}

/// The node's own claim is free to it, and the older epoch is stale.
pub async fn claiming_again_raises_the_epoch(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    let mine = worker.claim().clone();

    let epoch = claim(&*worker.tokens, mine.generation, mine.node).await.expect("it is its own");

    assert!(epoch > mine.epoch, "{epoch} after {}", mine.epoch);
    let refusal = worker.commit(worker.next(1)).await;
    assert!(matches!(refusal, Err(TokenError::Stale { .. })), "{refusal:?}");
}

/// Neither processor nor generation nor segment.
pub async fn what_is_not_there_cannot_be_claimed(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    tokens.register(&CATALOGUE, &Segment::all_at(2, token(0))).await.expect("it can be registered");
    let live = state_of(&*tokens, &CATALOGUE).await.live;
    let half = Segment { id: 0, mask: 1 };
    let cases = [
        (ProcessorName::of("nobody"), live, half),
        (CATALOGUE, Generation(live.0 + 1), half),
        (CATALOGUE, live, Segment::WHOLE),
    ];
    for (processor, generation, segment) in cases {
        let refusal = tokens.claim(&processor, generation, segment, node(), TTL).await;
        assert!(matches!(refusal, Err(TokenError::Unknown { .. })), "{processor} {segment}: {refusal:?}");
    }
}

/// The next owner goes on where it was left.
pub async fn a_released_segment_is_free_at_once(subject: &dyn TokenStoreUnderTest) {
    let mut worker = Worker::on(subject.tokens()).await;
    worker.move_to(5).await;
    let mine = worker.claim().clone();

    worker.tokens.release(&mine).await.expect("it is held");

    let next = Worker::at(Arc::clone(&worker.tokens), &CATALOGUE, mine.generation, mine.segment).await;
    assert_eq!((next.claimed.token, next.claimed.commits), (token(5), 1));
}

/// Claims of all processors, and the heartbeat; those of others stay.
pub async fn a_node_that_leaves_gives_back_everything_at_once(subject: &dyn TokenStoreUnderTest) {
    let leaving = Worker::on(subject.tokens()).await;
    let mut staying = Worker::of(subject.tokens(), &ProcessorName::of("loans")).await;
    let (tokens, mine) = (&*leaving.tokens, leaving.claim());
    beat(tokens, mine.node).await;
    beat(tokens, staying.claim().node).await;

    tokens.leave(mine.node).await.expect("the token store is there");

    assert_eq!(state_of(tokens, &CATALOGUE).await.segments[0].owner, None);
    claim(tokens, mine.generation, node()).await.expect("it is free");
    let other = staying.claim().node;
    assert_eq!(beat(tokens, other).await, [other]);
    staying.move_to(1).await;
}

/// By the store's clock, in order of their ids, the asking one among them.
pub async fn nodes_live_as_long_as_their_heartbeats(subject: &dyn TokenStoreUnderTest) {
    let tokens = subject.tokens();
    let (first, second) = (node(), node());
    assert_eq!(beat(&*tokens, second).await, [second]);
    subject.clock_jumps(SignedDuration::from_secs(6)).await;
    assert_eq!(beat(&*tokens, first).await, [first, second]);

    subject.clock_jumps(SignedDuration::from_secs(6)).await;

    assert_eq!(beat(&*tokens, first).await, [first]);
}

async fn beat(tokens: &dyn TokenAdapter, node: NodeId) -> Vec<NodeId> {
    tokens.beat(node, &[], TTL).await.expect("the token store is there").alive
}

/// Answers the epoch.
async fn claim(tokens: &dyn TokenAdapter, generation: Generation, node: NodeId) -> Result<u64, TokenError> {
    let claimed = tokens.claim(&CATALOGUE, generation, Segment::WHOLE, node, TTL).await?;
    Ok(claimed.claim.epoch)
}
