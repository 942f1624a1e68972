//! The topics: made on purpose, listed, and looked at before anybody relies on them.

use std::sync::Arc;
use std::time::Duration;

use application::messages::Topic;
use application::ports::BoxError;
use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::types::RDKafkaRespErr;
use tokio::task::spawn_blocking;
use tokio::time::{interval, timeout};

use super::closing::ClosedApart;
use super::failure::{KafkaFailure, safe};
use super::settings::{KafkaSettings, REQUEST_MAX};
use super::told::{self, ClientProblem, Listener};

/// So many copies survive the loss of two brokers.
const REPLICATION_ENOUGH: u32 = 3;
/// So many copies have a record before it is acknowledged.
const IN_SYNC_ENOUGH: u32 = 2;

/// How long it may take until all brokers know of a topic that was made.
const KNOWN_MAX: Duration = Duration::from_secs(15);
/// How long a topic that is not there is waited for: somebody may just have made it.
const THERE_MAX: Duration = Duration::from_secs(2);
/// How often they are asked meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// The topics of a library on a broker.
pub struct KafkaTopics {
    settings: KafkaSettings,
    /// Asks, and makes nothing.
    asking: ClosedApart<Arc<BaseConsumer<Listener>>>,
}

/// How topics are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicPlan {
    /// How many partitions each gets.
    pub partitions: u32,
    /// How many brokers have a copy; as many as there are, up to 3, when nothing is said.
    pub replication: Option<u32>,
    /// How long records are kept, in milliseconds; for ever when nothing is said, since replay is a feature.
    pub retention_ms: Option<u64>,
}

/// How a topic stands on the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicState {
    /// The topic.
    pub topic: Topic,
    /// Its name there.
    pub name: String,
    /// How many partitions it has; none when it is not there.
    pub partitions: Option<u32>,
    /// How many brokers have a copy of each.
    pub replication: u32,
    /// How many of them have a record before it is acknowledged; none when the broker does not say.
    pub in_sync_min: Option<u32>,
    /// How long records are kept, in milliseconds; none when for ever.
    pub retention_ms: Option<u64>,
    /// How large a record may be with its batch, in bytes; none when the broker does not say.
    pub record_max: Option<usize>,
}

/// What a broker says of a topic; by default that it is not there.
#[derive(Default)]
struct TopicShape {
    partitions: Option<u32>,
    copies: u32,
    is_led: bool,
}

impl KafkaTopics {
    /// What prefixes of topics hold that are made for measuring; others are never removed.
    pub const MEASURED: &str = "bench_";

    /// Without a connection yet.
    ///
    /// # Errors
    /// [`KafkaFailure::Client`] when the settings are refused.
    pub fn open(settings: KafkaSettings) -> Result<Self, KafkaFailure> {
        let client = settings.client().create_with_context(Listener::default());
        let client = client.map_err(|error| KafkaFailure::Client(safe(error)))?;
        Ok(Self { settings, asking: ClosedApart::of(Arc::new(client)) })
    }

    /// How the topics of the library stand, also those that are not there.
    ///
    /// # Errors
    /// [`KafkaFailure`] when nobody answers.
    pub async fn list(&self) -> Result<Vec<TopicState>, KafkaFailure> {
        let mut states = Vec::new();
        for topic in Topic::ALL {
            let name = self.settings.topic(topic.name());
            let TopicShape { partitions, copies: replication, .. } = self.shape(&name).await?;
            let state = TopicState {
                topic,
                name,
                partitions,
                replication,
                in_sync_min: None,
                retention_ms: None,
                record_max: None,
            };
            states.push(state);
        }
        self.describe(&mut states).await?;
        Ok(states)
    }

    /// The same, after a moment's wait for those that are not there.
    ///
    /// # Errors
    /// [`KafkaFailure`] when nobody answers.
    pub async fn list_once_there(&self) -> Result<Vec<TopicState>, KafkaFailure> {
        // Those that are still missing are what is answered then.
        match timeout(THERE_MAX, self.all_are_led()).await {
            Ok(Err(failure)) => Err(failure),
            // Not all are there in time: which these are, the list says.
            Ok(Ok(())) | Err(_) => self.list().await,
        }
    }

    /// How many partitions each topic has that is there.
    ///
    /// # Errors
    /// [`KafkaFailure`] when nobody answers.
    pub async fn partitions(&self) -> Result<Vec<(Topic, u32)>, KafkaFailure> {
        let mut counted = Vec::new();
        for topic in Topic::ALL {
            let shape = self.shape(&self.settings.topic(topic.name())).await?;
            counted.extend(shape.partitions.map(|count| (topic, count)));
        }
        Ok(counted)
    }

