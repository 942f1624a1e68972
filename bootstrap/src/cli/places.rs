//! Where logs are. One command line names one library, except for a check: there each `--data` and each `--store` names
//! the log of a service, and `--tokens` belongs to the log that was named before it.

use std::ffi::OsString;

use clap::Args;

use super::Words;

/// What names the kind of files in the data folder, and not which folder.
const FILES: &str = "sqlite:";
/// Tokens and views beside the log.
const SAME: &str = "same";

/// The flags that say where logs and their tokens are.
#[derive(Debug, Default, Args)]
pub(super) struct Places {
    /// Where events are kept: `sqlite:FOLDER`, `postgres://USER@HOST/DATABASE`, `mongodb://USER@HOST/DATABASE`, or `memory:` (gone with the process)
    /// [default: sqlite: in the data folder]; `verify` takes several.
    #[arg(long, global = true, value_name = "URL")]
    store: Vec<String>,

    /// Where tokens and views are kept: `same` as the events, or a URL of their own [default: same]. Where several logs
    /// are named, it belongs to the one before it.
    #[arg(long, global = true, value_name = "URL")]
    tokens: Vec<String>,

    /// The folder of stores in files, made when it is missing [default: ./data]; `verify` takes several.
    #[arg(long, global = true, value_name = "DIR")]
    data: Vec<String>,
}

/// One of these flags, as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Store(String),
    Tokens(String),
    Data(String),
}

impl Places {
    /// The words of the one library that they name.
    ///
    /// # Errors
    /// What is given more than once.
    pub(super) fn of_one(&self, words: &Words) -> Result<Words, String> {
        let Self { store, tokens, data } = self;
        let all = [("--store <URL>", store), ("--tokens <URL>", tokens), ("--data <DIR>", data)];
        if let Some((flag, _)) = all.into_iter().find(|(_, given)| given.len() > 1) {
            return Err(format!(
                "the argument '{flag}' cannot be used multiple times; only `verify` takes several logs"
            ));
        }
        let [store, tokens, data] = [store, tokens, data].map(|given| given.first().cloned());
        Ok(Words { store, tokens, data, ..words.clone() })
    }

    /// The words of each log that they name, in the order of the command line; those of one when nothing is named.
    ///
    /// # Errors
    /// What does not name a log.
    pub(super) fn of_each(
        &self,
        words: &Words,
        line: impl IntoIterator<Item = OsString>,
    ) -> Result<Vec<Words>, String> {
        let places = in_order(line);
        if count(&places) > self.store.len() + self.data.len() {
            return Err(
                "logs are named both before and after the command; name all of them after it".to_owned()
            );
        }
        let named = count(&places);
        let is_kind_only = |url: &String| url == FILES;
        // As for a service: the folder of what is kept in files, which the other flags name.
        let is_folder = self.data.len() == 1 && self.store.iter().chain(&self.tokens).any(is_kind_only);
        if named < 2 || (named == 2 && is_folder) {
            return self.of_one(words).map(|one| vec![one]);
        }
        let mut logs: Vec<Words> = Vec::new();
        for place in places {
            match place {
                Place::Data(folder) => logs.push(Words {
                    store: Some(FILES.to_owned()),
                    tokens: None,
                    data: Some(folder),
                    ..words.clone()
                }),
                Place::Store(url) if is_kind_only(&url) => {
                    return Err(format!("among several logs `{url}` names none; write --data FOLDER"));
                }
                Place::Store(url) => {
                    logs.push(Words { store: Some(url), tokens: None, data: None, ..words.clone() });
                }
                Place::Tokens(url) => match logs.last_mut() {
                    Some(log) if log.tokens.is_none() => log.tokens = Some(url),
                    Some(_) => return Err("--tokens is given twice for one log".to_owned()),
                    None => {
                        return Err(
                            "--tokens belongs to the log that is named before it, and none is".to_owned()
                        );
                    }
                },
            }
        }
        for log in &mut logs {
            log.tokens.get_or_insert_with(|| SAME.to_owned());
        }
        Ok(logs)
    }

    /// Whether any log is named.
    pub(super) fn name_any(&self) -> bool {
        !(self.store.is_empty() && self.data.is_empty())
    }
}

/// How many of these name a log.
fn count(places: &[Place]) -> usize {
    places.iter().filter(|place| !matches!(place, Place::Tokens(_))).count()
}

/// These flags in the order in which they stand on the command line.
fn in_order(line: impl IntoIterator<Item = OsString>) -> Vec<Place> {
    let mut line = line.into_iter().filter_map(|word| word.into_string().ok());
    let mut places = Vec::new();
    while let Some(word) = line.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let place: fn(String) -> Place = match flag.as_str() {
            "--store" => Place::Store,
            "--tokens" => Place::Tokens,
            "--data" => Place::Data,
            _other => continue,
        };
        places.extend(value.or_else(|| line.next()).map(place));
    }
    places
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        places: Places,
    }

    /// Store, tokens and data of each log.
    fn named(line: &str) -> Result<Vec<[Option<String>; 3]>, String> {
        let words: Vec<_> = std::iter::once("rental").chain(line.split_whitespace()).collect();
        let places = Line::try_parse_from(&words).unwrap().places;
        let logs = places.of_each(&Words::default(), words.iter().map(OsString::from))?;
        Ok(logs.into_iter().map(|Words { store, tokens, data, .. }| [store, tokens, data]).collect())
    }

    fn log(store: &str, tokens: &str, data: Option<&str>) -> [Option<String>; 3] {
        [Some(store.to_owned()), Some(tokens.to_owned()), data.map(str::to_owned)]
    }

    #[test]
    fn each_place_names_a_log_and_tokens_belong_to_the_one_before_them() {
        assert_eq!(
            named("--data a --store postgres://b --tokens sqlite:c --data=d --store=mongodb://e"),
            Ok(vec![
                log("sqlite:", "same", Some("a")),
                log("postgres://b", "sqlite:c", None),
                log("sqlite:", "same", Some("d")),
                log("mongodb://e", "same", None),
            ])
        );
    }

    #[test]
    fn one_library_is_named_as_for_a_service() {
        let one = |words: [Option<&str>; 3]| Ok(vec![words.map(|word| word.map(str::to_owned))]);
        assert_eq!(named(""), one([None, None, None]));
        assert_eq!(
            named("--tokens sqlite:c --store postgres://b"),
            one([Some("postgres://b"), Some("sqlite:c"), None])
        );
        assert_eq!(
            named("--store postgres://b --tokens sqlite: --data d"),
            one([Some("postgres://b"), Some("sqlite:"), Some("d")])
        );
    }

    #[test]
    fn what_names_no_log_is_said() {
        for (line, said) in [
            ("--tokens sqlite:c --data a --data b", "and none is"),
            ("--data a --tokens sqlite:c --tokens sqlite:d --data b", "twice for one log"),
            ("--data a --data b --store sqlite:", "names none"),
        ] {
            let found = named(line).unwrap_err();
            assert!(found.contains(said), "{line}: {found}");
        }
    }
}
