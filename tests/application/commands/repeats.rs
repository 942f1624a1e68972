//! Commands that come again.

use application::codec::Fingerprint;
use application::commands::CommandError;
use application::ports::event_store::{Position, Version};
use domain::MemberId;
use domain::member::{Member, MemberEvent};
use futures::future::join_all;

use super::{Context, Node, context, jenny, register, save, spend};

/// T73: the answer is built from what was recorded, whatever happened since.
#[tokio::test]
async fn a_repeat_gets_its_first_answer_after_the_state_moved_on() {
    let node = Node::alone().registered().await;
    let first = node.member(save(10), context(2)).await.unwrap();
    node.member(save(5), context(3)).await.unwrap();
    let again = node.member(save(10), context(2)).await.unwrap();
    assert_eq!(
        (&again.events, again.version, again.position),
        (&first.events, first.version, first.position)
    );
    assert!(again.repeated && !first.repeated);
    assert_eq!(node.log().await.len(), 3);
}

/// T73: without the look-up before the refusal, the repeat would be told that there are not enough points.
#[tokio::test]
async fn a_repeat_that_would_now_be_refused_gets_its_first_answer() {
    let node = Node::alone().registered().await;
    node.member(save(10), context(2)).await.unwrap();
    node.member(spend(10), context(3)).await.unwrap();
    let again = node.member(spend(10), context(3)).await.unwrap();
    assert!(again.repeated);
    assert!(matches!(again.events[..], [MemberEvent::PointsUsed { .. }]));
}

/// Without the look-up before an empty decision, the repeat would be told that nothing happened.
#[tokio::test]
async fn a_repeat_that_would_now_do_nothing_gets_its_first_answer() {
    let node = Node::alone().registered().await;
    let again = node.member(register(), context(1)).await.unwrap();
    assert!(again.repeated);
    assert!(matches!(again.events[..], [MemberEvent::MemberRegistered { .. }]));
    assert_eq!((again.version, again.position), (Version::new(1), Position::new(1)));
}

#[tokio::test]
async fn a_repeat_is_known_to_a_node_that_never_saw_it() {
    let (one, two) = Node::two();
    one.member(register(), context(1)).await.unwrap();
    one.member(save(10), context(2)).await.unwrap();
    assert!(two.member(save(10), context(2)).await.unwrap().repeated);
    assert_eq!(one.log().await.len(), 2);
}

#[tokio::test]
async fn the_same_command_many_times_at_once_is_done_once_and_answered_alike() {
    let node = Node::alone().registered().await;
    let answers = join_all((0..20).map(|_| node.member(save(10), context(2)))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    assert!(answers.iter().all(|answer| answer.version == Version::new(2)));
    assert_eq!(node.log().await.len(), 2);
}

#[tokio::test]
async fn a_repeat_is_known_by_the_fingerprint_that_an_earlier_version_recorded() {
    let node = Node::alone().registered().await;
    let first = node.member(save(10), context(2)).await.unwrap();
    let Context { fingerprint, .. } = context(2);
    let repeat =
        Context { fingerprint: Fingerprint(99), former_fingerprint: Some(fingerprint), ..context(2) };
    let again = node.member(save(10), repeat).await.unwrap();
    assert!(again.repeated && again.version == first.version);
    let other =
        Context { fingerprint: Fingerprint(99), former_fingerprint: Some(Fingerprint(98)), ..context(2) };
    let error = node.member(save(10), other).await.unwrap_err();
    assert!(matches!(error, CommandError::IdReused { .. }), "{error}");
}

#[tokio::test]
async fn an_id_used_for_another_request_is_refused() {
    let node = Node::alone().registered().await;
    node.member(save(10), context(2)).await.unwrap();
    let other = Context { fingerprint: Fingerprint(99), ..context(2) };
    let error = node.member(save(11), other.clone()).await.unwrap_err();
    assert!(matches!(error, CommandError::IdReused { .. }), "{error}");
    let refused = node.member(spend(1_000), other).await.unwrap_err();
    assert!(
        matches!(refused, CommandError::IdReused { .. }),
        "also where the request itself would be refused"
    );
}

#[tokio::test]
async fn an_id_used_on_another_stream_is_refused() {
    let node = Node::alone().registered().await;
    let other = MemberId::parse("minsu").unwrap();
    let error = node.commands.execute::<Member>(&other, register(), context(1)).await.unwrap_err();
    assert!(matches!(error, CommandError::IdReused { .. }), "{error}");
    assert_eq!(node.commands.current::<Member>(&other).await.unwrap().version, Version::START);
    assert_eq!(node.commands.current::<Member>(&jenny()).await.unwrap().version, Version::new(1));
}

#[tokio::test]
async fn what_was_refused_before_is_decided_anew() {
    let node = Node::alone().registered().await;
    node.member(spend(10), context(2)).await.unwrap_err();
    node.member(save(10), context(3)).await.unwrap();
    let again = node.member(spend(10), context(2)).await.unwrap();
    assert!(!again.repeated);
}
