//! `rental config`: what the settings are and where each comes from, without starting anything.

use clap::Subcommand;

use crate::failure::Early;
use crate::settings::{Output, Reading, render};

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
        let (shown, problems) = reading.into_parts();
        let said = match self {
            Self::Check if problems.is_empty() => "the settings are good\n".to_owned(),
            Self::Check => String::new(),
            Self::Show { output } => render(&shown, output),
        };
        Early::Asked { said, problems }
    }
}
