//! Where processors begin that are new.

use std::collections::BTreeMap;

use application::ports::message_source::StartingPoint;
use application::ports::token_store::ProcessorName;
use application::reactions::{HANDLERS, PUBLISH, partition_of};
use jiff::Timestamp;
use toml::Value;

use super::entry::{Given, Source};
use super::parsers::{SettingText, text};
use super::reader::Reader;

const DEFAULT: &str = "processors.default.start";

/// Where handlers and the relay begin that a token store in use has never seen. Views always begin at the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FirstStarts(BTreeMap<String, FirstStart>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FirstStart(StartingPoint);

impl FirstStarts {
    /// Reads the default and each handler there is.
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = reader.read(DEFAULT, FirstStart(StartingPoint::Beginning), first_start);
        let one = |name: ProcessorName| {
            let key = format!("processors.{name}.start");
            let otherwise = (default, Source::Like(DEFAULT.to_owned()));
            (name.to_string(), reader.read_or(&key, otherwise, first_start))
        };
        Self(HANDLERS.map(|(name, _)| name).into_iter().chain([PUBLISH]).map(one).collect())
    }

    /// Where one begins that is new; what follows a partition begins as the handler that it works for.
    pub(crate) fn of(&self, name: &ProcessorName) -> StartingPoint {
        let handler = partition_of(name).map_or(name.as_str(), |(handler, ..)| handler);
        self.0.get(handler).map_or(StartingPoint::Beginning, |start| start.0)
    }
}

impl SettingText for FirstStart {
    fn written(&self) -> Value {
        Value::String(match self.0 {
            StartingPoint::Beginning => "beginning".to_owned(),
            StartingPoint::Head => "head".to_owned(),
            StartingPoint::Time(time) => time.to_string(),
            StartingPoint::Position(position) => position.to_string(),
        })
    }
}

fn first_start(given: &Given) -> Result<FirstStart, String> {
    let read = text(given)?;
    let place = match read {
        "beginning" => Some(StartingPoint::Beginning),
        "head" => Some(StartingPoint::Head),
        // What it is not is said by what it has to be.
        time => time.parse::<Timestamp>().ok().map(StartingPoint::Time),
    };
    let wanted = "it is `beginning`, `head`, or a time such as `2026-03-02T08:15:30Z`";
    place.map(FirstStart).ok_or_else(|| format!("found {}; {wanted}", given.found()))
}
