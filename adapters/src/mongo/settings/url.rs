//! A URL, looked at before the driver sees it: that one passes over what it does not know, and repeats values.

use futures::FutureExt;
use mongodb::options::ClientOptions;
use thiserror::Error;

/// What a URL may say after `?`.
pub(super) const PARAMETERS: &str = "replicaSet, authSource, authMechanism, tls, ssl, tlsCAFile, tlsCertificateKeyFile, \
                                     tlsInsecure, tlsAllowInvalidCertificates, appName, directConnection, retryWrites, retryReads, \
                                     w, journal, readConcernLevel, readPreference";
/// Parameters that may only say what holds anyway, since all else would be less than is needed.
const PINNED: [(&str, &str); 5] = [
    ("w", "majority"),
    ("journal", "true"),
    ("readConcernLevel", "majority"),
    ("readPreference", "primary"),
    ("retryWrites", "true"),
];
/// Parameters that switch something.
const SWITCHES: [&str; 6] =
    ["tls", "ssl", "tlsInsecure", "tlsAllowInvalidCertificates", "directConnection", "retryReads"];
/// The longest name of a parameter that is repeated in an error.
const NAME_BYTES_MAX: usize = 40;

/// Why settings cannot be used. Does not show what was given, since a password may stand in it.
#[derive(Debug, Error)]
pub enum UrlError {
    /// The URL is for something else.
    #[error(
        "the URL of the database has to begin with `mongodb://` and name the servers; `mongodb+srv://` is not known here"
    )]
    Scheme,
    /// The URL cannot be understood.
    #[error(
        "the URL of the database cannot be understood: {why}; write mongodb://user:password@host:port/database?replicaSet=NAME and \
         percent-encode special characters in user and password"
    )]
    Unclear {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The URL has a parameter that would have no effect.
    #[error(
        "the URL of the database has the parameter `{name}`, which is not known here; there are {PARAMETERS}"
    )]
    Parameter {
        /// Its name.
        name: String,
    },
    /// The same, and its name is not shown, because it may be a part of a password.
    #[error(
        "the URL of the database has a parameter that is not known here; there are {PARAMETERS}, and in user and password \
         special characters are percent-encoded"
    )]
    UnnamedParameter,
    /// A parameter asks for less than is needed.
    #[error(
        "`{name}` in the URL of the database may only be `{only}`, which holds anyway: with less, what was acknowledged \
         could be lost; leave it out"
    )]
    Weaker {
        /// The parameter.
        name: &'static str,
        /// What it may be.
        only: &'static str,
    },
    /// A parameter cannot be what it says.
    #[error("`{name}` in the URL of the database cannot be what it says: {expected}")]
    BadValue {
        /// The parameter.
        name: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// The database has no name of ours.
    #[error("the name of the database cannot be ours; use 1 to 50 letters, digits, underscores and hyphens")]
    Database,
}

/// How to connect, by a URL. The servers are not asked, since their names are in it.
pub(super) fn read(url: &str) -> Result<ClientOptions, UrlError> {
    let rest = url.strip_prefix("mongodb://").ok_or(UrlError::Scheme)?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    // A password with one of these as it is would be cut there, and its end be taken for a name that may be shown.
    if path.contains('@') || (path.is_empty() && !authority.contains('@') && parameters.contains('@')) {
        return Err(UrlError::Unclear { why: "there is an `@` behind the first `/` or `?`" });
    }
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        check(parameter, parameters)?;
    }
    // The driver's own words repeat values.
    let unclear = || UrlError::Unclear { why: "hosts, user, path and parameters do not go together" };
    let with_path = match path {
        "" => format!("mongodb://{authority}/?{parameters}"),
        path => format!("mongodb://{authority}{path}?{parameters}"),
    };
    let options = ClientOptions::parse(with_path).into_future().now_or_never();
    options.and_then(Result::ok).ok_or_else(unclear)
}

/// Names of parameters are the same in any case of their letters.
fn check(parameter: &str, all: &str) -> Result<(), UrlError> {
    // A word alone may be a secret that was put in the wrong place.
    let (name, value) = parameter.split_once('=').ok_or(UrlError::UnnamedParameter)?;
    let Some(known) = PARAMETERS.split(", ").find(|known| known.eq_ignore_ascii_case(name)) else {
        let is_plain = name.len() <= NAME_BYTES_MAX && name.bytes().all(|b| b.is_ascii_alphanumeric());
        // Behind an `@` it may be the end of a password.
        return Err(match is_plain && !name.is_empty() && !all.contains('@') {
            true => UrlError::Parameter { name: name.to_owned() },
            false => UrlError::UnnamedParameter,
        });
    };
    if let Some((name, only)) = PINNED.into_iter().find(|(name, _)| *name == known)
        && value != only
    {
        return Err(UrlError::Weaker { name, only });
    }
    if SWITCHES.contains(&known) && !["true", "false"].contains(&value) {
        return Err(UrlError::BadValue { name: known, expected: "it is `true` or `false`" });
    }
    Ok(())
}
