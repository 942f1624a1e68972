//! Why a command that looks at a library could not do what was asked.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use adapters::client::ClientError;
use application::archive::{ExportError, ImportError, LineProblem, ReadError};
use application::control::RebuildError;
use application::ports::BoxError;
use application::ports::event_store::StoreError;
use application::ports::message_source::SourceError;
use application::processing::cause_of;
use application::queries::QueryError;
use application::verify::VerifyError;
use thiserror::Error;

use crate::failure::RunFailure as Serving;
use crate::ports::{CopyError, FillError};

/// Something was checked and is not as it should be, or is not there.
pub(super) const CHECK_FAILED: u8 = 1;
/// What was asked for cannot be done like this (`EX_USAGE`).
const USAGE: u8 = 64;
/// The service is not there (`EX_UNAVAILABLE`).
const UNAVAILABLE: u8 = 69;
/// Something went wrong inside (`EX_SOFTWARE`).
const INTERNAL: u8 = 70;

#[derive(Debug, Error)]
pub(super) enum ToolFailure {
    #[error("starting the runtime failed")]
    Runtime(#[source] io::Error),
    #[error("writing the result failed")]
    Output(#[source] io::Error),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{doing} failed")]
    Simulation {
        doing: &'static str,
        #[source]
        source: ClientError,
    },
    #[error("the check could not be made")]
    Verify(#[from] VerifyError),
    #[error(
        "what `{section}` names is in memory, which only its own process can see; ask that one with --url, or name \
         other stores with --store or --data"
    )]
    Memory { section: &'static str },
    #[error("the stores cannot be opened")]
    Open(#[from] Serving),
    #[error("reading the log failed")]
    Read(#[from] ReadError),
    #[error("the log has no event at position {0}; positions are 1, 2, 3 …")]
    NoEvent(u64),
    #[error("the log could not be exported")]
    Export(#[from] ExportError),
    #[error("nothing was imported")]
    Import(#[from] ImportError),
    #[error("nothing was backed up")]
    Copy(#[from] CopyError),
    #[error("`{}` holds something already; name a folder that is missing or empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("the copy cannot be read")]
    Copied(#[from] QueryError),
    #[error("{signal} came before it was done; nothing was left")]
    Interrupted { signal: &'static str },
    #[error("not every view will be built again; run it again")]
    Rebuild(#[from] RebuildError),
    #[error("nothing was imported")]
    Fill(#[from] FillError),
    #[error("{} is there already; choose another name, or replace it with --force", .0.display())]
    Exists(PathBuf),
    #[error("`{}` cannot be made; {remedy}", path.display())]
    Unmade {
        path: PathBuf,
        remedy: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("{doing} {} failed", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl ToolFailure {
    /// Says it on the terminal, and gives the code.
    pub(super) fn exit(&self) -> ExitCode {
        if self.is_closed_pipe() {
            return ExitCode::SUCCESS;
        }
        // A closed terminal changes nothing about the code, which says the same.
        let _ = writeln!(io::stderr().lock(), "rental: {}", cause_of(self));
        ExitCode::from(self.code())
    }

    /// Whoever read the result has enough of it, as `head` has.
    fn is_closed_pipe(&self) -> bool {
        let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        match self {
            Self::Output(error) | Self::Export(ExportError::Write(error)) => closed(error),
            Self::Runtime(_)
            | Self::Client(_)
            | Self::Simulation { .. }
            | Self::Verify(_)
            | Self::Memory { .. }
            | Self::Open(_)
            | Self::Read(_)
            | Self::NoEvent(_)
            | Self::Export(_)
            | Self::Import(_)
            | Self::Copy(_)
            | Self::NotEmpty(_)
            | Self::Copied(_)
            | Self::Interrupted { .. }
            | Self::Rebuild(_)
            | Self::Fill(_)
            | Self::Exists(_)
            | Self::Unmade { .. }
            | Self::File { .. } => false,
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Runtime(_)
            | Self::Output(_)
            | Self::Export(ExportError::Write(_))
            | Self::Copied(_)
            | Self::Interrupted { .. } => INTERNAL,
            Self::Client(error) | Self::Simulation { source: error, .. } => code_of(error),
            Self::Read(error) | Self::Export(ExportError::Read(error)) => code_of_reading(error),
            Self::Verify(VerifyError::Evidence { source, .. }) => code_of_cause(source),
            Self::Verify(VerifyError::Store(error) | VerifyError::Topics(SourceError::Store(error)))
            | Self::Import(ImportError::Store(error))
            | Self::Rebuild(RebuildError::Store(error)) => code_of_store(error),
            Self::Open(failure)
            | Self::Fill(FillError::Open(failure))
            | Self::Copy(CopyError::Open(failure)) => failure.code(),
            Self::Verify(
                VerifyError::Tokens(_)
                | VerifyError::NobodysLog { .. }
                | VerifyError::Topics(SourceError::Away { .. }),
            )
            | Self::Copy(CopyError::Copy(_))
            | Self::Rebuild(RebuildError::InUse { .. } | RebuildError::Tokens(_))
            | Self::Import(ImportError::Line { problem: LineProblem::Read(_), .. })
            | Self::Unmade { .. }
            | Self::File { .. } => UNAVAILABLE,
            Self::Verify(VerifyError::Unreadable(_) | VerifyError::Topics(_))
            | Self::NoEvent(_)
            | Self::Export(ExportError::Lossy(_) | ExportError::Gap { .. })
            | Self::Import(_)
            | Self::Fill(FillError::Occupied { .. }) => CHECK_FAILED,
            Self::Exists(_)
            | Self::Memory { .. }
            | Self::NotEmpty(_)
            | Self::Verify(
                VerifyError::SameLog { .. }
                | VerifyError::SameService { .. }
                | VerifyError::OtherTopics { .. },
            )
            | Self::Copy(
                CopyError::Memory { .. } | CopyError::OnAServer { .. } | CopyError::OnAReplicaSet { .. },
            )
            | Self::Fill(FillError::Memory) => USAGE,
        }
    }
}

fn code_of_reading(error: &ReadError) -> u8 {
    match error {
        ReadError::Store(error) => code_of_store(error),
        ReadError::Shown(source) => code_of_cause(source),
    }
}

/// A log that contradicts itself is something that was checked.
const fn code_of_store(error: &StoreError) -> u8 {
    match error {
        StoreError::Corrupt { .. } => CHECK_FAILED,
        StoreError::Unavailable { .. } | StoreError::UnknownOutcome { .. } => UNAVAILABLE,
    }
}

fn code_of_cause(source: &BoxError) -> u8 {
    source.downcast_ref::<ClientError>().map_or(CHECK_FAILED, code_of)
}

fn code_of(error: &ClientError) -> u8 {
    match error {
        error if error.is_away() => UNAVAILABLE,
        ClientError::Problem { problem, .. } if problem.status == 400 => USAGE,
        ClientError::Problem { .. } => CHECK_FAILED,
        ClientError::SetUp(_)
        | ClientError::Unreachable { .. }
        | ClientError::NoAnswer { .. }
        | ClientError::Unreadable { .. } => INTERNAL,
    }
}
