//! Where the services are that visitors come to: one URL for all of them, or one for each.

use std::str::FromStr;

use adapters::client::{Address, ServicePlaces};
use application::services::ServiceName;
use clap::Args;

/// Which services are meant.
#[derive(Debug, Args)]
pub(crate) struct ServiceUrls {
    /// Where the service is; where the library runs as several, once for each: `--url rental=http://…`.
    #[arg(long = "url", value_name = "[SERVICE=]URL", default_value = "http://127.0.0.1:8080")]
    all: Vec<ServiceUrl>,
}

/// One URL, and which service is there; without one, all that are nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ServiceUrl {
    service: Option<ServiceName>,
    url: Address,
}

impl FromStr for ServiceUrl {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let (service, url) = match word.split_once('=') {
            Some((name, url)) if !name.contains(':') => (Some(named(name)?), url),
            Some(_) | None => (None, word),
        };
        let url = url.parse().map_err(|error: adapters::client::AddressError| error.to_string())?;
        Ok(Self { service, url })
    }
}

impl ServiceUrls {
    /// Where each service is.
    ///
    /// # Errors
    /// What is missing, or said twice.
    pub(crate) fn places(&self) -> Result<ServicePlaces, String> {
        let here =
            |service: Option<ServiceName>| self.all.iter().filter(move |given| given.service == service);
        for service in ServiceName::ALL.into_iter().map(Some).chain([None]) {
            if here(service).count() > 1 {
                let what =
                    service.map_or("all services".to_owned(), |service| format!("the service {service}"));
                return Err(format!("two URLs are given for {what}; give one"));
            }
        }
        let place = |service| here(Some(service)).chain(here(None)).next().map(|given| given.url.clone());
        ServicePlaces::of(place).map_err(|missing| {
            format!("it is not said where the service {missing} is; add {missing}=http://HOST:PORT, or a URL without a name for all others")
        })
    }
}

fn named(name: &str) -> Result<ServiceName, String> {
    ServiceName::named(name).ok_or_else(|| {
        let all = ServiceName::ALL.map(ServiceName::name).join(", ");
        format!("`{name}` is not a service; there are {all}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(words: &[&str]) -> Result<ServicePlaces, String> {
        let all: Result<_, _> = words.iter().map(|word| word.parse()).collect();
        ServiceUrls { all: all? }.places()
    }

    #[test]
    fn one_url_is_that_of_all_and_a_name_says_of_which() {
        let at = |places: &ServicePlaces, service| places.at(service).to_string();
        let all = places(&["http://a:1"]).unwrap();
        assert_eq!(all.processes().len(), 1);
        let some = places(&["http://a:1", "book=http://b:2"]).unwrap();
        assert_eq!(at(&some, ServiceName::Book), "http://b:2");
        assert_eq!(at(&some, ServiceName::Member), "http://a:1");
        let each = ["rental=http://a:1", "book=http://b:2", "member=http://c:3", "best-seller=http://d:4/x"];
        assert_eq!(at(&places(&each).unwrap(), ServiceName::BestSeller), "http://d:4/x");
    }

    #[test]
    fn what_is_missing_or_said_twice_is_named() {
        for (words, told) in [
            (&["rental=http://a:1"][..], "where the service book is"),
            (&["http://a:1", "http://b:1"], "two URLs are given for all services"),
            (
                &["http://a:1", "book=http://b:1", "book=http://c:1"],
                "two URLs are given for the service book",
            ),
            (&["weather=http://a:1"], "`weather` is not a service; there are rental, book"),
            (&["book=here"], "is not an address"),
        ] {
            let found = places(words).unwrap_err();
            assert!(found.contains(told), "{words:?}: {found}");
        }
    }
}
