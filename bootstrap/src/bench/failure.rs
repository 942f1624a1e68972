//! Why a bench has no result.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use adapters::bench::BenchError;
use application::ports::BoxError;
use application::processing::cause_of;
use thiserror::Error;

/// What was asked for cannot be measured like this (`EX_USAGE`).
const USAGE: u8 = 64;
/// Something needed is not there (`EX_UNAVAILABLE`).
const UNAVAILABLE: u8 = 69;
/// Something went wrong inside (`EX_SOFTWARE`).
const INTERNAL: u8 = 70;

#[derive(Debug, Error)]
pub(super) enum BenchFailure {
    #[error("starting the runtime failed")]
    Runtime(#[source] io::Error),
    #[error("no folder for the bench could be made in `{}`; give this user the right to write there, or name another", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the time that the disk takes could not be measured in `{}`", path.display())]
    Disk {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Start(#[from] crate::failure::RunFailure),
    #[error(transparent)]
    Bench(#[from] BenchError),
    #[error("{signal} came before everything was measured; what the bench had made is removed")]
    Interrupted { signal: &'static str },
    #[error("the folder `{}` of the bench could not be removed; remove it, nothing else is in it", path.display())]
    Left {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("a schema `bench_…` in the database could not be dropped; drop it, nothing else is in it")]
    NotCleared(#[source] BoxError),
    #[error("topics that begin with `{prefix}` could not be removed; remove them, they are only the bench's")]
    TopicsLeft {
        prefix: String,
        #[source]
        source: BoxError,
    },
    #[error("`bench relay` needs a broker, and `publisher` is `local`; add `--publisher kafka://HOST:PORT`")]
    NoBroker,
    #[error("writing the report failed")]
    Output(#[source] io::Error),
    #[error("the report could not be put into JSON")]
    Report(#[source] serde_json::Error),
}

impl BenchFailure {
    /// Says it on the terminal, and gives the code.
    pub(super) fn exit(&self) -> ExitCode {
        if matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            // Whoever read the report has enough of it.
            return ExitCode::SUCCESS;
        }
        // A closed terminal changes nothing about the code, which says the same.
        let _ = writeln!(io::stderr().lock(), "rental: {}", cause_of(self));
        ExitCode::from(self.code())
    }

    const fn code(&self) -> u8 {
        match self {
            Self::Folder { .. } | Self::Disk { .. } => UNAVAILABLE,
            Self::Start(failure) => failure.code(),
            Self::Bench(
                BenchError::Fixture { .. }
                | BenchError::Store { .. }
                | BenchError::Tokens { .. }
                | BenchError::Broker { .. },
            ) => UNAVAILABLE,
            Self::Bench(BenchError::Nothing { .. }) | Self::NoBroker => USAGE,
            Self::Bench(BenchError::Inside { .. } | BenchError::TooSlow { .. })
            | Self::Runtime(_)
            | Self::Interrupted { .. }
            | Self::Left { .. }
            | Self::NotCleared(_)
            | Self::TopicsLeft { .. }
            | Self::Output(_)
            | Self::Report(_) => INTERNAL,
        }
    }
}
