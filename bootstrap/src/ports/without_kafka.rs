//! The same as with the feature `kafka`, which was left out of this build. The settings refuse it before.

use adapters::bench::BrokerSite;
use application::ports::BoxError;
use application::reactions::Exchange;
use application::services::Services;

use super::{KAFKA, ShownTopic, Side, left_out};
use crate::failure::RunFailure;
use crate::settings::KafkaLocation;

pub(super) async fn exchange(
    _location: &KafkaLocation,
    _services: Services,
) -> Result<Side<Option<Exchange>>, RunFailure> {
    Err(left_out(KAFKA))
}

pub(super) async fn look(_location: &KafkaLocation) -> Result<Side<Option<Exchange>>, RunFailure> {
    Err(left_out(KAFKA))
}

pub(super) async fn create_topics(_location: &KafkaLocation) -> Result<Vec<String>, RunFailure> {
    Err(left_out(KAFKA))
}

pub(super) async fn list_topics(_location: &KafkaLocation) -> Result<Vec<ShownTopic>, RunFailure> {
    Err(left_out(KAFKA))
}

pub(super) async fn fresh_broker(_location: &KafkaLocation) -> Result<BrokerSite, BoxError> {
    Err(left_out(KAFKA).into())
}

pub(super) async fn clear_topics(_location: &KafkaLocation) -> Result<(), BoxError> {
    Err(left_out(KAFKA).into())
}
