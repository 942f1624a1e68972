//! The forms of values: how each is read, and how it is written.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use toml::Value;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::entry::Given;
use super::secret::repeatable;
use super::{LogFormat, PublisherKind};

/// How a value that was read is written in a settings file.
pub(super) trait SettingText {
    /// The value as it would be given.
    fn written(&self) -> Value;
}

/// Text that has no form of its own.
pub(super) fn text(given: &Given) -> Result<&str, String> {
    match given {
        Given::Word(text) | Given::Value(Value::String(text)) => Ok(text),
        Given::Value(_) | Given::Section | Given::Unreadable => {
            Err(format!("found {}; it is a text: write it in quotes", given.found()))
        }
    }
}

/// Origins of pages, such as `https://desk.example`: a scheme and a host, without a path.
pub(super) fn origins(given: &Given) -> Result<Vec<String>, String> {
    let named = words(given)?;
    let is_origin = |word: &&String| {
        let host = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"));
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']))
    };
    match named.iter().find(|word| !is_origin(word)) {
        None => Ok(named),
        Some(wrong) => {
            let wrong = repeatable(wrong);
            Err(format!("found the text `{wrong}`; an origin is written like https://desk.example"))
        }
    }
}

/// Yes or no.
pub(super) fn truth(given: &Given) -> Result<bool, String> {
    match given {
        Given::Value(Value::Boolean(truth)) => Ok(*truth),
        Given::Word(word) if word == "true" => Ok(true),
        Given::Word(word) if word == "false" => Ok(false),
        Given::Word(_) | Given::Value(_) | Given::Section | Given::Unreadable => {
            Err(format!("found {}; it is true or false, without quotes", given.found()))
        }
    }
}

/// A whole number in a range.
pub(super) fn number<N: TryFrom<i64>>(range: RangeInclusive<i64>) -> impl Fn(&Given) -> Result<N, String> {
    move |given| {
        let (least, most) = (range.start(), range.end());
        let number = match given {
            Given::Value(Value::Integer(number)) => Some(*number),
            // Any word that is no number is told what a number has to be.
            Given::Word(word) => word.parse().ok(),
            Given::Value(_) | Given::Section | Given::Unreadable => None,
        };
        number.filter(|number| range.contains(number)).and_then(|number| N::try_from(number).ok()).ok_or_else(
            || {
                format!(
                    "found {}; it is a whole number from {least} to {most}, without quotes",
                    given.found()
                )
            },
        )
    }
}

/// A power of two up to `most`.
pub(super) fn power_of_two(most: u32) -> impl Fn(&Given) -> Result<u32, String> {
    move |given| {
        let number = number::<u32>(1..=most.into())(given)?;
        if number.is_power_of_two() {
            return Ok(number);
        }
        Err(format!("found {}; it is a power of two: 1, 2, 4, … {most}", given.found()))
    }
}

/// One of these names. One that is known and cannot be says why.
pub(super) fn one_of<T: Clone>(choices: &[(&str, Result<T, &str>)]) -> impl Fn(&Given) -> Result<T, String> {
    move |given| {
        let name = text(given)?;
        match choices.iter().find(|(choice, _)| *choice == name) {
            Some((_, choice)) => choice.clone().map_err(str::to_owned),
            None => {
                let possible = choices.iter().filter(|(_, choice)| choice.is_ok());
                let names: Vec<_> = possible.map(|(name, _)| format!("`{name}`")).collect();
                Err(format!("found {}; it is {}", given.found(), names.join(" or ")))
            }
        }
    }
}

/// Words, in a list or with commas between them.
pub(super) fn words(given: &Given) -> Result<Vec<String>, String> {
    let list = match given {
        Given::Word(word) => Some(word.split(',').map(|word| word.trim().to_owned()).collect()),
        Given::Value(Value::Array(values)) => {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        }
        Given::Value(_) | Given::Section | Given::Unreadable => None,
    };
    list.ok_or_else(|| {
        format!("found {}; it is a list of texts: write it like [\"a\", \"b\"]", given.found())
    })
}

/// A folder.
pub(super) fn folder(given: &Given) -> Result<PathBuf, String> {
    match text(given)? {
        "" => Err("this is empty; name a folder, such as ./data".to_owned()),
        url if url.contains("://") => Err(format!(
            "found {}, which is the URL of a store and no folder; give it as store.url",
            given.found()
        )),
        path => Ok(path.into()),
    }
}

/// An address with a port. The own machine may go by its name; others would have to be asked for first.
pub(super) fn address(given: &Given) -> Result<SocketAddr, String> {
    let text = text(given)?;
    let port = text.strip_prefix("localhost:").and_then(|port| port.parse::<u16>().ok());
    let address = match port {
        Some(port) => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        None => SocketAddr::from_str(text),
    };
    address.map_err(|error| {
        format!(
            "found {}, which is not an address ({error}); write it like 127.0.0.1:8080 or localhost:8080",
            given.found()
        )
    })
}

