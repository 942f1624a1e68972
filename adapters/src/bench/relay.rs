//! The relay: a whole log published from its beginning, beside the very same records handed to the client bare; and how
//! long it takes from a command's answer until others can read what it says.

use std::sync::Arc;

use application::messages::{messages_of, record_of};
use application::ports::event_store::{Position, Types};
use application::ports::publisher::OutgoingRecord;
use application::ports::{EventStore, Publisher};
use application::processing::{DecodedEvent, Reaction, Relay};
use application::reactions::PUBLISH;
use application::services::Services;

use super::Bench;
use super::closed_loop::head_of;
use super::error::BenchError;
use super::fixture::{BrokerSite, Site};
use super::measured::{BenchTurns, Measured, Times};
use super::publishing::CountingPublisher;
use super::readable::CatalogueReaders;
use super::report::Report;
use super::running::Running;

/// Positions read at once while records are made beforehand.
const PAGE: usize = 1_000;

pub(super) async fn run(bench: &Bench, clients: u32, events: u64) -> Result<Report, BenchError> {
    let broker = bench.ground.broker().await;
    let broker = broker.map_err(|source| BenchError::Fixture { name: "a broker".to_owned(), source })?;
    let site = bench.site("relay").await?;
    bench.fill_with_news(&site.store, events).await?;
    let records: Arc<[_]> = records_of(&*site.store).await?.into();
    let mut relay = BenchTurns::of("relay", "messages", "batch");
    let mut raw = BenchTurns::of("raw", "messages", "all of them");
    // Both sides know their topics and have their connections by then.
    publish_log(bench, &site, &broker, "before").await?;
    publish_bare(bench, &broker, &records).await?;
    for round in 0..bench.pace.rounds {
        bench.pause().await;
        relay.add(publish_log(bench, &site, &broker, &round.to_string()).await?)?;
        bench.pause().await;
        raw.add(publish_bare(bench, &broker, &records).await?)?;
    }
    drop(records);
    let readers = CatalogueReaders::start(bench, &broker, clients).await?;
    let (full, half) = readers.measure().await?;
    let terms = broker.raw.terms().await.map_err(BenchError::broker("asking the broker for its settings"))?;
    let end = head_of(&site).await?;
    let plan = [("events", end.value() as f64), ("clients", f64::from(clients))];
    let found = (vec![relay.beside(&raw)], vec![relay.side()?, raw.side()?, full, half]);
    let report = bench.report("relay", &plan, &site, found).await?;
    Ok(Report { broker: Some(terms.into()), ..report })
}

/// The whole log, from its beginning, by a processor that knows nothing of it yet.
async fn publish_log(
    bench: &Bench,
    site: &Site,
    broker: &BrokerSite,
    round: &str,
) -> Result<Measured, BenchError> {
    let tokens = bench.site(&format!("tokens-{round}")).await?.tokens;
    let end = head_of(site).await?;
    let counting = CountingPublisher::before(&broker.exchange.publisher)?;
    let relay = Reaction::Relay(all_of(Arc::clone(&counting) as _));
    let begun = bench.begin();
    let running = Running::begin(bench, &site.store, tokens, vec![(PUBLISH, relay)])?;
    running.follow(end).await?;
    let took = Measured::since(&begun, 0, Times::none()?);
    running.stop().await?;
    let (count, batch, times) = counting.counted()?;
    Ok(Measured { count, times, batch, ..took })
}

async fn publish_bare(
    bench: &Bench,
    broker: &BrokerSite,
    records: &Arc<[OutgoingRecord]>,
) -> Result<Measured, BenchError> {
    let (times, begun) = (Times::none()?, bench.begin());
    broker
        .raw
        .publish_bare(Arc::clone(records))
        .await
        .map_err(BenchError::broker("publishing bare records"))?;
    times.keep_since(begun.at);
    Ok(Measured::since(&begun, records.len() as u64, times))
}

/// A relay for a log of all services.
pub(super) fn all_of(publisher: Arc<dyn Publisher>) -> Relay {
    Relay { publisher, services: Services::ALL, afterwards: None }
}

/// All that a log says to others.
async fn records_of(store: &dyn EventStore) -> Result<Vec<OutgoingRecord>, BenchError> {
    let (mut at, mut records, none) = (Position::START, Vec::new(), Types::new());
    loop {
        let page = store.read_log(at, &none, PAGE).await.map_err(BenchError::store("reading the log"))?;
        if page.events.is_empty() {
            return Ok(records);
        }
        at = page.scanned_to;
        for recorded in page.events {
            let read = DecodedEvent::read(recorded).map_err(BenchError::inside("decoding an event"))?;
            records.extend(messages_of(&read.recorded, &read.metadata, &read.event).iter().map(record_of));
        }
    }
}
