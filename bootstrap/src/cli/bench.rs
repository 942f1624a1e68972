//! `rental bench`: what is measured, for how long, and how it is written.

use std::str::FromStr;
use std::time::Duration;

use adapters::bench::Workload;
use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::tools::{Output, run_length};

/// The longest warm-up: an hour.
const WARM_UP_MAX: Duration = Duration::from_secs(3_600);

/// What is measured.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Bench {
    /// Commands on many streams, beside the same rows written bare.
    Append {
        #[command(flatten)]
        clients: Clients,
        /// As a further side, the same with all processors running.
        #[arg(long)]
        with_processors: bool,
        #[command(flatten)]
        pace: Pace,
    },
    /// Commands on one stream, beside the same rows written bare, and beside commands on many streams.
    Hot {
        #[command(flatten)]
        clients: Clients,
        #[command(flatten)]
        pace: Pace,
    },
    /// The log read from its beginning and decoded, beside bare pages of the same rows.
    CatchUp {
        /// How many events the log has, at least.
        #[arg(long, value_name = "N", default_value_t = 200_000,
              value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
        events: u64,
        #[command(flatten)]
        pace: Pace,
    },
    /// Rents and returns to their end, with all processors running, beside the rows they left, written bare.
    Rents {
        #[command(flatten)]
        crowd: Crowd,
        #[command(flatten)]
        pace: Pace,
    },
    /// A whole log published to the broker of the settings, beside the same records from a bare client; and how long a
    /// command's message takes until it can be read.
    Relay {
        /// How many clients wait for the messages of their commands, each with one under way.
        #[arg(long, value_name = "N", default_value_t = 32,
              value_parser = clap::value_parser!(u32).range(1..=10_000))]
        clients: u32,
        /// How many events the log has that is published, at least.
        #[arg(long, value_name = "N", default_value_t = 100_000,
              value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
        events: u64,
        #[command(flatten)]
        pace: Pace,
    },
    /// One long stream loaded with an empty cache: with a snapshot, without one, and as bare rows.
    Load {
        /// How many events the stream has.
        #[arg(long, value_name = "N", default_value_t = 10_000,
              value_parser = clap::value_parser!(u64).range(2..=10_000_000))]
        events: u64,
        #[command(flatten)]
        pace: Pace,
    },
}

/// Who sends commands, and to what.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Clients {
    /// How many clients, each with one command under way.
    #[arg(long = "clients", value_name = "N", default_value_t = 32,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
    /// How many streams they share.
    #[arg(long, value_name = "N", default_value_t = 10_000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    streams: u32,
}

/// Who rents what.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Crowd {
    /// How many clients, each with one attempt under way.
    #[arg(long = "clients", value_name = "N", default_value_t = 32,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
    /// How many members they share; with fewer than clients they get in each other's way [default: one for each client].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    members: Option<u32>,
    /// How many books they share, likewise [default: one for each client].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    books: Option<u32>,
}

/// How long is measured, and how it is written.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Pace {
    /// How long a side is measured in a round.
    #[arg(long = "for", value_name = "DURATION", default_value = "10s", value_parser = run_length)]
    pub(crate) length: Duration,
    /// How often each side has its turn.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) rounds: u32,
    /// How long a side runs before it is measured.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = warm_up)]
    pub(crate) warm_up: Duration,
    /// How the report is written.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

impl Bench {
    pub(crate) fn workload(&self) -> Workload {
        match *self {
            Self::Append { clients: Clients { count, streams }, with_processors, .. } => {
                Workload::Append { clients: count, streams, with_processors }
            }
            Self::Hot { clients: Clients { count, streams }, .. } => {
                Workload::Hot { clients: count, streams }
            }
            Self::CatchUp { events, .. } => Workload::CatchUp { events },
            Self::Load { events, .. } => Workload::Load { events },
            Self::Relay { clients, events, .. } => Workload::Relay { clients, events },
            Self::Rents { crowd: Crowd { count, members, books }, .. } => Workload::Rents {
                clients: count,
                members: members.unwrap_or(count),
                books: books.unwrap_or(count),
            },
        }
    }

    pub(crate) const fn pace(&self) -> Pace {
        match *self {
            Self::Append { pace, .. }
            | Self::Hot { pace, .. }
            | Self::CatchUp { pace, .. }
            | Self::Load { pace, .. }
            | Self::Rents { pace, .. }
            | Self::Relay { pace, .. } => pace,
        }
    }
}

fn warm_up(word: &str) -> Result<Duration, String> {
    let duration = SignedDuration::from_str(word).map_err(|error| format!("{error}; write it like 2s"))?;
    let fits = Duration::try_from(duration).ok().filter(|length| *length <= WARM_UP_MAX);
    fits.ok_or_else(|| "it is at least 0s and at most 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_may_be_no_warm_up() {
        assert_eq!(warm_up("0s"), Ok(Duration::ZERO));
        for wrong in ["", "2", "-1s", "2h"] {
            assert!(warm_up(wrong).is_err(), "{wrong}");
        }
    }
}
