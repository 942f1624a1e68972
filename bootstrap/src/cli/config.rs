//! `rental config`: what the settings are and where each comes from, without starting anything.

use clap::Subcommand;

use crate::failure::Early;
use crate::settings::{Outcome, Output, Reading, render};

/// What to say about the settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Command {
    /// Says whether the settings can be, and lists everything that is wrong with them.
    Check,
    /// Says what is in force and where it comes from, without secrets.
    Show {
        /// How it is written.
        #[arg(long, value_enum, default_value_t = Output::Toml)]
        output: Output,
    },
}

impl Command {
    /// The answer; nothing is started for it.
    pub(super) fn answer(self, reading: Reading) -> Early {
        let Outcome { shown, problems, notes } = reading.into_outcome();
        let said = match self {
            Self::Check if problems.is_empty() => {
                let notes = notes.iter().map(|note| format!("  {note}\n")).collect::<String>();
                format!("the settings are good\n{notes}")
            }
            Self::Check => String::new(),
            Self::Show { output } => render(&shown, output),
        };
        Early::Asked { said, problems }
    }
}
