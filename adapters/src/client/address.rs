//! Where a service is: its base address, parsed once.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

/// The base address of a service, such as `http://127.0.0.1:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Why an address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It is no address at all.
    #[error("`{found}` is not an address ({why}); write it like http://127.0.0.1:8080")]
    Malformed {
        /// What was given.
        found: String,
        /// What is wrong.
        why: String,
    },
    /// It has a scheme that is not spoken here.
    #[error(
        "`{found}` begins with `{scheme}:`, and only `http:` is spoken here; write it like http://127.0.0.1:8080"
    )]
    Scheme {
        /// What was given.
        found: String,
        /// Its scheme.
        scheme: String,
    },
    /// It has more than a place.
    #[error("`{found}` has {part}, which the address of a service does not have; leave it out")]
    TooMuch {
        /// What was given; a password is left out.
        found: String,
        /// What is too much.
        part: &'static str,
    },
}

impl Address {
    /// The address, ending with `/`.
    pub(super) const fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(raw: &str) -> Result<Self, AddressError> {
        let malformed = |why: String| AddressError::Malformed { found: raw.to_owned(), why };
        let mut url = Url::parse(raw).map_err(|error| malformed(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            let found = url.host_str().unwrap_or_default().to_owned();
            return Err(AddressError::TooMuch { found, part: "a user or a password" });
        }
        // `localhost:8080` parses as something with the scheme `localhost`.
        if url.scheme() != "http" {
            let scheme = url.scheme().to_owned();
            return Err(AddressError::Scheme { found: raw.to_owned(), scheme });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::TooMuch { found: raw.to_owned(), part: "a query or a fragment" });
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_it_was_written() {
        for raw in ["http://127.0.0.1:8080", "http://[::1]:9", "http://library.example/rental"] {
            assert_eq!(raw.parse::<Address>().unwrap().to_string(), raw);
            assert_eq!(format!("{raw}/").parse::<Address>().unwrap(), raw.parse().unwrap());
        }
    }

    #[test]
    fn what_cannot_be_the_address_of_a_service_is_refused_with_what_to_do() {
        for raw in
            ["", "here", "localhost:8080", "https://x", "ftp://x", "http://", "http://x?a=b", "http://x#a"]
        {
            let told = raw.parse::<Address>().unwrap_err().to_string();
            assert!(told.contains("write it like") || told.contains("leave it out"), "{raw}: {told}");
        }
    }

    #[test]
    fn a_password_is_not_repeated() {
        let told = "http://me:hunter2@x".parse::<Address>().unwrap_err().to_string();
        assert!(!told.contains("hunter2"), "{told}");
    }
}
