//! Random commands while all processors run and both stores misbehave: at rest every invariant holds, what was answered
//! is what happened, and no node remembers anything else. On files, the process is killed; on servers, two nodes share
//! what they have. All that can happen to several nodes is simulated: see `docs/SIMULATION.md`.

mod answers;
mod deeds;
mod faults;
mod life;

use std::sync::Arc;

use application::codec::Aggregate;
use application::commands::Routed;
use application::processing::ProcessorSettings;
use application::verify::{Report, verify};
use domain::book::Book;
use domain::member::Member;
use domain::rental_card::RentalCard;
use jiff::SignedDuration;
use tests::library::{Library, Node, Stores, book, member};
use tests::stores::StoreKind;

use answers::Answers;
use life::{Life, Nodes};

const MEMBERS: u64 = 6;
const BOOKS: u64 = 12;

/// I1 to I8, under load.
mod sqlite {
    use tests::stores::Sqlite;

    /// One node, killed twice; what it had answered before is answered the same afterwards.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whatever_many_people_do_between_kills_every_invariant_holds_at_rest() {
        for seed in super::seeds(1..=3) {
            super::with_kills::<Sqlite>(seed).await;
        }
    }
}

/// I1 to I8: two nodes with caches of their own, of which one falls asleep now and then.
mod servers {
    use tests::stores::{Apart, Mongo, Postgres};

    use super::{on_two_nodes, seeds};

    /// With logs and tokens on one server or on two.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whatever_many_people_do_at_two_nodes_every_invariant_holds_at_rest() {
        for seed in seeds(1..=1) {
            on_two_nodes::<Postgres>(seed).await;
            on_two_nodes::<Mongo>(seed).await;
            on_two_nodes::<Apart<Mongo, Postgres>>(seed).await;
            on_two_nodes::<Apart<Postgres, Mongo>>(seed).await;
        }
    }
}

/// The usual seeds, or the one that is asked for; what tasks make of it differs from run to run.
fn seeds(usual: std::ops::RangeInclusive<u64>) -> std::ops::RangeInclusive<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is asked of whoever runs this test, not of the service"
    )]
    let Ok(asked) = std::env::var("INVARIANTS_SEEDS") else { return usual };
    let (first, last) = asked.split_once("..=").unwrap_or((&asked, &asked));
    first.parse().unwrap()..=last.parse().unwrap()
}

async fn on_two_nodes<S: StoreKind>(seed: u64) {
    let Some(stores) = Stores::fresh::<S>().await else { return };
    let settings = ProcessorSettings { segments: 2, ..ProcessorSettings::default() };
    let node = |seed| Node { seed, settings, ..Node::default() };
    let one = Library::over(stores.clone(), node(1));
    furnish(&one).await;
    let nodes = Nodes(vec![one, Library::over(stores, node(1_000 + seed))]);
    let (nodes, answers) = Life { seed, number: 0, turns: 60, is_last: true }.lived(nodes).await;
    at_rest(seed, &nodes, &answers).await;
}

async fn with_kills<S: StoreKind>(seed: u64) {
    let Some(stores) = Stores::fresh::<S>().await else { return };
    let mut library = Library::over(stores, Node::default());
    furnish(&library).await;
    let mut answers = Answers::default();
    for number in 0..3 {
        answers.ask_again(&library).await;
        let life = Life { seed, number, turns: 50, is_last: number == 2 };
        let (lived, more) = life.lived(Nodes(vec![library])).await;
        answers.extend(more);
        if life.is_last {
            return at_rest(seed, &lived, &answers).await;
        }
        library = after_a_kill::<S>(&lived.0[0], 2 + number).await;
    }
}

/// The clock goes on meanwhile, so that claims of the killed one run out.
async fn after_a_kill<S: StoreKind>(killed: &Library, seed: u64) -> Library {
    let stores = killed.stores.after_a_kill::<S>().await;
    stores.clock.advance(SignedDuration::from_secs(11));
    Library::over(stores, Node { seed, ..Node::default() })
}

async fn at_rest(seed: u64, nodes: &Nodes<Arc<Library>>, answers: &Answers) {
    let library = &nodes.0[0];
    library.stores.log.no_more_faults();
    answers.stand_in(seed, &library.events().await);
    let fresh = Library::over(library.stores.clone(), Node { seed: 1_000_000, ..Node::default() });
    for node in &nodes.0 {
        remembers_what_is_stored(seed, node, &fresh).await;
    }
    let Report { violations, in_flight, by_hand, ended, unjudged, .. } =
        verify(&*library.stores.log, &library.stores.ports()).await.unwrap();
    assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
    assert!(in_flight.is_empty(), "seed {seed}: {in_flight:?} never ended");
    assert!(by_hand.is_empty(), "seed {seed}: {by_hand:?} need an operator");
    assert!(ended > 20, "seed {seed}: only {ended} attempts ended");
    assert!(unjudged.is_empty(), "seed {seed}: {unjudged:?}");
}

/// What a node keeps of an aggregate is what one finds that starts with nothing.
async fn remembers_what_is_stored(seed: u64, node: &Library, fresh: &Library) {
    for id in 0..MEMBERS {
        let id = member(&format!("member-{id}"));
        is_remembered::<Member>(seed, &id, node, fresh).await;
        is_remembered::<RentalCard>(seed, &id, node, fresh).await;
    }
    for no in 1..=BOOKS as i64 {
        is_remembered::<Book>(seed, &book(no), node, fresh).await;
    }
}

async fn is_remembered<A: Routed + Aggregate>(seed: u64, id: &A::Id, node: &Library, fresh: &Library) {
    let here = node.commands.current::<A>(id).await.unwrap();
    let there = fresh.commands.current::<A>(id).await.unwrap();
    let stream = A::stream(id);
    assert_eq!(here.version, there.version, "seed {seed}: {stream}");
    assert_eq!(here.state.freeze(), there.state.freeze(), "seed {seed}: {stream} at {}", here.version);
}

/// Everybody has a card; one member is not registered, and one book was never made available.
async fn furnish(library: &Library) {
    for no in 1..=BOOKS as i64 {
        library.shelve(no).await;
    }
    for id in 0..MEMBERS - 1 {
        library.join(&format!("member-{id}"), 30).await;
    }
    let stranger = member(&format!("member-{}", MEMBERS - 1));
    library.desk.issue_card(&stranger, None, library.context()).await.unwrap();
}
