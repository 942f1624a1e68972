//! What messages go over, and the topics there.

use application::reactions::Exchange;

use super::{Access, Open, Ports, Side, kafka, memory, open};
use crate::failure::RunFailure;
use crate::settings::{PublisherKind, Settings};

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
        PublisherKind::Kafka => kafka::exchange(&settings.kafka).await,
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
