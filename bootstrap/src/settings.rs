//! Settings: defaults, a file, the environment and flags, with everything that is wrong with them listed at once.

mod entry;
mod environment;
mod file;
mod flags;
mod location;
mod parsers;
mod problem;
mod publisher;
mod reader;
mod secret;
mod segments;
mod services;
mod shown;
mod starts;
mod unknown;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use adapters::http::HttpSettings;
use application::commands::CommandSettings;
use application::reactions::PlainPeers;
use application::services::Services;
use jiff::tz::TimeZone;

use crate::cli::Words;
use crate::runtime::Workers;
use entry::Source;
use parsers::{address, duration, folder, log_level, number, one_of, origins, truth, zone};
use reader::Reader;

pub(crate) use location::{DatabaseLocation, MongoLocation, StoreLocation};
pub(crate) use problem::SettingProblem;
pub(crate) use publisher::{KafkaLocation, PublisherKind, SUBSCRIBING, TRACKING};
pub(crate) use reader::Outcome;
pub(crate) use secret::repeatable;
pub(crate) use segments::Segments;
#[cfg(test)]
use shown::Shown;
pub(crate) use shown::{Output, render};
pub(crate) use starts::FirstStarts;

/// The longest grace period, and the longest time for a request: an hour is longer than any supervisor waits.
const WAIT_MAX: Duration = Duration::from_secs(3_600);
const GRACE: Duration = Duration::from_secs(10);

/// What the process was asked to be.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The settings file, when there was one.
    pub(crate) file: Option<PathBuf>,
    /// The services that this process runs.
    pub(crate) services: Services,
    /// Where the log is.
    pub(crate) store: StoreLocation,
    /// Where tokens and views are.
    pub(crate) tokens: StoreLocation,
    pub(crate) listen: SocketAddr,
    pub(crate) http: HttpSettings,
    pub(crate) commands: CommandSettings,
    pub(crate) publisher: PublisherKind,
    /// Which participants that others run answer less than ours.
    pub(crate) plain: PlainPeers,
    /// The broker, which counts when it is the publisher.
    pub(crate) kafka: KafkaLocation,
    pub(crate) segments: Segments,
    /// Where those begin that are new.
    pub(crate) starts: FirstStarts,
    pub(crate) zone: TimeZone,
    pub(crate) log: Log,
    /// How many threads run tasks.
    pub(crate) workers: Workers,
    /// How long the drain may take.
    pub(crate) grace: Duration,
    /// What was left out and stops nobody.
    pub(crate) notes: Vec<SettingProblem>,
}

/// What the log says, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    /// A filter that can be read.
    pub(crate) level: String,
}

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings as far as they can be, with what there is to say about them.
pub(crate) struct Reading {
    settings: Option<Settings>,
    outcome: Outcome,
}

impl Reading {
    /// Reads the settings from the words of the command line, the variables of the environment and the settings file.
    pub(crate) fn of(words: &Words, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self::with(file::read(words.config.as_deref()), words, variables)
    }

    fn with(
        content: file::Content,
        words: &Words,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let environment = environment::read(variables);
        let mut entries = content.entries;
        entries.extend(environment.entries);
        entries.extend(flags::read(words));
        let mut reader = Reader::new(entries, content.problems, environment.notes);
        let settings = Settings::read(&mut reader, content.path);
        Self { settings, outcome: reader.finish() }
    }

    /// The settings, if nothing is wrong with them.
    ///
    /// # Errors
    /// Every problem, in the order of the settings.
    pub(crate) fn settings(self) -> Result<Settings, Vec<SettingProblem>> {
        match self.settings {
            Some(settings) if self.outcome.problems.is_empty() => {
                Ok(Settings { notes: self.outcome.notes, ..settings })
            }
            Some(_) | None => Err(self.outcome.problems),
        }
    }

    /// The effective values, every problem, and what was left out and stops nobody.
    pub(crate) fn into_outcome(self) -> Outcome {
        self.outcome
    }

    /// The effective values, and every problem.
    #[cfg(test)]
    fn into_parts(self) -> (Vec<Shown>, Vec<SettingProblem>) {
        (self.outcome.shown, self.outcome.problems)
    }
}

