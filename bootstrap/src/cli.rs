//! The command line.

mod bench;
mod config;
mod operating;
mod places;
mod tools;
mod urls;

use std::ffi::OsString;
use std::path::PathBuf;

use application::services::Services;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::demo::Demo;
use crate::failure::Early;
use crate::settings::{Reading, Settings, repeatable};

pub(crate) use bench::{Bench, Pace};
pub(crate) use operating::{Acting, At, OperatorCall};
use places::Places;
pub(crate) use tools::{
    Backup, CheckedLibrary, Export, Import, Library, Output, RebuildViews, Show, Simulate, Tail, Task,
    TopicsCommand, Verify,
};

/// What the process was asked to do.
#[derive(Debug)]
pub(crate) enum Asked {
    /// To serve, perhaps with members who come and go by themselves.
    Serve(Box<Settings>, Option<Demo>),
    /// To look at a library, or to fill one.
    Tool(Box<Task>),
    /// To measure.
    Bench(Box<Settings>, Bench),
}

/// Reads the command line of this process.
///
/// # Errors
/// [`Early`] when there is nothing to run: help was asked for, or something is wrong.
pub(crate) fn asked() -> Result<Asked, Early> {
    let CommandLine { command, words, places } =
        CommandLine::try_parse().map_err(|error| usage(error, std::env::args_os()))?;
    if let Some(Command::Verify(verify)) = command {
        return checking(verify, &words, &places).map(Box::new).map(Asked::Tool);
    }
    let words = places.of_one(&words).map_err(conflict)?;
    let reading = || Reading::of(&words, std::env::vars_os());
    match command {
        // A check was asked for above.
        None | Some(Command::Verify(_)) => serving(&words, Serve::default()),
        Some(Command::Serve(serve)) => serving(&words, serve),
        Some(Command::Bench(bench)) => {
            let settings = reading().settings().map_err(Early::Settings)?;
            Ok(Asked::Bench(Box::new(settings), bench))
        }
        Some(Command::Config(command)) => Err(command.answer(reading())),
        Some(Command::Tool(tool)) => {
            let task = tool.task(|| reading().settings());
            task.map(Box::new).map(Asked::Tool).map_err(Early::Settings)
        }
    }
}

fn serving(words: &Words, Serve { demo }: Serve) -> Result<Asked, Early> {
    // Who comes in a demonstration says on which day, so that some are late.
    let words = Words { allow_given_dates: words.allow_given_dates || demo, ..words.clone() };
    let settings = Reading::of(&words, std::env::vars_os()).settings().map_err(Early::Settings)?;
    if demo && settings.services != Services::ALL {
        let what = "`--demo` has members who ask all four services, and this process has a part of them; leave one out";
        return Err(conflict(what.to_owned()));
    }
    Ok(Asked::Serve(Box::new(settings), demo.then_some(Demo)))
}

/// A check, which may be of several logs and of topics. Settings are read where stores are opened or a broker is asked.
fn checking(verify: Verify, words: &Words, places: &Places) -> Result<Task, Early> {
    let settings = |words: &Words| {
        Reading::of(words, std::env::vars_os()).settings().map(Box::new).map_err(Early::Settings)
    };
    let stores = match verify.urls.is_empty() || places.name_any() {
        true => places.of_each(words, std::env::args_os()).map_err(conflict)?,
        false => Vec::new(),
    };
    let mut logs: Vec<Library> = verify.urls.iter().cloned().map(Library::Running).collect();
    for words in &stores {
        logs.push(Library::Stores(settings(words)?));
    }
    let topics = match &words.publisher {
        Some(_) => Some(settings(stores.first().unwrap_or(words))?),
        None => None,
    };
    Ok(Task::Verify(verify, CheckedLibrary { logs, topics }))
}

fn conflict(what: String) -> Early {
    Early::Clap(CommandLine::command().error(ErrorKind::ArgumentConflict, what))
}