/// A duration longer than nothing and not longer than `most`.
pub(super) fn duration(most: Duration) -> impl Fn(&Given) -> Result<Duration, String> {
    move |given| {
        let duration = SignedDuration::from_str(text(given)?).map_err(|_| {
            format!("found {}, which is not a duration; write it like 10s or 1m30s", given.found())
        })?;
        // One below nothing is out of range like the others.
        let duration = Duration::try_from(duration).ok().filter(|it| !it.is_zero() && *it <= most);
        duration.ok_or_else(|| {
            format!("found {}; it is more than 0s and at most {}", given.found(), friendly(most))
        })
    }
}

/// A time zone by its name.
pub(super) fn zone(given: &Given) -> Result<TimeZone, String> {
    zone_of(text(given)?).map_err(|_| {
        format!("found {}, which is no time zone; write it like Asia/Seoul or UTC", given.found())
    })
}

/// The time zone of this name.
pub(super) fn zone_of(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|error| error.to_string())
}

/// What the log says: a level for all of it, and others for parts. A part without a level would silence all else.
pub(super) fn log_level(given: &Given) -> Result<String, String> {
    let text = text(given)?;
    let has_level = |part: &str| {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        !level.is_empty() && level.parse::<LevelFilter>().is_ok()
    };
    if text.split(',').all(has_level) && EnvFilter::builder().parse(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err(format!(
        "found {}; it is error, warn, info, debug, trace or off, and may be followed by others for parts, like \
         info,application=debug",
        given.found()
    ))
}

/// A duration as people write it.
fn friendly(duration: Duration) -> String {
    SignedDuration::try_from(duration).map_or_else(|_| format!("{duration:?}"), |it| format!("{it:#}"))
}

impl SettingText for bool {
    fn written(&self) -> Value {
        Value::Boolean(*self)
    }
}

impl SettingText for u32 {
    fn written(&self) -> Value {
        Value::Integer(i64::from(*self))
    }
}

impl SettingText for u64 {
    fn written(&self) -> Value {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl SettingText for usize {
    fn written(&self) -> Value {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl SettingText for String {
    fn written(&self) -> Value {
        Value::String(self.clone())
    }
}

impl SettingText for PathBuf {
    fn written(&self) -> Value {
        Value::String(self.display().to_string())
    }
}

impl SettingText for SocketAddr {
    fn written(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl SettingText for Duration {
    fn written(&self) -> Value {
        Value::String(friendly(*self))
    }
}

impl SettingText for TimeZone {
    fn written(&self) -> Value {
        Value::String(self.iana_name().unwrap_or("unnamed").to_owned())
    }
}

impl SettingText for PublisherKind {
    fn written(&self) -> Value {
        Value::from(match self {
            Self::Local => "local",
            Self::Memory => "memory",
            Self::Kafka => "kafka",
        })
    }
}

impl SettingText for LogFormat {
    fn written(&self) -> Value {
        Value::from(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl SettingText for Vec<String> {
    fn written(&self) -> Value {
        Value::Array(self.iter().map(SettingText::written).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(word: &str) -> Given {
        Given::Word(word.to_owned())
    }

    #[test]
    fn a_value_of_a_file_has_to_be_of_the_right_kind() {
        let text = Given::Value(Value::String("100".into()));
        let told = number::<u32>(0..=200)(&text).unwrap_err();
        assert_eq!(told, "found the text `100`; it is a whole number from 0 to 200, without quotes");
        assert!(truth(&Given::Value(Value::String("true".into()))).is_err());
        assert!(address(&Given::Value(Value::Integer(8080))).is_err());
        assert!(words(&Given::Value(Value::Array(vec![Value::Integer(1)]))).is_err());
    }

    #[test]
    fn a_word_is_read_as_what_is_needed() {
        assert_eq!(number::<u32>(0..=200)(&word("100")), Ok(100));
        assert_eq!(truth(&word("true")), Ok(true));
        assert_eq!(words(&word("a, b")), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(duration(Duration::from_secs(100))(&word("1m 30s")), Ok(Duration::from_secs(90)));
    }

    #[test]
    fn the_own_machine_may_go_by_its_name() {
        assert_eq!(address(&word("localhost:8080")), address(&word("127.0.0.1:8080")));
        for bad in ["localhost", "localhost:", "localhost:70000", "somewhere:80"] {
            assert!(address(&word(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for bad in ["-1", "201", "", "1.5", "9223372036854775808"] {
            assert!(number::<u32>(0..=200)(&word(bad)).is_err(), "{bad}");
        }
        for bad in ["0s", "-1s", "2h", "10", "soon"] {
            assert!(duration(Duration::from_secs(3_600))(&word(bad)).is_err(), "{bad}");
        }
        for bad in ["0", "3", "128"] {
            assert!(power_of_two(64)(&word(bad)).is_err(), "{bad}");
        }
        assert_eq!(power_of_two(64)(&word("64")), Ok(64));
    }

    /// A part alone would be taken as a filter that silences everything else.
    #[test]
    fn a_level_that_is_none_is_refused() {
        for bad in ["loud", "info,application", "application=loud", "", "info,,debug"] {
            assert!(log_level(&word(bad)).is_err(), "{bad}");
        }
        for good in ["info", "OFF", "warn,application=debug", "info,[span]=trace"] {
            assert!(log_level(&word(good)).is_ok(), "{good}");
        }
    }
}
