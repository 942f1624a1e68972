//! How often the server is asked: counted on the way there, message by message.

use std::sync::Arc;

use adapters::postgres::{PostgresEventStore, PostgresTokenStore};
use adapters::system_clock::SystemIds;
use application::codec::{Actor, Fingerprint};
use application::commands::{CommandSettings, Commands, Context};
use application::ports::dead_letters::DeadLetterKind;
use application::ports::event_store::{CommandId, LoadFrom, LogId, Position, Types};
use application::ports::token_store::{Commit, Row, RowKey};
use application::ports::{EventStore, Ids, TokenStore};
use domain::member::{Member, MemberCommand};
use domain::{Amount, Date, MemberId, Person, PersonName};
use tests::clock::{CountedIds, StoppedClock};
use tests::laws::event_store::samples::{append, command, event, part, proposal, proposal_of, stream};
use tests::laws::token_store::samples::{CATALOGUE, Worker, book, no};

use super::proxy::Proxy;
use super::schema::Schema;

/// A store by a way on which it is counted.
async fn counted() -> Option<(Schema, Proxy, PostgresEventStore)> {
    let schema = Schema::fresh()?;
    let proxy = Proxy::to(schema.url()).await;
    let store = PostgresEventStore::open(&schema.settings_by(&proxy.url), LogId::new(SystemIds.next())).await;
    Some((schema, proxy, store.unwrap()))
}

/// Of many proposals of many events, winners and losers among them. The first one also prepares the statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_is_one_statement_and_one_round_trip() {
    let Some((_schema, proxy, store)) = counted().await else { return };
    append(&store, proposal(&stream("first"), 0, 1)).await;
    let (statements, round_trips) = (proxy.statements(), proxy.round_trips());

    for round in 1..=10 {
        let all = (0..50).map(|at| proposal(&stream(&format!("{round}-{at}")), at % 3, 3)).collect();
        assert_eq!(store.append(all).await.unwrap().len(), 50);
    }

    assert_eq!((proxy.statements() - statements, proxy.round_trips() - round_trips), (10, 10));
}

/// T32's other half: what is in the cache is not asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_on_a_cached_aggregate_is_one_statement() {
    let Some((_schema, proxy, store)) = counted().await else { return };
    let clock = Arc::new(StoppedClock::at_noon_of(Date::constant(2026, 3, 2)));
    let settings = CommandSettings::default();
    let commands = Commands::start(Arc::new(store), clock, Arc::new(CountedIds::new(1)), settings);
    let id = MemberId::parse("jenny").unwrap();
    let person = Person { id: id.clone(), name: PersonName::parse("Jenny").unwrap() };
    let register = MemberCommand::Register { person, email: None };
    commands.execute::<Member>(&id, register, context(1)).await.unwrap();
    let (statements, round_trips) = (proxy.statements(), proxy.round_trips());

    for key in 2..12 {
        let save = MemberCommand::SavePoints { amount: Amount::parse(5).unwrap() };
        commands.execute::<Member>(&id, save, context(key)).await.unwrap();
    }

    assert_eq!((proxy.statements() - statements, proxy.round_trips() - round_trips), (10, 10));
}

/// The first time it is also prepared.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_to_the_log_is_one_statement_and_one_round_trip() {
    let Some((_schema, proxy, store)) = counted().await else { return };
    append(&store, proposal(&stream("a"), 0, 10)).await;
    let known = command();
    append(&store, proposal_of(&stream("b"), 0, vec![part(1)])).await;
    let (mut statements, mut round_trips) = (0, 0);

    for _ in 0..2 {
        (statements, round_trips) = (proxy.statements(), proxy.round_trips());
        store.load(&stream("a"), LoadFrom::Snapshot, 100).await.unwrap();
        store.read_log(Position::START, &Types::new(), 100).await.unwrap();
        store.read_log_backward(Position::new(100), 100).await.unwrap();
        store.outcomes_of(&[known, command()]).await.unwrap();
        store.head().await.unwrap();
        store.position_at(event().occurred_at).await.unwrap();
    }

    assert_eq!((proxy.statements() - statements, proxy.round_trips() - round_trips), (6, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_a_hundred_rows_is_one_statement() {
    let Some(schema) = Schema::fresh() else { return };
    let proxy = Proxy::to(schema.url()).await;
    let store = Arc::new(PostgresTokenStore::open(&schema.settings_by(&proxy.url)).await.unwrap());
    let worker = Worker::on(store.clone()).await;
    let keys: Vec<_> = (1..=100).map(|number| RowKey::Catalogue(no(number))).collect();
    let rows = (1..=100).map(|number| Row::Catalogue(book(number, "Any")));
    let rows = rows.map(|row| (row.key(), Some(row))).collect();
    let letters = vec![worker.letter(DeadLetterKind::Parked, "book:1", 1)];
    let statements = proxy.statements();

    store.rows(worker.claim(), &keys).await.unwrap();
    store.commit(worker.claim(), Commit { rows, letters, ..worker.next(1) }).await.unwrap();

    assert_eq!(proxy.statements() - statements, 2);
    assert_eq!(store.live_rows(&CATALOGUE, None, 1000).await.unwrap().len(), 100);
}

fn context(key: u128) -> Context {
    Context {
        command: CommandId::new(uuid::Uuid::from_u128(key)),
        fingerprint: Fingerprint(key),
        former_fingerprint: None,
        actor: Actor::Anonymous,
        causation: None,
        traceparent: None,
        if_version: None,
    }
}
