//! Settings from the command line.

use super::entry::{Entry, Given, Name, Source};
use super::location::is_same;
use crate::cli::Words;

/// The flags that were given, as the keys they stand for.
pub(super) fn read(words: &Words) -> Vec<Entry> {
    let store = words.store.as_ref().map(|url| ("--store", "store.url", url.clone()));
    let tokens = words.tokens.as_ref().map(|word| {
        let key = if is_same(word) { "tokens.kind" } else { "tokens.url" };
        ("--tokens", key, word.clone())
    });
    let (publisher, brokers) = publisher(words.publisher.as_deref());
    let plain = [
        ("--services", "services", &words.services),
        ("--data", "data.dir", &words.data),
        ("--listen", "http.address", &words.listen),
        ("--zone", "clock.zone", &words.zone),
        ("--log-format", "log.format", &words.log_format),
        ("--log-level", "log.level", &words.log_level),
        ("--grace", "shutdown.grace", &words.grace),
    ];
    let plain = plain.into_iter().filter_map(|(flag, key, word)| Some((flag, key, word.clone()?)));
    let switches = [
        ("--allow-anonymous", "http.allow_anonymous", words.allow_anonymous),
        ("--allow-given-dates", "clock.allow_given_dates", words.allow_given_dates),
    ];
    let switches =
        switches.into_iter().filter(|(_, _, on)| *on).map(|(flag, key, _)| (flag, key, "true".to_owned()));
    [store, tokens, publisher, brokers]
        .into_iter()
        .flatten()
        .chain(plain)
        .chain(switches)
        .map(entry)
        .collect()
}

type Flag = (&'static str, &'static str, String);

/// A URL says both the kind and who is there.
fn publisher(word: Option<&str>) -> (Option<Flag>, Option<Flag>) {
    let kind = |name: &str| Some(("--publisher", "publisher.kind", name.to_owned()));
    match word.map(|word| word.strip_prefix("kafka://").ok_or(word)) {
        None => (None, None),
        Some(Err(name)) => (kind(name), None),
        Some(Ok(brokers)) => (kind("kafka"), Some(("--publisher", "publisher.brokers", brokers.to_owned()))),
    }
}

fn entry((flag, key, word): (&'static str, &str, String)) -> Entry {
    Entry { name: Name::Key(key.to_owned()), given: Given::Word(word), source: Source::Flag(flag) }
}
