//! How many segments each processor gets.

use std::collections::BTreeMap;

use application::ports::token_store::ProcessorName;
use application::reactions;

use super::entry::Source;
use super::parsers::power_of_two;
use super::reader::Reader;

/// More segments than this need more nodes than a library has.
const MOST: u32 = 64;
const DEFAULT: &str = "processors.default.segments";

/// The number of segments by the name of the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segments {
    default: u32,
    by_name: BTreeMap<String, u32>,
}

impl Segments {
    /// Reads the default, which is `usual` when nobody says anything, and each processor there is.
    pub(super) fn read(reader: &mut Reader, usual: u32) -> Self {
        let default = reader.read(DEFAULT, usual, power_of_two(MOST));
        let one = |name: ProcessorName| {
            let name = name.to_string();
            let key = format!("processors.{name}.segments");
            let otherwise = (default, Source::Like(DEFAULT.to_owned()));
            (name, reader.read_or(&key, otherwise, power_of_two(MOST)))
        };
        let names = reactions::projections().into_iter().map(|(name, _)| name);
        let by_name = names.chain(reactions::HANDLERS.map(|(name, _)| name)).map(one).collect();
        Self { default, by_name }
    }

    /// The segments of one processor.
    pub(crate) fn of(&self, name: &ProcessorName) -> u32 {
        self.by_name.get(&name.to_string()).copied().unwrap_or(self.default)
    }
}