    /// Makes those topics that are not there, and answers which these were.
    ///
    /// # Errors
    /// [`KafkaFailure`] when nobody answers or the broker refuses one.
    pub async fn create(&self, plan: &TopicPlan) -> Result<Vec<Topic>, KafkaFailure> {
        const DOING: &str = "making topics";
        let brokers = self.brokers().await?;
        let replication = plan.replication.unwrap_or_else(|| brokers.clamp(1, REPLICATION_ENOUGH));
        let in_sync = replication.saturating_sub(1).clamp(1, IN_SYNC_ENOUGH).to_string();
        let retention = plan.retention_ms.map_or_else(|| "-1".to_owned(), |ms| ms.to_string());
        let (partitions, copies) = (signed(plan.partitions), signed(replication));
        let names = Topic::ALL.map(|topic| self.settings.topic(topic.name()));
        let wanted = names.iter().map(|name| {
            let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(copies));
            let topic = topic.set("retention.ms", &retention).set("retention.bytes", "-1");
            topic.set("min.insync.replicas", &in_sync).set("cleanup.policy", "delete")
        });
        let wanted: Vec<_> = wanted.collect();
        let admin = self.admin()?;
        let answers = admin.client()?.create_topics(&wanted, &options()).await;
        let answers = answers.map_err(|error| self.refused(DOING, error))?;
        let mut made = Vec::new();
        for (topic, answer) in Topic::ALL.into_iter().zip(answers) {
            match answer {
                Ok(_) => made.push(topic),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((_, code)) => return Err(self.refused(DOING, KafkaError::AdminOp(code))),
            }
        }
        // Another client knows nothing but what the broker says, and not what this one has just asked for.
        let other = Self::open(self.settings.clone())?;
        timeout(KNOWN_MAX, other.all_are_led()).await.unwrap_or_else(|_elapsed| {
            let source = format!("no leader for each partition within {KNOWN_MAX:?}").into();
            Err(KafkaFailure::Refused { doing: DOING, source })
        })?;
        Ok(made)
    }

    /// Removes topics that were made for measuring, whose prefix says so; those that are not there are passed over.
    ///
    /// # Errors
    /// [`KafkaFailure`] when nobody answers, the broker refuses, or the prefix is another one.
    pub async fn remove_measured(&self) -> Result<(), KafkaFailure> {
        const DOING: &str = "removing topics";
        if !self.settings.prefix.contains(Self::MEASURED) {
            let source = format!("their prefix lacks `{}`, so they may be somebody's", Self::MEASURED);
            return Err(KafkaFailure::Refused { doing: DOING, source: source.into() });
        }
        let names = Topic::ALL.map(|topic| self.settings.topic(topic.name()));
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let admin = self.admin()?;
        let answers = admin.client()?.delete_topics(&names, &options()).await;
        for answer in answers.map_err(|error| self.refused(DOING, error))? {
            match answer {
                Ok(_)
                | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic)) => {}
                Err((_, code)) => return Err(self.refused(DOING, KafkaError::AdminOp(code))),
            }
        }
        Ok(())
    }

    /// Waits until each partition of each topic has a leader. A topic that was made is not known everywhere at once.
    async fn all_are_led(&self) -> Result<(), KafkaFailure> {
        let mut again = interval(ASK_EVERY);
        for topic in Topic::ALL {
            while !self.shape(&self.settings.topic(topic.name())).await?.is_led {
                again.tick().await;
            }
        }
        Ok(())
    }

    /// Partitions and copies of a topic.
    async fn shape(&self, name: &str) -> Result<TopicShape, KafkaFailure> {
        const DOING: &str = "asking for a topic";
        let found = self.metadata(DOING, Some(name.to_owned())).await?;
        let Some(topic) = found.topics().first() else { return Ok(TopicShape::default()) };
        match topic.error() {
            None => {}
            Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) => return Ok(TopicShape::default()),
            // It is there, and is getting its leaders.
            Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) => {}
            Some(error) => return Err(self.refused(DOING, KafkaError::MetadataFetch(error.into()))),
        }
        let all = topic.partitions();
        let copies = all.iter().map(|partition| partition.replicas().len()).min();
        Ok(TopicShape {
            partitions: Some(unsigned(all.len())),
            copies: unsigned(copies.unwrap_or(0)),
            is_led: !all.is_empty() && all.iter().all(|partition| partition.leader() >= 0),
        })
    }

    async fn brokers(&self) -> Result<u32, KafkaFailure> {
        Ok(unsigned(self.metadata("asking for brokers", None).await?.brokers().len()))
    }

    /// What is known of a topic, or of all that there is. Why nobody answers, the client says beside it.
    async fn metadata(&self, doing: &'static str, topic: Option<String>) -> Result<Metadata, KafkaFailure> {
        let client = Arc::clone(self.asking.client()?);
        let asking = move || {
            let answer = client.fetch_metadata(topic.as_deref(), REQUEST_MAX);
            let problem = told::problem_of(&client);
            answer.map_err(|error| (error, problem))
        };
        let answer = spawn_blocking(asking).await.map_err(|panic| KafkaFailure::Client(panic.into()))?;
        answer.map_err(|(error, problem)| self.unanswered(doing, error, problem))
    }

    async fn describe(&self, states: &mut [TopicState]) -> Result<(), KafkaFailure> {
        const DOING: &str = "asking for the settings of topics";
        let there: Vec<_> = states.iter_mut().filter(|state| state.partitions.is_some()).collect();
        if there.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = there.iter().map(|state| state.name.clone()).collect();
        let asked: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let admin = self.admin()?;
        let answers = admin.client()?.describe_configs(&asked, &options()).await;
        let answers = answers.map_err(|error| self.refused(DOING, error))?;
        for (state, answer) in there.into_iter().zip(answers) {
            match answer {
                Ok(config) => state.learn(&config),
                // Not everybody may ask; then it is not known.
                Err(RDKafkaErrorCode::TopicAuthorizationFailed) => {}
                Err(code) => return Err(self.refused(DOING, KafkaError::AdminOp(code))),
            }
        }
        Ok(())
    }

    /// A client that makes, changes and describes topics, for as long as that takes.
    fn admin(&self) -> Result<ClosedApart<AdminClient<Listener>>, KafkaFailure> {
        let client = self.settings.client().create_with_context(Listener::default());
        Ok(ClosedApart::of(client.map_err(|error| KafkaFailure::Client(safe(error)))?))
    }

    fn refused(&self, doing: &'static str, error: KafkaError) -> KafkaFailure {
        self.unanswered(doing, error, None)
    }

    fn unanswered(
        &self,
        doing: &'static str,
        error: KafkaError,
        problem: Option<ClientProblem>,
    ) -> KafkaFailure {
        match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::Resolve
                | RDKafkaErrorCode::OperationTimedOut,
            ) => KafkaFailure::away(&self.settings, doing, problem),
            _ => KafkaFailure::Refused { doing, source: safe(error) },
        }
    }
}

