//! Several commands at once, on one node and on two.

use application::commands::CommandError;
use application::ports::event_store::Version;
use domain::member::{Member, MemberRefusal};
use domain::rental_card::{RentalCard, RentalCardCommand};
use futures::future::join_all;
use tests::library::titled;

use super::{Context, Node, context, jenny, points, register, save, spend};

/// T1, on one node.
#[tokio::test]
async fn a_hundred_commands_at_once_on_one_stream_lose_nothing_and_share_appends() {
    let node = Node::alone().registered().await;
    node.store.take_calls();
    let saves = (0..100).map(|key| node.member(save(1), context(100 + key)));
    let done = join_all(saves).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(node.log().await.len(), 101);
    let appends = node.store.take_calls().appends;
    assert!(appends < 100, "100 commands took {appends} appends");
    let versions: Vec<u64> = node.log().await.iter().map(|event| event.version.value()).collect();
    assert_eq!(versions, (1..=101).collect::<Vec<u64>>());
}

/// T1, with caches that know nothing of each other.
#[tokio::test]
async fn two_nodes_that_race_on_one_stream_keep_it_whole() {
    let (one, two) = Node::two();
    one.member(register(), context(1)).await.unwrap();
    for round in 0..50_u128 {
        let (a, b) = (context(100 + 2 * round), context(101 + 2 * round));
        let (a, b) = tokio::join!(one.member(save(1), a), two.member(save(1), b));
        a.unwrap();
        b.unwrap();
    }
    let log = one.log().await;
    let versions: Vec<u64> = log.iter().map(|event| event.version.value()).collect();
    assert_eq!(versions, (1..=101).collect::<Vec<u64>>());
    assert_eq!(points(&two.member(save(1), context(1_000)).await.unwrap()), 101);
}

/// T2: the limit holds however many ask at once.
#[tokio::test]
async fn of_many_rents_at_once_with_four_books_out_exactly_one_more_is_accepted() {
    let node = Node::alone();
    let (member, name) = (jenny(), domain::PersonName::parse("제니").unwrap());
    let card_no = domain::CardNo::new(2026, uuid::Uuid::from_u128(1));
    let issue = RentalCardCommand::IssueCard { card_no, member: domain::Person { id: member.clone(), name } };
    node.commands.execute::<RentalCard>(&member, issue, context(1)).await.unwrap();
    for no in 1..=4 {
        node.commands.execute::<RentalCard>(&member, rent(no), context(10 + no as u128)).await.unwrap();
    }
    let rents =
        (5..=36).map(|no| node.commands.execute::<RentalCard>(&member, rent(no), context(100 + no as u128)));
    let accepted = join_all(rents).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(accepted, 1);
}

fn rent(no: i64) -> RentalCardCommand {
    let no = domain::BookNo::parse(no).unwrap();
    let item = domain::Item { no, title: domain::Title::of_untitled(no) };
    let rental_id = domain::RentalId::new(uuid::Uuid::from_u128(no.value() as u128));
    RentalCardCommand::RentItem { rental_id, item, on: jiff::civil::date(2026, 11, 22) }
}

#[tokio::test]
async fn a_command_on_a_known_stream_costs_one_append_and_no_read() {
    let node = Node::alone().registered().await;
    node.store.take_calls();
    node.member(save(5), context(2)).await.unwrap();
    let calls = node.store.take_calls();
    assert_eq!((calls.appends, calls.loads, calls.look_ups), (1, 0, 0));
}

/// T23a: without the read of the tail before the answer, the second node would refuse by what it remembers.
#[tokio::test]
async fn a_refusal_rests_on_what_the_store_has_and_not_on_what_a_node_remembers() {
    let (one, two) = Node::two();
    two.member(register(), context(1)).await.unwrap();
    one.member(save(50), context(2)).await.unwrap();
    let used = two.member(spend(30), context(3)).await.unwrap();
    assert_eq!(points(&used), 20);
}

/// T23a: the same for "nothing to do".
#[tokio::test]
async fn nothing_to_do_rests_on_what_the_store_has_too() {
    use domain::book::{Book, BookCommand, BookEvent};
    let (one, two) = Node::two();
    let no = domain::BookNo::parse(1).unwrap();
    let enter = BookCommand::Enter { details: titled(no, domain::Title::of_untitled(no)), available: true };
    two.commands.execute::<Book>(&no, enter, context(1)).await.unwrap();
    one.commands.execute::<Book>(&no, BookCommand::Withdraw, context(2)).await.unwrap();
    let again = two.commands.execute::<Book>(&no, BookCommand::MakeAvailable, context(3)).await.unwrap();
    assert!(matches!(again.events[..], [BookEvent::BookMadeAvailable { .. }]), "{:?}", again.events);
}

#[tokio::test]
async fn a_refusal_that_rests_on_commands_before_it_is_right_in_one_batch() {
    let node = Node::alone().registered().await;
    let commands = [(save(10), 2), (spend(10), 3), (spend(10), 4), (save(10), 5), (spend(10), 6)];
    let answers = join_all(commands.map(|(command, key)| node.member(command, context(key)))).await;
    let refused: Vec<bool> = answers.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, false, true, false, false]);
    let refusal = answers.into_iter().nth(2).unwrap().unwrap_err();
    assert!(matches!(refusal, CommandError::Refused(MemberRefusal::NotEnoughPoints { .. })));
}

#[tokio::test]
async fn a_command_that_insists_on_an_old_version_is_told_the_new_one() {
    let node = Node::alone().registered().await;
    let insists = |key, version| Context { if_version: Some(Version::new(version)), ..context(key) };
    node.member(save(1), insists(2, 1)).await.unwrap();
    let stale = node.member(save(1), insists(3, 1)).await.unwrap_err();
    assert!(matches!(stale, CommandError::VersionMismatch { actual, .. } if actual == Version::new(2)));
    let repeat = node.member(save(1), insists(2, 1)).await.unwrap();
    assert!(repeat.repeated, "a known command is answered before its version is looked at");
}

#[tokio::test]
async fn the_current_state_shows_what_another_node_wrote() {
    let (one, two) = Node::two();
    two.member(register(), context(1)).await.unwrap();
    one.member(save(7), context(2)).await.unwrap();
    let current = two.commands.current::<Member>(&jenny()).await.unwrap();
    assert_eq!(current.version, Version::new(2));
}
