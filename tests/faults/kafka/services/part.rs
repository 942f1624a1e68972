//! One service: a process that is killed and started again on the same stores.

use std::sync::{Arc, Mutex};

use adapters::kafka::KafkaSettings;
use application::services::ServiceName;

use super::part_store::PartStore;
use crate::asking::Desk;
use crate::server::Server;
use crate::store::{FaultStore, Stores};

/// A service with its stores and, while it runs, its process.
pub(super) struct Part {
    pub(super) service: ServiceName,
    store: PartStore,
    publisher: String,
    prefix: String,
    server: Option<Server>,
    desk: Arc<Mutex<Option<Desk>>>,
}

/// Where a service is now, for whoever asks it again and again.
#[derive(Clone)]
pub(super) struct Moving(Arc<Mutex<Option<Desk>>>);

impl Moving {
    /// The desk of the process that runs; none while none does.
    pub(super) fn now(&self) -> Option<Desk> {
        self.0.lock().unwrap().clone()
    }
}

impl Part {
    pub(super) fn on(store: PartStore, service: ServiceName, topics: &KafkaSettings) -> Self {
        let publisher = format!("kafka://{}", topics.brokers);
        let (prefix, desk) = (topics.prefix.clone(), Arc::default());
        Self { service, store, publisher, prefix, server: None, desk }
    }

    /// Starts it and waits until requests can be sent.
    pub(super) async fn start(&mut self) {
        let flags =
            ["--services", self.service.name(), "--publisher", &self.publisher, "--allow-given-dates"];
        let mut start = self.store.command(&flags);
        start.env("RENTAL__PUBLISHER__PREFIX", &self.prefix);
        start.env("RENTAL__PUBLISHER__CREATE_TOPICS", "true");
        start.env("RENTAL__PUBLISHER__DELIVERY_LIMIT", "3s");
        let server = Server::run(start);
        let desk = Desk::at(&server.address);
        desk.until("/readyz", |answer| answer.status == 200).await;
        self.server = Some(server);
        *self.desk.lock().unwrap() = Some(desk);
    }

    /// Kills it without notice.
    pub(super) fn kill(&mut self) {
        *self.desk.lock().unwrap() = None;
        self.server = None;
    }

    /// Where it is, also after it was started again.
    pub(super) fn desk(&self) -> Moving {
        Moving(Arc::clone(&self.desk))
    }

    /// Where it keeps what it keeps.
    pub(super) const fn store(&self) -> &PartStore {
        &self.store
    }

    /// What it keeps, to be looked at.
    pub(super) async fn stores(&self) -> Stores {
        self.store.stores().await
    }

    /// Where its log ends, when its processors have done all that there is; none while they have not.
    pub(super) async fn head_at_rest(&self) -> Option<u64> {
        let desk = self.desk().now()?;
        let all = desk.get("/v1/processors").await.filter(|answer| answer.status == 200)?.json();
        let items = all["items"].as_array()?;
        let is_done = items.iter().all(|item| item["lagEvents"] == 0 && item["waiting"] == "caught up");
        // The relay follows the log, and every service has one.
        let relay = items.iter().find(|item| item["name"] == "publish")?;
        relay["head"].as_u64().filter(|_| is_done)
    }

    /// Whether an attempt has neither ended nor come into review; for the service with the cards.
    pub(super) async fn has_open_attempts(&self) -> bool {
        let Some(desk) = self.desk().now() else { return true };
        for status in ["STARTED", "COMPENSATING"] {
            let path = format!("/v1/processes?status={status}&limit=1");
            let Some(answer) = desk.get(&path).await.filter(|answer| answer.status == 200) else {
                return true;
            };
            if answer.json()["items"].as_array().is_none_or(|items| !items.is_empty()) {
                return true;
            }
        }
        false
    }
}
