//! Lists of all members: how far one question looks, and what it does when the store is away.

use application::commands::{LOOKED_AT_MAX, ListQuery, MemberService, ReadError};
use application::ports::event_store::StreamName;
use domain::member::MemberCommand;
use domain::{MemberId, Person, PersonName};
use futures::future::join_all;

use super::{Node, context};
use tests::faulty_store::LoadFault;

async fn registered(node: &Node, count: usize) {
    let register = |at: usize| {
        let person = Person {
            id: MemberId::parse(&format!("m{at:05}")).unwrap(),
            name: PersonName::parse(if at == count - 1 { "Zoë" } else { "Ann" }).unwrap(),
        };
        let (id, command) = (person.id.clone(), MemberCommand::Register { person, email: None });
        async move { node.commands.execute::<domain::member::Member>(&id, command, context(at as u128)).await }
    };
    let done = join_all((0..count).map(register)).await;
    assert!(done.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_search_looks_at_so_many_and_says_where_to_go_on() {
    let node = Node::alone();
    registered(&node, LOOKED_AT_MAX + 1).await;
    let members = MemberService::new(node.commands.clone());
    let mut wanted = ListQuery { search: Some("zoë".to_owned()), ..ListQuery::default() };

    let first = members.list(&wanted, 10).await.unwrap();
    assert_eq!((first.found.len(), first.next.as_ref()), (0, StreamName::parse("member-m01999").as_ref()));
    wanted.after = first.next;
    let second = members.list(&wanted, 10).await.unwrap();
    assert_eq!((second.found.len(), second.next), (1, None));
}

#[tokio::test]
async fn a_list_without_a_search_looks_at_what_it_shows() {
    let node = Node::alone();
    registered(&node, 50).await;
    let members = MemberService::new(Node::over(node.store.clone(), 2, Default::default()).commands);
    node.store.take_calls();
    let page = members.list(&ListQuery::default(), 5).await.unwrap();
    assert_eq!((page.found.len(), page.next), (5, StreamName::parse("member-m00004")));
    assert_eq!(node.store.take_calls().loads, 5);
}

#[tokio::test]
async fn a_list_is_not_cut_short_by_a_store_that_is_away() {
    let node = Node::alone();
    registered(&node, 20).await;
    let members = MemberService::new(Node::over(node.store.clone(), 2, Default::default()).commands);
    node.store.next_load(LoadFault::Away);
    let error = members.list(&ListQuery::default(), 50).await.unwrap_err();
    assert!(matches!(error, ReadError::Unavailable { .. }), "{error:?}");
    assert_eq!(members.list(&ListQuery::default(), 50).await.unwrap().found.len(), 20);
}
