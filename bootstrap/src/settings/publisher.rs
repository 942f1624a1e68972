//! How the parts of the library talk to one another, and where the broker between them is.

use std::net::Ipv6Addr;
use std::num::NonZeroU16;

use application::reactions::PlainPeers;
use application::services::{ServiceName, Services};

use super::entry::Given;
use super::location::StoreLocation;
use super::parsers::{duration, number, one_of, text, truth, words};
use super::reader::Reader;
use super::secret::Secret;
use super::{Duration, WAIT_MAX};
use crate::ports::{KAFKA, KAFKA_TLS, PUBLISHERS};

/// How messages come in: each partition has its token in the token store.
pub(crate) const TRACKING: &str = "tracking";
/// The same, and a consumer group says which node has which partition, and how far it has come.
pub(crate) const SUBSCRIBING: &str = "subscribing";

/// The way to prove who asks that sends the password itself.
const PLAIN: &str = "PLAIN";

/// How long a batch is tried before its publisher says that nobody is there.
const DELIVERY: Duration = Duration::from_secs(10);
/// How many partitions a topic gets.
const PARTITIONS: u32 = 4;
/// The longest that Kafka's names may be, without the longest of ours.
const PREFIX_MAX: usize = 200;

/// What messages go over from one part of the library to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublisherKind {
    /// Nothing: handlers follow the log itself.
    Local,
    /// A broker in this process.
    Memory,
    /// A Kafka broker.
    Kafka,
}

/// Where the broker is, and how it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KafkaLocation {
    pub(crate) brokers: Vec<String>,
    pub(crate) prefix: String,
    /// Whether a start looks for messages that the log has never said.
    pub(crate) check_topics: bool,
    /// Whether topics that are missing are made at the start.
    pub(crate) create_topics: bool,
    pub(crate) partitions: u32,
    /// How many brokers have a copy; 0 for as many as there are, up to 3.
    pub(crate) replication: u32,
    /// 0 for ever.
    pub(crate) retention_days: u32,
    pub(crate) delivery_limit: Duration,
    /// Whether handlers share partitions with those of other nodes by a consumer group.
    pub(crate) subscribing: bool,
    pub(crate) tls: bool,
    /// A file with certificates; empty for the system's.
    pub(crate) authorities: String,
    /// Empty for nobody.
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
    pub(crate) mechanism: String,
}

/// How services talk to one another, and which of those that others run answer less than ours.
pub(super) fn read_exchange(
    reader: &mut Reader,
    tokens: Option<&StoreLocation>,
    services: Services,
) -> (PublisherKind, PlainPeers) {
    let publisher = read_publisher(reader, tokens);
    let book = read_is_plain(reader, "participants.book.answers", services, ServiceName::Book);
    let member = read_is_plain(reader, "participants.member.answers", services, ServiceName::Member);
    (publisher, PlainPeers { book, member })
}

/// Whether a participant is a plain peer, which only one can be that is not run here.
fn read_is_plain(reader: &mut Reader, key: &'static str, services: Services, service: ServiceName) -> bool {
    let forms = ["ids", "plain"].map(|form| (form, Ok(form.to_owned())));
    let is_plain = reader.read(key, "ids".to_owned(), one_of(&forms)) == "plain";
    if is_plain && services.contains(service) {
        let what = format!(
            "this process runs the service `{service}` itself, which answers with ids; leave it out of `services`, or say \
             \"ids\""
        );
        reader.refuse(key, what);
    }
    is_plain
}

/// Reads where the broker is, whether or not it is used.
pub(super) fn read_kafka(reader: &mut Reader) -> KafkaLocation {
    let ways = [TRACKING, SUBSCRIBING].map(|way| (way, Ok(way.to_owned())));
    let mechanisms = [PLAIN, "SCRAM-SHA-256", "SCRAM-SHA-512"].map(|name| (name, Ok(name.to_owned())));
    let usual = vec!["127.0.0.1:9092".to_owned()];
    let location = KafkaLocation {
        brokers: reader.read("publisher.brokers", usual, brokers),
        prefix: reader.read("publisher.prefix", String::new(), prefix),
        check_topics: reader.read("publisher.check_topics", true, truth),
        create_topics: reader.read("publisher.create_topics", false, truth),
        partitions: reader.read("publisher.partitions", PARTITIONS, number(1..=1_000)),
        replication: reader.read("publisher.replication", 0, number(0..=100)),
        retention_days: reader.read("publisher.retention_days", 0, number(0..=36_500)),
        delivery_limit: reader.read("publisher.delivery_limit", DELIVERY, duration(WAIT_MAX)),
        subscribing: reader.read("publisher.consume", TRACKING.to_owned(), one_of(&ways)) == SUBSCRIBING,
        tls: reader.read("publisher.tls", false, truth),
        authorities: reader.read("publisher.authorities", String::new(), no_url),
        user: reader.read("publisher.user", String::new(), no_url),
        password: reader.secret("publisher.password").map(|(secret, _)| secret),
        mechanism: reader.read("publisher.mechanism", "SCRAM-SHA-512".to_owned(), one_of(&mechanisms)),
    };
    refuse_what_is_not_safe(reader, &location);
    location
}