impl Settings {
    /// The order of the reading is that of the problems; so every key is read before one that is missing ends it.
    fn read(reader: &mut Reader, file: Option<PathBuf>) -> Option<Self> {
        let services = services::read(reader);
        let (listen, http) = read_http(reader);
        let dir = reader.read("data.dir", PathBuf::from("./data"), folder);
        let places = location::read_both(reader, &dir);
        let tokens = places.as_ref().map(|(_, tokens)| tokens);
        let (publisher, plain) = publisher::read_exchange(reader, tokens, services);
        services::check(reader, services, publisher);
        let kafka = publisher::read_kafka(reader);
        let zone = reader.try_read("clock.zone", ("Asia/Seoul", Source::Default), zone);
        let commands = read_commands(reader);
        let workers = Workers(reader.read("runtime.workers", 0, number(0..=1_024)));
        let grace = reader.read("shutdown.grace", GRACE, duration(WAIT_MAX));
        let segments =
            Segments::read(reader, places.as_ref().map_or(1, |(_, tokens)| tokens.usual_segments()));
        let starts = FirstStarts::read(reader);
        let log = read_log(reader)?;
        let (store, tokens) = places?;
        let (zone, notes) = (zone?, vec![]);
        Some(Self {
            file,
            services,
            store,
            tokens,
            listen,
            http,
            commands,
            publisher,
            plain,
            kafka,
            segments,
            starts,
            zone,
            log,
            workers,
            grace,
            notes,
        })
    }
}

fn read_http(reader: &mut Reader) -> (SocketAddr, HttpSettings) {
    let usual = HttpSettings::default();
    let listen = reader.read("http.address", SocketAddr::from(([127, 0, 0, 1], 8080)), address);
    let anybody = reader.read("http.allow_anonymous", false, truth);
    if !listen.ip().is_loopback() && !anybody {
        let what = format!(
            "{listen} can be reached from other machines and nobody would be asked who they are; listen on 127.0.0.1, \
             or say --allow-anonymous (http.allow_anonymous = true)"
        );
        reader.refuse("http.address", what);
    }
    let http = HttpSettings {
        running_max: reader.read("http.running_max", usual.running_max, number(1..=100_000)),
        waiting_max: reader.read("http.waiting_max", usual.waiting_max, number(1..=100_000)),
        bodies_max: reader.read("http.bodies_max", usual.bodies_max, number(1..=100_000)),
        bodies_bytes: reader.read("http.bodies_bytes", usual.bodies_bytes, number(65_536..=1 << 40)),
        body_limit: reader.read("http.body_limit", usual.body_limit, duration(WAIT_MAX)),
        request_limit: reader.read("http.request_limit", usual.request_limit, duration(WAIT_MAX)),
        streams_max: reader.read("http.streams_max", usual.streams_max, number(1..=100_000)),
        heartbeat: reader.read("http.heartbeat", usual.heartbeat, duration(WAIT_MAX)),
        connections_max: reader.read("http.connections_max", usual.connections_max, number(1..=1_000_000)),
        head_limit: reader.read("http.head_limit", usual.head_limit, duration(WAIT_MAX)),
        write_limit: reader.read("http.write_limit", usual.write_limit, duration(WAIT_MAX)),
        origins: reader.read("http.origins", usual.origins, origins),
        allow_given_dates: reader.read("clock.allow_given_dates", usual.allow_given_dates, truth),
    };
    (listen, http)
}

fn read_commands(reader: &mut Reader) -> CommandSettings {
    let usual = CommandSettings::default();
    CommandSettings {
        snapshot_every: reader.read("snapshots.every", usual.snapshot_every, number(0..=1_000_000)),
        cached_states: reader.read("cache.states_max", usual.cached_states, number(1..=100_000_000)),
        cached_bytes: reader.read("cache.bytes_max", usual.cached_bytes, number(1_024..=1_099_511_627_776)),
        waiting_per_stream: reader.read(
            "commands.waiting_per_stream",
            usual.waiting_per_stream,
            number(1..=1_000_000),
        ),
        load_page: reader.read("commands.load_page", usual.load_page, number(1..=100_000)),
        append_batch: reader.read("commands.append_batch", usual.append_batch, number(1..=100_000)),
    }
}

fn read_log(reader: &mut Reader) -> Option<Log> {
    let formats = [("text", Ok(LogFormat::Text)), ("json", Ok(LogFormat::Json))];
    let format = reader.read("log.format", LogFormat::Text, one_of(&formats));
    let level = reader.try_read("log.level", ("info", Source::Default), log_level)?;
    Some(Log { format, level })
}