/// What is wrong with the words, without the password of a URL that is among them.
fn usage(error: clap::Error, words: impl IntoIterator<Item = OsString>) -> Early {
    let said = error.render().to_string();
    // What is not text cannot be parsed, and clap says only that.
    let words = words.into_iter().filter_map(|word| word.into_string().ok());
    let hide = |said: String, word: String| {
        let value = word
            .split_once('=')
            .filter(|(flag, _)| flag.starts_with("--"))
            .map_or(&*word, |(_, value)| value);
        if value.contains("://") { said.replace(value, &repeatable(value)) } else { said }
    };
    let hidden = words.fold(said.clone(), hide);
    if hidden == said { Early::Clap(error) } else { Early::Usage(hidden) }
}

/// An event-sourced library rental service: HTTP in front, an append-only log behind.
#[derive(Debug, Parser)]
#[command(name = "rental", version, after_help = EXIT_CODES)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    places: Places,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 a check failed, 64 usage or settings, 69 something needed is not there, 70 internal.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the library until SIGTERM or SIGINT (the default).
    Serve(Serve),
    /// Checks and shows the settings; starts nothing.
    #[command(subcommand)]
    Config(config::Command),
    /// Checks the invariants, in the configured stores or of running services: each `--data`, `--store` and `--url` names
    /// a log, and several are checked together; with `--publisher` the topics too.
    Verify(Verify),
    #[command(flatten)]
    Tool(tools::Tool),
    /// Measures the configured store beside its raw limit, in a fresh place of its own.
    #[command(subcommand)]
    Bench(Bench),
}

/// How to serve.
#[derive(Debug, Clone, Copy, Default, Args)]
struct Serve {
    /// Fill a new library with a few books and members, and let members rent, be late and pay, two requests a second.
    /// Requests may say on which day they happen then. A library that is not new keeps what it has, and gets more
    /// members.
    #[arg(long)]
    demo: bool,
}

/// What was said, as it was said; [`Reading`] says what it means.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Words {
    /// The settings file [default: ./rental.toml, if it is there].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// `--store`, which [`Places`] reads.
    #[arg(skip)]
    pub(crate) store: Option<String>,

    /// `--tokens`, which [`Places`] reads.
    #[arg(skip)]
    pub(crate) tokens: Option<String>,

    /// How services talk to one another: `local`, where they follow the log, `kafka://HOST:PORT,…`, over a broker, or
    /// `memory`, over one in this process [default: local].
    #[arg(long, global = true, value_name = "KIND")]
    pub(crate) publisher: Option<String>,

    /// The services to run, with commas between them [default: all].
    #[arg(long, global = true, value_name = "NAMES")]
    pub(crate) services: Option<String>,

    /// `--data`, which [`Places`] reads.
    #[arg(skip)]
    pub(crate) data: Option<String>,

    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,

    /// Serve other machines too, although nobody is asked who they are.
    #[arg(long, global = true)]
    pub(crate) allow_anonymous: bool,

    /// Let requests say on which day they happen (`on`): for demonstrations and tests.
    #[arg(long, global = true)]
    pub(crate) allow_given_dates: bool,

    /// The time zone whose days the library keeps [default: Asia/Seoul].
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) zone: Option<String>,

    /// How the log on standard error looks: `text` or `json` [default: text].
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,

    /// What the log says: a level, or levels for parts [default: info].
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,

    /// How long stopping may take [default: 10s].
    #[arg(long, global = true, value_name = "DURATION")]
    pub(crate) grace: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    /// T85.
    #[test]
    fn what_is_wrong_with_the_words_is_said_without_passwords() {
        let url = "postgres://user:swordfish@host/db?password=swordfish";
        let flag = format!("--output={url}");
        for words in
            [vec!["rental", url], vec!["rental", "config", "show", &flag], vec!["rental", "serve", url]]
        {
            let error = CommandLine::try_parse_from(&words).unwrap_err();
            let Early::Usage(said) = usage(error, words.iter().map(OsString::from)) else {
                panic!("{words:?}")
            };
            assert!(said.contains("user:***@host") && !said.contains("swordfish"), "{said}");
        }
    }

    #[test]
    fn flags_may_stand_before_and_after_the_command() {
        for line in [["rental", "--grace", "3s", "serve"], ["rental", "serve", "--grace", "3s"]] {
            assert_eq!(CommandLine::try_parse_from(line).unwrap().words.grace.as_deref(), Some("3s"));
        }
    }
}