/// Nobody believes to be protected who is not.
fn refuse_what_is_not_safe(reader: &mut Reader, location: &KafkaLocation) {
    let KafkaLocation { tls, authorities, user, password, mechanism, .. } = location;
    for (key, is_asked) in [("publisher.tls", *tls), ("publisher.user", !user.is_empty())] {
        if is_asked && !KAFKA_TLS {
            let what = "this was left out of this build; build with `--features kafka-tls`, which takes OpenSSL's \
                        headers (Debian: libssl-dev), or leave it out here";
            reader.refuse(key, what.to_owned());
        }
    }
    if user.is_empty() != password.is_none() {
        let what = "a user and a password go together; give both or none";
        reader.refuse("publisher.user", what.to_owned());
    }
    if !authorities.is_empty() && !tls {
        let what = "without `publisher.tls = true` nothing is encrypted and nobody's certificate is looked at; say that, \
                    or leave this out";
        reader.refuse("publisher.authorities", what.to_owned());
    }
    if mechanism == PLAIN && !user.is_empty() && !tls {
        let what = "this sends the password as it is, to be read on the way; say `publisher.tls = true`, or take \
                    `SCRAM-SHA-512`";
        reader.refuse("publisher.mechanism", what.to_owned());
    }
}

/// What a broker in memory holds is gone with the process, so tokens that say how far it was read have to go with it.
fn read_publisher(reader: &mut Reader, tokens: Option<&StoreLocation>) -> PublisherKind {
    let left_out = "kafka was left out of this build; build with the feature `kafka`";
    let kafka = if PUBLISHERS.contains(&KAFKA) { Ok(PublisherKind::Kafka) } else { Err(left_out) };
    let kinds = [("local", Ok(PublisherKind::Local)), ("memory", Ok(PublisherKind::Memory)), (KAFKA, kafka)];
    let publisher = reader.read("publisher.kind", PublisherKind::Local, one_of(&kinds));
    let outlasting = tokens.filter(|tokens| **tokens != StoreLocation::Memory);
    if let (PublisherKind::Memory, Some(tokens)) = (publisher, outlasting) {
        let what = format!(
            "a broker in memory is gone with the process, while tokens in {tokens} would stay and name what it no longer \
             has; keep them in memory too (`--store memory:` or `--tokens memory:`), or use `local`"
        );
        reader.refuse("publisher.kind", what);
    }
    publisher
}

fn brokers(given: &Given) -> Result<Vec<String>, String> {
    let named = words(given)?;
    let is_broker = |word: &str| {
        let parts = word.rsplit_once(':');
        parts.is_some_and(|(host, port)| is_host(host) && port.parse::<NonZeroU16>().is_ok())
    };
    match named.iter().find(|word| !is_broker(word)) {
        None => Ok(named),
        Some(stranger) => {
            let stranger = Given::Word(stranger.clone());
            Err(format!("found {}, which is not a broker; write brokers like host:9092", stranger.found()))
        }
    }
}

/// Whether this may be a name or an address; one of IPv6 stands in brackets.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)),
    }
}

fn prefix(given: &Given) -> Result<String, String> {
    let prefix = text(given)?;
    let is_fit = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if prefix.chars().all(is_fit) && prefix.len() <= PREFIX_MAX {
        return Ok(prefix.to_owned());
    }
    Err(format!(
        "found {}; topics are named by letters, digits, dots, dashes and underscores, {PREFIX_MAX} at most",
        given.found()
    ))
}

/// A URL may hold a password, which would be shown.
fn no_url(given: &Given) -> Result<String, String> {
    match text(given)? {
        url if url.contains("://") => {
            Err(format!("found {}, which is a URL; give addresses as publisher.brokers", given.found()))
        }
        plain => Ok(plain.to_owned()),
    }
}
