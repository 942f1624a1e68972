//! Clients that are closed by a thread of its own: closing one waits for its threads, and for a broker that hangs.

use std::thread;

use super::failure::KafkaFailure;

/// A client for as long as it is owned.
pub(super) struct ClosedApart<C: Send + 'static>(Option<C>);

impl<C: Send + 'static> ClosedApart<C> {
    pub(super) const fn of(client: C) -> Self {
        Self(Some(client))
    }

    /// The client.
    ///
    /// # Errors
    /// [`KafkaFailure::Client`] once it is being closed.
    pub(super) fn client(&self) -> Result<&C, KafkaFailure> {
        self.0.as_ref().ok_or_else(|| KafkaFailure::Client("it is closed".into()))
    }
}

impl<C: Send + 'static> Drop for ClosedApart<C> {
    fn drop(&mut self) {
        let client = self.0.take();
        let closing = thread::Builder::new().name("kafka-closing".to_owned()).spawn(|| drop(client));
        if let Err(error) = closing {
            tracing::debug!(%error, "a Kafka client was closed in place");
        }
    }
}
