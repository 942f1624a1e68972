//! Settings: what the words of the command line mean, with everything that is wrong with them listed at once.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::cli::Words;

/// The longest grace period: an hour is longer than any supervisor waits.
const GRACE_MAX: Duration = Duration::from_secs(3_600);

/// What the process was asked to be.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) store: StoreKind,
    pub(crate) listen: SocketAddr,
    pub(crate) allow_given_dates: bool,
    pub(crate) zone: TimeZone,
    pub(crate) log: LogFormat,
    /// How long the drain may take.
    pub(crate) grace: Duration,
}

/// What stands behind the ports of the log and of the token side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreKind {
    Memory,
}

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// One thing that is wrong: which setting, what was found, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    setting: &'static str,
    what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.what)
    }
}

impl Settings {
    /// Reads the words.
    ///
    /// # Errors
    /// Every problem, in the order of the settings.
    pub(crate) fn read(words: &Words) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let store = note("--store", store(&words.store), &mut problems);
        let listen = note("--listen", listen(&words.listen, words.allow_anonymous), &mut problems);
        let zone = note("--zone", zone(&words.zone), &mut problems);
        let log = note("--log-format", log_format(&words.log_format), &mut problems);
        let grace = note("--grace", grace(&words.grace), &mut problems);
        match (store, listen, zone, log, grace) {
            (Some(store), Some(listen), Some(zone), Some(log), Some(grace)) => {
                let allow_given_dates = words.allow_given_dates;
                Ok(Self { store, listen, allow_given_dates, zone, log, grace })
            }
            _ => Err(problems),
        }
    }
}

fn note<T>(setting: &'static str, read: Result<T, String>, problems: &mut Vec<Problem>) -> Option<T> {
    read.map_err(|what| problems.push(Problem { setting, what })).ok()
}

fn store(word: &str) -> Result<StoreKind, String> {
    match word {
        "memory:" => Ok(StoreKind::Memory),
        other => Err(format!("`{other}` is not a store this build has; it has `memory:`")),
    }
}

fn listen(word: &str, allow_anonymous: bool) -> Result<SocketAddr, String> {
    let address = SocketAddr::from_str(word)
        .map_err(|error| format!("`{word}` is not an address ({error}); write it like 127.0.0.1:8080"))?;
    if address.ip().is_loopback() || allow_anonymous {
        return Ok(address);
    }
    Err(format!(
        "{address} can be reached from other machines and nobody would be asked who they are; listen on 127.0.0.1, or \
         say --allow-anonymous"
    ))
}

fn zone(word: &str) -> Result<TimeZone, String> {
    TimeZone::get(word)
        .map_err(|error| format!("`{word}` is not a time zone ({error}); write it like Asia/Seoul"))
}

fn log_format(word: &str) -> Result<LogFormat, String> {
    match word {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("`{other}` is not a format; it is `text` or `json`")),
    }
}

fn grace(word: &str) -> Result<Duration, String> {
    let duration = SignedDuration::from_str(word)
        .map_err(|error| format!("`{word}` is not a duration ({error}); write it like 10s"))?;
    Duration::try_from(duration)
        .ok()
        .filter(|grace| !grace.is_zero() && *grace <= GRACE_MAX)
        .ok_or_else(|| format!("`{word}` is out of range; it is more than 0s and at most 1h"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words {
            store: "memory:".into(),
            listen: "127.0.0.1:8080".into(),
            allow_anonymous: false,
            allow_given_dates: false,
            zone: "Asia/Seoul".into(),
            log_format: "text".into(),
            grace: "10s".into(),
        }
    }

    fn problems(words: &Words) -> Vec<&'static str> {
        Settings::read(words).unwrap_err().iter().map(|problem| problem.setting).collect()
    }

    #[test]
    fn the_defaults_are_right() {
        let settings = Settings::read(&words()).unwrap();
        assert_eq!(settings.grace, Duration::from_secs(10));
        assert_eq!(settings.zone.iana_name(), Some("Asia/Seoul"));
    }

    /// T89.
    #[test]
    fn every_problem_is_listed_at_once() {
        let bad = Words {
            store: "postgres://here".into(),
            listen: "here".into(),
            zone: "Seoul".into(),
            log_format: "xml".into(),
            grace: "soon".into(),
            ..words()
        };
        assert_eq!(problems(&bad), ["--store", "--listen", "--zone", "--log-format", "--grace"]);
    }

    #[test]
    fn beyond_loopback_it_listens_only_when_told_that_anybody_may_ask() {
        for listen in ["0.0.0.0:8080", "[::]:8080", "192.168.1.2:80"] {
            let open = Words { listen: listen.into(), ..words() };
            assert_eq!(problems(&open), ["--listen"], "{listen}");
            assert!(Settings::read(&Words { allow_anonymous: true, ..open }).is_ok(), "{listen}");
        }
        assert!(Settings::read(&Words { listen: "[::1]:8080".into(), ..words() }).is_ok());
    }

    #[test]
    fn a_grace_period_of_nothing_or_of_days_is_refused() {
        for grace in ["0s", "-1s", "2h", "10"] {
            assert_eq!(problems(&Words { grace: grace.into(), ..words() }), ["--grace"], "{grace}");
        }
    }

    #[test]
    fn a_problem_says_what_was_found_and_what_to_do() {
        let bad = Words { store: "sqlite:here".into(), ..words() };
        let told: Vec<_> = Settings::read(&bad).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["--store: `sqlite:here` is not a store this build has; it has `memory:`"]);
    }
}
