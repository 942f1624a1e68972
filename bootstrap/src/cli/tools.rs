//! Commands that look at a library and end: one that runs already, or one in stores that they open.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use adapters::client::{Address, ServicePlaces};
use application::ports::event_store::StreamName;
use clap::{Args, Subcommand, ValueEnum};
use jiff::SignedDuration;

use super::operating::{Operate, OperatorCall};
use super::urls::ServiceUrls;
use crate::settings::{SettingProblem, Settings};

/// The longest a simulation may be asked to run: a day.
const RUN_MAX: Duration = Duration::from_secs(24 * 3_600);

/// What a library is asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Tool {
    /// Lets visitors register, rent, return and pay at a running service, and checks what came of it.
    Simulate(Simulate),
    /// Shows the log, writes it out, or reads it in.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Makes the tables of the configured stores, or brings them up to date, and ends: for a user who may, so that the
    /// service needs no right to.
    Migrate,
    /// Copies log, tokens and views of stores in files into a folder to start from, also beside the service that uses
    /// them.
    Backup(Backup),
    /// Makes or lists the topics on the Kafka broker of the settings.
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Has the views built again from the log at the next start, while pauses and what was said about single events
    /// stay; for a log that was restored or exchanged under them. No service may run.
    RebuildViews(RebuildViews),
    #[command(flatten)]
    Operate(Operate),
}

/// What is to be done, with everything that it needs.
#[derive(Debug)]
pub(crate) enum Task {
    Simulate(Simulate, ServicePlaces),
    Verify(Verify, CheckedLibrary),
    Tail(Tail, Library),
    Show(Show, Library),
    Export(Export, Library),
    Import(Import, Box<Settings>),
    Migrate(Box<Settings>),
    Backup(Backup, Box<Settings>),
    RebuildViews(RebuildViews, Box<Settings>),
    Topics(TopicsCommand, Box<Settings>),
    Operate(OperatorCall),
}

/// What is done with topics.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum TopicsCommand {
    /// Makes those that are not there, as `publisher.partitions`, `replication` and `retention_days` say.
    Create,
    /// Lists them with their partitions, copies and retention.
    List {
        /// How the list is written.
        #[arg(long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
}

/// Which library is looked at.
#[derive(Debug)]
pub(crate) enum Library {
    /// That of a running service, over HTTP.
    Running(Address),
    /// The one in the configured stores, which are opened.
    Stores(Box<Settings>),
}

/// What is checked together.
#[derive(Debug)]
pub(crate) struct CheckedLibrary {
    /// The logs, at least one.
    pub(crate) logs: Vec<Library>,
    /// Where the topics are, if they are looked at too.
    pub(crate) topics: Option<Box<Settings>>,
}

impl Tool {
    /// The task; settings are read only where stores are opened.
    ///
    /// # Errors
    /// Every problem of the settings.
    pub(super) fn task(
        self,
        settings: impl Fn() -> Result<Settings, Vec<SettingProblem>>,
    ) -> Result<Task, Vec<SettingProblem>> {
        let library = |source: &ToolSource| match &source.url {
            Some(url) => Ok(Library::Running(url.clone())),
            None => settings().map(Box::new).map(Library::Stores),
        };
        Ok(match self {
            Self::Simulate(simulate) => {
                let places = simulate.services.places().map_err(|what| vec![SettingProblem::of_url(what)])?;
                Task::Simulate(simulate, places)
            }
            Self::Operate(operate) => Task::Operate(operate.call()),
            Self::Migrate => Task::Migrate(settings().map(Box::new)?),
            Self::Backup(backup) => Task::Backup(backup, settings().map(Box::new)?),
            Self::RebuildViews(rebuild) => Task::RebuildViews(rebuild, settings().map(Box::new)?),
            Self::Topics(command) => Task::Topics(command, settings().map(Box::new)?),
            Self::Events(EventsCommand::Tail(tail)) => {
                library(&tail.source).map(|library| Task::Tail(tail, library))?
            }
            Self::Events(EventsCommand::Show(show)) => {
                library(&show.source).map(|library| Task::Show(show, library))?
            }
            Self::Events(EventsCommand::Export(export)) => {
                library(&export.source).map(|library| Task::Export(export, library))?
            }
            Self::Events(EventsCommand::Import(import)) => Task::Import(import, settings().map(Box::new)?),
        })
    }
}

/// Where the library is looked at.
#[derive(Debug, Args)]
pub(crate) struct ToolSource {
    /// Asks the running service there; without it, the configured stores are opened to be read.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<Address>,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[value(alias = "table")]
    Text,
    /// For programs.
    Json,
}

/// What visitors do.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(crate) services: ServiceUrls,
    /// How many members take part; each is registered first and gets a card.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) members: u32,
    /// How many books they rent; each is entered first.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) books: u32,
    /// How many requests begin in a second, whether or not those before have been answered.
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: u32,
    /// How long requests begin.
    #[arg(long = "for", value_name = "DURATION", value_parser = run_length)]
    pub(crate) length: Duration,
    /// Makes the same choices again; without it, any.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How the report is written.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// What is checked.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Asks the running service there; for each service once. Without it, stores are opened to be read.
    #[arg(long = "url", value_name = "URL")]
    pub(crate) urls: Vec<Address>,
    /// How the report is written.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// Where a copy goes.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The folder, which appears when everything in it is complete; it is missing or empty before.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// How the report is written.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// How views are built again.
#[derive(Debug, Args)]
pub(crate) struct RebuildViews {
    /// How the report is written.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// What is done with the log.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// The last events, or those after a position.
    Tail(Tail),
    /// One event.
    Show(Show),
    /// Writes the whole log out as JSON lines.
    Export(Export),
    /// Reads an export into the configured store, which has to be empty.
    Import(Import),
}

/// Which events are shown.
#[derive(Debug, Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    pub(crate) source: ToolSource,
    /// All after this position; without it, the last 20.
    #[arg(long, value_name = "POSITION")]
    pub(crate) after: Option<u64>,
    /// Only of this type, such as `rental-card.item-rented`.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// Only of this stream, such as `rental-card-jenny`.
    #[arg(long, value_name = "STREAM", value_parser = stream_name)]
    pub(crate) stream: Option<StreamName>,
    /// Goes on with what happens later, until it is interrupted.
    #[arg(long)]
    pub(crate) follow: bool,
    /// How events are written; as JSON, one a line.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// Which event is shown.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) source: ToolSource,
    /// Its place in the log.
    pub(crate) position: u64,
    /// How it is written.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// Where the log goes.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) source: ToolSource,
    /// The file, which appears when it is complete; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Replaces a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Where a log comes from.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file that an export made; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
}

fn stream_name(word: &str) -> Result<StreamName, String> {
    StreamName::parse(word).ok_or_else(|| "it is a stream's name, as events show it".to_owned())
}

pub(super) fn run_length(word: &str) -> Result<Duration, String> {
    let duration = SignedDuration::from_str(word).map_err(|error| format!("{error}; write it like 60s"))?;
    Duration::try_from(duration)
        .ok()
        .filter(|length| !length.is_zero() && *length <= RUN_MAX)
        .ok_or_else(|| "it is more than 0s and at most 24h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_length() {
        assert_eq!(run_length("60s"), Ok(Duration::from_secs(60)));
        for wrong in ["", "60", "0s", "-5s", "25h", "soon"] {
            assert!(run_length(wrong).is_err(), "{wrong}");
        }
    }
}
