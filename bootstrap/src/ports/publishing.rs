//! What messages go over, and the topics there.

use std::sync::Arc;

use adapters::bench::BrokerSite;
use application::ports::{BoxError, Clock, Ids, Topics};
use application::reactions::Exchange;

use super::{Access, Open, Ports, Side, kafka, memory, open};
use crate::failure::RunFailure;
use crate::settings::{KafkaLocation, PublisherKind, Settings};

/// A topic as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownTopic {
    pub(crate) name: String,
    /// None when it is not there.
    pub(crate) partitions: Option<u32>,
    pub(crate) replication: u32,
    /// None for ever.
    pub(crate) retention_ms: Option<u64>,
    pub(crate) warnings: Vec<String>,
}

/// As [`open`] to serve, with what messages go over.
///
/// # Errors
/// As [`open`], and when a broker cannot be used.
pub(crate) async fn open_all(settings: &Settings) -> Result<(Ports, Open), RunFailure> {
    let (mut ports, mut open) = open(settings, Access::Serve).await?;
    let exchange = exchange(settings, &ports).await?;
    ports.exchange = exchange.ports;
    if let Some(closing) = exchange.closing {
        // It is closed before the stores, which it may still use.
        open.0.insert(0, closing);
    }
    Ok((ports, open))
}

/// What stands behind the publisher: for `local` it is nothing.
async fn exchange(settings: &Settings, ports: &Ports) -> Result<Side<Option<Exchange>>, RunFailure> {
    match settings.publisher {
        PublisherKind::Local => {
            tracing::info!(port = "publisher", behind = "local", "port is ready");
            Ok(Side { ports: None, exclusive: true, closing: None })
        }
        PublisherKind::Memory => {
            let exchange = memory::exchange(&ports.clock, &*ports.ids);
            Ok(Side { ports: Some(exchange), exclusive: true, closing: None })
        }
        PublisherKind::Kafka => {
            let side = kafka::exchange(&settings.kafka, settings.services).await?;
            let ports = side.ports.map(|exchange| Exchange { plain: settings.plain, ..exchange });
            Ok(Side { ports, ..side })
        }
    }
}

/// The topics, to be looked at; none where messages go over no broker that others can see.
///
/// # Errors
/// As [`create_topics`], and when topics are missing.
pub(crate) async fn look_at_topics(
    settings: &Settings,
) -> Result<Option<(Arc<dyn Topics>, Open)>, RunFailure> {
    match settings.publisher {
        PublisherKind::Local | PublisherKind::Memory => Ok(None),
        PublisherKind::Kafka => {
            let Side { ports, closing, .. } = kafka::look(&settings.kafka).await?;
            Ok(ports.map(|exchange| (exchange.topics, Open(closing.into_iter().collect()))))
        }
    }
}

/// Makes the topics that are missing, and answers their names.
///
/// # Errors
/// [`RunFailure::SetUp`] when the broker cannot be asked or refuses.
pub(crate) async fn create_topics(settings: &Settings) -> Result<Vec<String>, RunFailure> {
    kafka::create_topics(&settings.kafka).await
}

/// The topics as they stand.
///
/// # Errors
/// As [`create_topics`].
pub(crate) async fn list_topics(settings: &Settings) -> Result<Vec<ShownTopic>, RunFailure> {
    kafka::list_topics(&settings.kafka).await
}

/// A broker with topics of its own for measuring; what is named as its place has a prefix that says so.
///
/// # Errors
/// Why there is none.
pub(crate) async fn fresh_broker(
    kind: PublisherKind,
    place: &KafkaLocation,
    clock: &Arc<dyn Clock>,
    ids: &dyn Ids,
) -> Result<BrokerSite, BoxError> {
    match kind {
        PublisherKind::Local => Err("messages go over no broker; name one in `publisher`".into()),
        PublisherKind::Memory => Ok(memory::fresh_broker(clock, ids)),
        PublisherKind::Kafka => kafka::fresh_broker(place).await,
    }
}

/// Removes the topics that [`fresh_broker`] has made.
///
/// # Errors
/// Why they cannot be removed.
pub(crate) async fn clear_topics(kind: PublisherKind, place: &KafkaLocation) -> Result<(), BoxError> {
    match kind {
        PublisherKind::Local | PublisherKind::Memory => Ok(()),
        PublisherKind::Kafka => kafka::clear_topics(place).await,
    }
}
