//! Queries of lists: parameters that are known, each once and in its range.

use std::collections::BTreeMap;
use std::fmt::Display;

use application::codec::Named;
use application::ports::event_store::{LogId, Position};
use application::ports::token_store::ProcessorName;
use application::queries::VIEW_WAIT;
use axum::extract::Query;
use axum::http::Uri;
use uuid::Uuid;

use super::Api;
use super::current_log::CurrentLog;
use super::edge::RequestPermit;
use super::problem::{INVALID_QUERY, Problem};

/// How many items a list gives when nobody says.
pub(super) const LIMIT_DEFAULT: usize = 50;
/// How many items a list gives at most.
pub(super) const LIMIT_MAX: usize = 200;
/// The largest position or version that a store can keep.
const NUMBER_MAX: u64 = i64::MAX as u64;

/// The parameters of a query.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a query; there are no other parameters than `known`, and none stands there twice.
    pub(super) fn read(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        if !is_utf8(uri.query().unwrap_or_default()) {
            return Err(wrong(
                "the query is not UTF-8 where it is percent-encoded; encode its texts as UTF-8",
            ));
        }
        let query = Query::<Vec<(String, String)>>::try_from_uri(uri);
        let Query(pairs) = query.map_err(|_| wrong("the query cannot be read; encode it as form fields"))?;
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            if !known.contains(&name.as_str()) {
                let known = known.join("`, `");
                return Err(wrong(format!(
                    "the query has a parameter that is not known here; known are `{known}`"
                )));
            }
            if parameters.insert(name.clone(), value).is_some() {
                return Err(wrong(format!("the parameter `{name}` stands in the query twice; give it once")));
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter as it was given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter read by its rule.
    pub(super) fn parsed<T, E: Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let value = self.text(name).map(parse).transpose();
        value.map_err(|error| wrong(format!("the parameter `{name}` cannot be used: {error}")))
    }

    /// One of a few words.
    pub(super) fn word<T: Named>(&self, name: &str) -> Result<Option<T>, Problem> {
        let all = || T::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
        self.parsed(name, |raw| T::named(raw).ok_or_else(|| format!("it is one of {}", all())))
    }

    /// How many items are wanted: 1 to [`LIMIT_MAX`].
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        let limit = self.parsed("limit", |raw| match whole(raw) {
            Some(limit) if (1..=LIMIT_MAX as u64).contains(&limit) => Ok(limit as usize),
            _ => Err(format!("it is a whole number from 1 to {LIMIT_MAX}")),
        })?;
        Ok(limit.unwrap_or(LIMIT_DEFAULT))
    }

    /// A place in the log or a stream.
    pub(super) fn place(&self, name: &str) -> Result<Option<u64>, Problem> {
        self.parsed(name, |raw| {
            whole(raw).filter(|place| *place <= NUMBER_MAX).ok_or("it is a whole number below 2^63")
        })
    }

    /// The log that positions in the query are of.
    pub(super) fn log_id(&self) -> Result<Option<LogId>, Problem> {
        let read = |raw: &str| {
            Uuid::try_parse(raw).map(LogId::new).map_err(|_| "it is a log's id, as answers give it")
        };
        self.parsed("logId", read)
    }

    /// The position that the view has to have passed.
    pub(super) fn min_position(&self) -> Result<Option<Position>, Problem> {
        Ok(self.place("minPosition")?.map(Position::new))
    }
}

/// Makes sure that a view has passed the position that was asked for; waits apart for a while.
pub(super) async fn passed(
    api: &Api,
    log: CurrentLog,
    turn: &RequestPermit,
    view: &ProcessorName,
    query: &Parameters,
) -> Result<(), Problem> {
    log.admit(query)?;
    let Some(position) = query.min_position()? else { return Ok(()) };
    turn.wait_apart(VIEW_WAIT)?;
    Ok(api.queries.wait_for(view, position).await?)
}

/// The same for what is read from the log itself, which never lies behind; a position that it does not have is none of
/// it.
pub(super) async fn passed_head(api: &Api, log: CurrentLog, query: &Parameters) -> Result<(), Problem> {
    log.admit(query)?;
    let Some(wanted) = query.min_position()? else { return Ok(()) };
    Ok(api.queries.reaches(wanted).await?)
}

/// A query that cannot be used.
pub(super) fn wrong(detail: impl Display) -> Problem {
    Problem::new(&INVALID_QUERY, detail)
}

/// Whether a query is UTF-8 once decoded. Its parser puts another character where it is not, and would ask for that.
fn is_utf8(query: &str) -> bool {
    let (mut decoded, mut rest) = (Vec::with_capacity(query.len()), query.as_bytes());
    while let [first, after @ ..] = rest {
        let digits = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// A number written in digits only.
pub(super) fn whole(raw: &str) -> Option<u64> {
    let digits = !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit());
    // A number of digits that does not fit is no number here; its range is said by whoever asked.
    if digits { raw.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(query: &str) -> Option<usize> {
        let uri: Uri = format!("/list?{query}").parse().unwrap();
        Parameters::read(&uri, &["limit"]).and_then(|parameters| parameters.limit()).ok()
    }

    /// T115.
    #[test]
    fn a_query_whose_texts_are_not_utf8_is_refused_and_not_repaired() {
        for wrong in ["a=%FF", "a=%C3", "a=%C3&b=%A9", "%ff=1", "a=%ED%A0%80", "a=%c3%28"] {
            assert!(!is_utf8(wrong), "{wrong}");
        }
        for right in ["", "a=1", "a=%C3%A9", "a=%EF%BF%BD", "a=%", "a=%zz", "a=%2", "a=%F0%9F%A6%80+x"] {
            assert!(is_utf8(right), "{right}");
        }
    }

    /// T79.
    #[test]
    fn a_limit_lies_between_1_and_200() {
        assert_eq!((limit(""), limit("limit=1"), limit("limit=200")), (Some(50), Some(1), Some(200)));
        for wrong in [
            "limit=0",
            "limit=-1",
            "limit=201",
            "limit=1000000000",
            "limit=",
            "limit=1e1",
            "limit=%2B5",
            "limit=5&limit=5",
            "limits=5",
            "limit=99999999999999999999999",
        ] {
            assert_eq!(limit(wrong), None, "{wrong}");
        }
    }
}
