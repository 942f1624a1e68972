//! Looks whether topics have got more partitions than are followed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use application::messages::Topic;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::topics::KafkaTopics;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A task that looks, until it is stopped.
#[derive(Default)]
pub(super) struct Watch(Mutex<Option<JoinHandle<()>>>);

impl Watch {
    /// Begins to look for partitions beyond these.
    pub(super) fn begin(&self, topics: Arc<KafkaTopics>, followed: &[(Topic, u32)]) {
        let followed = followed.iter().copied().collect();
        let looking = tokio::spawn(look(topics, followed));
        if let Some(before) = self.lock().replace(looking) {
            before.abort();
        }
    }

    /// Looks no more.
    pub(super) async fn stop(&self) {
        let looking = self.lock().take();
        if let Some(looking) = looking {
            looking.abort();
            // It was told to end in the middle, and so it says.
            let _ = looking.await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look(topics: Arc<KafkaTopics>, mut followed: BTreeMap<Topic, u32>) {
    let mut every = interval(LOOK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match topics.partitions().await {
            Ok(counted) => {
                for warning in news(&mut followed, &counted) {
                    tracing::warn!(warning, "messages wait in partitions that nobody follows");
                }
            }
            // Whoever follows them says that the broker is away.
            Err(error) => tracing::debug!(%error, "whether topics have more partitions is not known"),
        }
    }
}

/// What is to be said of topics that have other counts than before; each is said once.
fn news(followed: &mut BTreeMap<Topic, u32>, counted: &[(Topic, u32)]) -> Vec<String> {
    let mut said = Vec::new();
    for (topic, count) in counted {
        let before = followed.insert(*topic, *count).unwrap_or(0);
        if before < *count {
            said.push(format!(
                "`{topic}` has {count} partitions and had {before}; restart the service to follow all"
            ));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_that_were_added_are_said_once() {
        let mut followed = BTreeMap::from([(Topic::RentalRent, 4), (Topic::PointUse, 4)]);
        let counted = [(Topic::RentalRent, 6), (Topic::PointUse, 4)];
        let said = news(&mut followed, &counted);
        assert!(said.len() == 1 && said[0].contains("`rental_rent` has 6 partitions and had 4"), "{said:?}");
        assert_eq!(news(&mut followed, &counted), [""; 0]);
    }
}
