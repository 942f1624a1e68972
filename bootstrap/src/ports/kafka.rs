//! Messages over a Kafka broker.

use std::sync::Arc;

use adapters::bench::BrokerSite;
use adapters::kafka::{
    Account, KafkaBroker, KafkaFailure, KafkaRawLimit, KafkaSettings, KafkaTopics, Mechanism, Security,
    TopicPlan, TopicState,
};
use application::ports::BoxError;
use application::reactions::Exchange;
use application::services::Services;
use async_trait::async_trait;

use super::{Close, ShownTopic, Side};
use crate::failure::RunFailure;
use crate::settings::{KafkaLocation, SUBSCRIBING, TRACKING};

const DAY_MS: u64 = 24 * 3_600 * 1_000;

/// Makes topics if that is asked, and connects.
pub(super) async fn exchange(
    location: &KafkaLocation,
    services: Services,
) -> Result<Side<Option<Exchange>>, RunFailure> {
    if location.create_topics {
        let made = create_topics(location).await?;
        tracing::info!(?made, "topics are made that were missing");
    }
    let broker = KafkaBroker::open(settings(location)).await.map_err(refused)?;
    let (broker, consume) = if location.subscribing {
        (broker.subscribed(services).map_err(refused)?, SUBSCRIBING)
    } else {
        (broker, TRACKING)
    };
    let side = opened(broker).await?;
    let partitions = side.ports.as_ref().map_or(0, |exchange| exchange.partitions.len());
    let KafkaSettings { brokers, prefix, .. } = settings(location);
    tracing::info!(
        port = "publisher",
        behind = "kafka",
        brokers,
        prefix,
        partitions,
        consume,
        "port is ready"
    );
    Ok(side)
}

/// Connects; topics that are missing are not made, and no group is joined, which would take partitions from those who
/// serve.
pub(super) async fn look(location: &KafkaLocation) -> Result<Side<Option<Exchange>>, RunFailure> {
    opened(KafkaBroker::open(settings(location)).await.map_err(refused)?).await
}

async fn opened(broker: KafkaBroker) -> Result<Side<Option<Exchange>>, RunFailure> {
    let exchange = broker.exchange().await.map_err(refused)?;
    Ok(Side { ports: Some(exchange), exclusive: false, closing: Some(Box::new(broker)) })
}

/// Makes the topics that are missing, and answers their names.
pub(super) async fn create_topics(location: &KafkaLocation) -> Result<Vec<String>, RunFailure> {
    let settings = settings(location);
    let topics = KafkaTopics::open(settings.clone()).map_err(refused)?;
    let made = topics.create(&plan(location)).await.map_err(refused)?;
    Ok(made.iter().map(|topic| settings.topic(topic.name())).collect())
}

/// The topics as they stand.
pub(super) async fn list_topics(location: &KafkaLocation) -> Result<Vec<ShownTopic>, RunFailure> {
    let states = KafkaTopics::open(settings(location)).map_err(refused)?.list().await.map_err(refused)?;
    let shown = |state: TopicState| {
        let warnings = if state.partitions.is_some() { state.warnings() } else { vec![] };
        let TopicState { name, partitions, replication, retention_ms, .. } = state;
        ShownTopic { name, partitions, replication, retention_ms, warnings }
    };
    Ok(states.into_iter().map(shown).collect())
}

/// Topics of their own for measuring.
pub(super) async fn fresh_broker(location: &KafkaLocation) -> Result<BrokerSite, BoxError> {
    create_topics(location).await?;
    let broker = KafkaBroker::open(settings(location)).await?;
    let (exchange, raw) = (broker.exchange().await?, KafkaRawLimit::open(settings(location))?);
    Ok(BrokerSite { exchange, raw: Arc::new(raw) })
}

/// Removes those.
pub(super) async fn clear_topics(location: &KafkaLocation) -> Result<(), BoxError> {
    Ok(KafkaTopics::open(settings(location))?.remove_measured().await?)
}

/// How topics are made.
fn plan(location: &KafkaLocation) -> TopicPlan {
    TopicPlan {
        partitions: location.partitions,
        replication: (location.replication > 0).then_some(location.replication),
        retention_ms: (location.retention_days > 0).then_some(u64::from(location.retention_days) * DAY_MS),
    }
}

fn settings(location: &KafkaLocation) -> KafkaSettings {
    let KafkaLocation { tls, authorities, user, password, mechanism, .. } = location;
    let account = password.as_ref().map(|password| Account {
        mechanism: Mechanism::named(mechanism).unwrap_or(Mechanism::ScramSha512),
        user: user.clone(),
        password: password.reveal().to_owned(),
    });
    let authorities = (!authorities.is_empty()).then(|| authorities.into());
    KafkaSettings {
        brokers: location.brokers.join(","),
        prefix: location.prefix.clone(),
        delivery_max: location.delivery_limit,
        security: Security { tls: *tls, authorities, account },
    }
}

fn refused(source: KafkaFailure) -> RunFailure {
    RunFailure::SetUp { what: "the broker", source: source.into() }
}

#[async_trait]
impl Close for KafkaBroker {
    async fn close(&self) {
        Self::close(self).await;
    }
}
