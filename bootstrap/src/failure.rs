//! Why the process ends other than by being done, and the exit code that says so.

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use application::ports::BoxError;
use application::processing::cause_of;
use thiserror::Error;

use crate::settings::SettingProblem;

/// The command line or the settings are wrong (`EX_USAGE`).
const USAGE: u8 = 64;
/// Something needed is not there (`EX_UNAVAILABLE`).
const UNAVAILABLE: u8 = 69;
/// Something went wrong inside (`EX_SOFTWARE`).
const INTERNAL: u8 = 70;

/// Why nothing was started.
#[derive(Debug)]
pub(crate) enum Early {
    /// Help or the version was asked for, or the line has a word that is not known.
    Clap(clap::Error),
    /// As before, where the line has something in it that is not to be said.
    Usage(String),
    /// Settings that cannot be.
    Settings(Vec<SettingProblem>),
    /// Only a question about the settings was asked.
    Asked {
        /// The answer, for standard output.
        said: String,
        /// What is wrong with the settings, for standard error.
        problems: Vec<SettingProblem>,
    },
}

impl Early {
    /// Says it on the terminal; the log is not there yet.
    pub(crate) fn exit(self) -> ExitCode {
        let (printed, code) = match self {
            Self::Clap(error) if !error.use_stderr() => return answered(error.print(), &[]),
            Self::Clap(error) => (error.print(), USAGE),
            Self::Usage(said) => (io::stderr().write_all(said.as_bytes()), USAGE),
            Self::Settings(problems) => (list(&problems), USAGE),
            Self::Asked { said, problems } => return answer(&said, &problems),
        };
        // A closed terminal changes nothing about the code, which says the same.
        printed.map_or(ExitCode::from(code), |()| ExitCode::from(code))
    }
}

/// Why serving ended, or never began.
#[derive(Debug, Error)]
pub(crate) enum RunFailure {
    #[error("starting the runtime failed")]
    Runtime(#[source] io::Error),
    #[error("setting up metrics failed")]
    Metrics(#[source] BoxError),
    #[error("listening on {address} failed; {}", remedy_of(source))]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("{what} could not be set up")]
    SetUp {
        what: &'static str,
        #[source]
        source: BoxError,
    },
    #[error("{task} ended although nobody asked it to")]
    Ended {
        task: String,
        #[source]
        source: Option<BoxError>,
    },
    #[error("stopping took longer than the grace period of {grace:?}; {running} still ran")]
    Slow { grace: Duration, running: String },
    #[error("a second signal came before everything had stopped")]
    Impatient,
    #[error(
        "files were taken away or cut short while they were in use; what was written to them may be gone with this process"
    )]
    Displaced(#[source] BoxError),
}

impl RunFailure {
    /// The runtime could not be started.
    pub(crate) const fn runtime(source: io::Error) -> Self {
        Self::Runtime(source)
    }

    /// Says it in the log, with its causes, and gives the code.
    pub(crate) fn exit(&self) -> ExitCode {
        tracing::error!(cause = self.causes(), "{self}");
        ExitCode::from(self.code())
    }

    /// The same where there is no log yet.
    pub(crate) fn exit_without_log(&self) -> ExitCode {
        // A closed terminal changes nothing about the code, which says the same.
        let _ = writeln!(io::stderr().lock(), "rental: {}", cause_of(self));
        ExitCode::from(self.code())
    }

    /// What lies behind it, from the nearest cause to the first one.
    pub(crate) fn causes(&self) -> String {
        self.source().map(cause_of).unwrap_or_default()
    }

    /// The code to end with.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Listen { .. } | Self::SetUp { .. } | Self::Displaced(_) => UNAVAILABLE,
            Self::Runtime(_)
            | Self::Metrics(_)
            | Self::Ended { .. }
            | Self::Slow { .. }
            | Self::Impatient => INTERNAL,
        }
    }
}

/// What to do about an address that cannot be listened on.
fn remedy_of(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another process uses it: stop that one, or choose another with --listen",
        io::ErrorKind::AddrNotAvailable => "it is not one of this machine: choose one that is with --listen",
        io::ErrorKind::PermissionDenied => {
            "this user may not take such a port: choose one from 1024 on with --listen, or grant the right"
        }
        _ => "choose another with --listen",
    }
}

fn answer(said: &str, problems: &[SettingProblem]) -> ExitCode {
    let mut out = io::stdout().lock();
    answered(out.write_all(said.as_bytes()).and_then(|()| out.flush()), problems)
}

/// Whoever reads the answer may have enough of it before its end, which changes nothing about the code.
fn answered(written: io::Result<()>, problems: &[SettingProblem]) -> ExitCode {
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        // A closed terminal changes nothing about the code, which says the same.
        let _ = writeln!(io::stderr().lock(), "rental: writing the answer failed: {error}");
        return ExitCode::from(INTERNAL);
    }
    if problems.is_empty() {
        return ExitCode::SUCCESS;
    }
    // As above.
    let _ = list(problems);
    ExitCode::from(USAGE)
}

fn list(problems: &[SettingProblem]) -> io::Result<()> {
    let mut terminal = io::stderr().lock();
    writeln!(terminal, "rental: {} of the settings cannot be:", problems.len())?;
    problems.iter().try_for_each(|problem| writeln!(terminal, "  {problem}"))
}
