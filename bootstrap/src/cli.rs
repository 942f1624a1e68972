//! The command line.

use clap::{Args, Parser, Subcommand};

use crate::failure::Early;
use crate::settings::Settings;

/// Reads the command line of this process.
///
/// # Errors
/// [`Early`] when there is nothing to run: help was asked for, or something is wrong.
pub(crate) fn settings() -> Result<Settings, Early> {
    let Line { command, words } = Line::try_parse().map_err(Early::Clap)?;
    match command {
        None | Some(Command::Serve) => Settings::read(&words).map_err(Early::Settings),
    }
}

/// An event-sourced library rental service: HTTP in front, an append-only log behind.
#[derive(Debug, Parser)]
#[command(name = "rental", version, after_help = EXIT_CODES)]
struct Line {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    words: Words,
}

const EXIT_CODES: &str =
    "Exit codes: 0 done, 64 usage or settings, 69 something needed is not there, 70 internal.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the library until SIGTERM or SIGINT (the default).
    Serve,
}

/// What was said, as it was said; [`Settings`] says what it means.
#[derive(Debug, Args)]
pub(crate) struct Words {
    /// Where events and views are kept: `memory:` (gone with the process).
    #[arg(long, global = true, value_name = "URL", default_value = "memory:")]
    pub(crate) store: String,

    /// The address to listen on; port 0 takes a free one.
    #[arg(long, global = true, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,

    /// Serve other machines too, although nobody is asked who they are.
    #[arg(long, global = true)]
    pub(crate) allow_anonymous: bool,

    /// Let requests say on which day they happen (`on`): for demonstrations and tests.
    #[arg(long, global = true)]
    pub(crate) allow_given_dates: bool,

    /// The time zone whose days the library keeps.
    #[arg(long, global = true, value_name = "NAME", default_value = "Asia/Seoul")]
    pub(crate) zone: String,

    /// How the log on standard error looks: `text` or `json`.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: String,

    /// How long stopping may take.
    #[arg(long, global = true, value_name = "DURATION", default_value = "10s")]
    pub(crate) grace: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Line::command().debug_assert();
    }

    #[test]
    fn flags_may_stand_before_and_after_the_command() {
        for line in [["rental", "--grace", "3s", "serve"], ["rental", "serve", "--grace", "3s"]] {
            assert_eq!(Line::try_parse_from(line).unwrap().words.grace, "3s");
        }
    }
}
