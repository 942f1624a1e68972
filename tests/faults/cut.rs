//! Two nodes whose connections to their servers are cut while people send the same commands to both: included once for
//! each kind of server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tests::proxy::Proxy;
use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Store;
use crate::dice::Dice;
use crate::lives::Lives;
use crate::people::Way;
use crate::store::{FaultStore, Stores};

/// How often connections are cut, held up or half taken away in a round.
const FAULTS: u64 = 12;
const ROUNDS: u64 = 3;

/// A place that each node reaches on a way of its own.
struct Behind {
    place: Store,
    ways: [Proxy; 2],
    urls: [String; 2],
    nodes: AtomicUsize,
}

impl FaultStore for Behind {
    const IS_SHARED: bool = true;

    async fn fresh() -> Option<Self> {
        let place = Store::fresh().await?;
        let target = lookup_host(place.address()).await.unwrap().next().expect("an address");
        let ways = [Proxy::before(target).await.unwrap(), Proxy::before(target).await.unwrap()];
        let urls = ways.each_ref().map(|way| place.url_by(&way.address().to_string()));
        Some(Self { place, ways, urls, nodes: AtomicUsize::new(0) })
    }

    fn words(&self) -> Vec<String> {
        let node = self.nodes.fetch_add(1, Ordering::SeqCst) % self.urls.len();
        vec!["--store".to_owned(), self.urls[node].clone()]
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        self.place.variables()
    }

    async fn stores(&self) -> Stores {
        self.place.stores().await
    }

    async fn stores_to_write(&self) -> Stores {
        self.place.stores_to_write().await
    }
}

/// T3, T95, T96, T98: whatever is lost on the way, no answer is given for what is not in the log, each command is done
/// once whichever node it was sent to, and views are what the log says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_answer_only_for_what_is_stored_while_their_connections_are_cut() {
    let Some(place) = Behind::fresh().await else { return };
    let mut lives = Lives::furnished(place, Dice::of("cut")).await;
    let (first, desk) = lives.next().await;
    let (second, other) = lives.started().await;
    for _ in 0..ROUNDS {
        let enough = CancellationToken::new();
        let crowd =
            lives.crowd_at(&Way::Both { desk: desk.clone(), other: other.clone(), enough: enough.clone() });
        for _ in 0..FAULTS {
            lives.any_moment(150_000).await;
            breaks(&mut lives).await;
        }
        enough.cancel();
        lives.left(crowd).await;
        for desk in [&desk, &other] {
            desk.until("/readyz", |answer| answer.status == 200).await;
        }
        lives.ask_again(&other).await;
        desk.settled().await;
    }
    drop((first, second)); // which kills them
    lives.end("cut").await;
}

/// One of the ways breaks for a moment.
async fn breaks(lives: &mut Lives<Behind>) {
    let way = lives.dice.below(2) as usize;
    let kind = lives.dice.below(4);
    let moment = Duration::from_micros(lives.dice.below(30_000));
    let way = &lives.place.ways[way];
    match kind {
        0 | 1 => way.reset(),
        2 => way.half_open(),
        _ => way.black_hole(),
    }
    timeout(moment, std::future::pending::<()>()).await.unwrap_err();
    // What was held back or half taken away would wait for a limit of the node; here it shall be lost.
    way.reset();
    way.pass();
}