impl TopicState {
    fn learn(&mut self, config: &ConfigResource) {
        let value = |name: &str| config.get(name).and_then(|entry| entry.value.clone());
        self.in_sync_min = value("min.insync.replicas").and_then(|text| text.parse().ok());
        self.retention_ms = value("retention.ms").and_then(|text| text.parse().ok()); // -1 is for ever
        self.record_max = value("max.message.bytes").and_then(|text| text.parse().ok());
    }

    /// What an operator should know about it.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.replication < REPLICATION_ENOUGH {
            found.push(format!(
                "{} of {REPLICATION_ENOUGH} copies: a disk that is lost takes messages with it",
                self.replication
            ));
        }
        if let Some(count) = self.in_sync_min.filter(|count| *count < IN_SYNC_ENOUGH) {
            found.push(format!(
                "min.insync.replicas = {count}: a message is acknowledged when {count} of {IN_SYNC_ENOUGH} brokers have it"
            ));
        }
        if let Some(ms) = self.retention_ms {
            found.push(format!(
                "retention.ms = {ms}: what is older cannot be replayed, and stops whoever has not read it"
            ));
        }
        found
    }
}

/// That all topics are there. What should be known about those that are is said in the log.
///
/// # Errors
/// [`KafkaFailure::Refused`] with the names of those that are missing.
pub(super) fn check(states: &[TopicState]) -> Result<(), KafkaFailure> {
    let missing: Vec<_> =
        states.iter().filter(|state| state.partitions.is_none()).map(|state| &*state.name).collect();
    if !missing.is_empty() {
        let source: BoxError = format!(
            "there is no topic {}; make them with `rental topics create`, or let `publisher.create_topics = true` do it",
            missing.join(", ")
        )
        .into();
        return Err(KafkaFailure::Refused { doing: "looking for topics", source });
    }
    for state in states {
        let TopicState { name, partitions, replication, retention_ms, .. } = state;
        tracing::info!(topic = name, partitions, replication, retention_ms, "topic is there");
    }
    let all = states.iter().flat_map(|state| state.warnings());
    let different: std::collections::BTreeSet<_> = all.collect();
    for warning in different {
        tracing::warn!(warning, "topics may lose messages");
    }
    Ok(())
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(2 * REQUEST_MAX)).operation_timeout(Some(2 * REQUEST_MAX))
}

fn signed(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn unsigned(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
