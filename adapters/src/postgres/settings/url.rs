//! A URL read as libpq reads it. What the driver would pass over in silence is refused, and no text ever shows a value.

use std::fmt::Write;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::SettingsError;

/// What a URL may say after `?`, under the names that are shown.
pub(super) const PARAMETERS: &str = "sslmode, sslrootcert, sslcert, sslkey, host, hostaddr, port, dbname, user, password, \
                                     application_name, options";
/// Other names that the driver has for some of them.
const ALIASES: [(&str, &str); 5] = [
    ("ssl-mode", "sslmode"),
    ("ssl-root-cert", "sslrootcert"),
    ("ssl-ca", "sslrootcert"),
    ("ssl-cert", "sslcert"),
    ("ssl-key", "sslkey"),
];
/// How safe a connection may be asked to be.
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
/// What is said of a port that is none.
const PORT: &str = "a number from 1 to 65535 is a port";
/// What is said of hosts where one is wanted.
const SEVERAL_HOSTS: &str = "it names several hosts and one can be used";
/// The longest name of a parameter that is repeated in an error.
const NAME_BYTES_MAX: usize = 40;

/// What the variables of the environment say that libpq has for every client, where a URL is silent.
pub(super) struct Variables {
    /// Whether there is a user.
    pub(super) names_user: bool,
    /// How safe a connection is to be.
    pub(super) ssl_mode: Option<String>,
    /// The port.
    pub(super) port: Option<String>,
    /// The server's address, which counts for more than a name.
    pub(super) host_addr: Option<String>,
}

/// How to connect, by a URL and by variables for what it leaves out.
pub(super) fn read(url: &str, variables: &Variables) -> Result<PgConnectOptions, SettingsError> {
    variables.check()?;
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
    let mut found = FoundParameters::of(rest.ok_or(SettingsError::Scheme)?)?;
    if !variables.names_user
        && !found.0.iter().any(|(name, _)| *name == "user")
        && let Ok(user) = whoami::username()
    {
        found.0.push(("user", user));
    }
    if let Some(address) = &variables.host_addr
        && !found.0.iter().any(|(name, _)| *name == "hostaddr")
    {
        found.0.push(("hostaddr", address.clone()));
    }
    // What is wrong with it was found before; the driver's own words may repeat values.
    PgConnectOptions::from_str(&found.for_driver()).map_err(|_| unclear("it is none"))
}

impl Variables {
    /// The driver takes what it cannot understand for nothing, and connects without protection.
    fn check(&self) -> Result<(), SettingsError> {
        if self.ssl_mode.as_ref().is_some_and(|mode| !SSL_MODES.contains(&mode.as_str())) {
            return Err(SettingsError::Variable { name: "PGSSLMODE", expected: MODES });
        }
        if self.port.as_ref().is_some_and(|port| !is_port(port)) {
            return Err(SettingsError::Variable { name: "PGPORT", expected: PORT });
        }
        if self.host_addr.as_ref().is_some_and(|address| IpAddr::from_str(address).is_err()) {
            return Err(SettingsError::Variable { name: "PGHOSTADDR", expected: ADDRESS });
        }
        Ok(())
    }
}

const ADDRESS: &str = "an IP address is needed";
const MODES: &str = "there are disable, allow, prefer, require, verify-ca and verify-full";

/// What was found, under the names of parameters; of two with one name the later counts.
struct FoundParameters(Vec<(&'static str, String)>);

impl FoundParameters {
    fn of(rest: &str) -> Result<Self, SettingsError> {
        let mut found = Self(Vec::new());
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        // A password with one of these as it is would be cut there, and its end be taken for a name that may be shown.
        if path.contains('@') || (path.is_empty() && !authority.contains('@') && parameters.contains('@')) {
            return Err(unclear("there is an `@` behind the first `/` or `?`"));
        }
        found.authority(authority)?;
        found.put_decoded("dbname", path.strip_prefix('/').unwrap_or(path))?;
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            found.parameter(parameter, parameters)?;
        }
        Ok(found)
    }

    fn authority(&mut self, authority: &str) -> Result<(), SettingsError> {
        let place = match authority.rsplit_once('@') {
            None => authority,
            Some((account, place)) => {
                let (user, password) = account.split_once(':').unwrap_or((account, ""));
                self.put_decoded("user", user)?;
                self.put_decoded("password", password)?;
                place
            }
        };
        let (host, port) = match place.strip_prefix('[') {
            None => place.split_once(':').unwrap_or((place, "")),
            Some(literal) => self.literal(literal)?,
        };
        if port.contains(',') {
            return Err(unclear(SEVERAL_HOSTS));
        }
        self.put_decoded("host", host)?;
        self.put("port", port.to_owned())
    }

    /// An IPv6 address in brackets; what comes back is the port, and no other host.
    fn literal<'u>(&mut self, literal: &'u str) -> Result<(&'u str, &'u str), SettingsError> {
        let no_address = || unclear("what stands in brackets is no IPv6 address");
        let (address, port) = literal.split_once(']').ok_or_else(no_address)?;
        let address = decoded(address)?;
        let without_zone = address.split('%').next().unwrap_or_default();
        Ipv6Addr::from_str(without_zone).map_err(|_| no_address())?; // what it says is not to be repeated
        self.put("host", address)?;
        match port.strip_prefix(':') {
            Some(port) => Ok(("", port)),
            None if port.is_empty() => Ok(("", "")),
            None => Err(unclear("only a port may follow the brackets of an address")),
        }
    }

    fn parameter(&mut self, parameter: &str, all: &str) -> Result<(), SettingsError> {
        // A word alone may be a secret that was put in the wrong place.
        let (name, value) = parameter.split_once('=').ok_or(SettingsError::UnnamedParameter)?;
        let (name, value) = (decoded(name)?, decoded(value)?);
        if name == "ssl" && value == "true" {
            return self.put("sslmode", "require".to_owned());
        }
        if let Some(known) = known(&name) {
            return self.put(known, value);
        }
        if let Some(option) = name.strip_prefix("options[").and_then(|name| name.strip_suffix(']')) {
            let set = format!("{option}={value}").replace('\\', "\\\\").replace(' ', "\\ ");
            return self.put("options", format!("-c {set}"));
        }
        let is_plain = name.len() <= NAME_BYTES_MAX
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        // Behind an `@` it may be the end of a password.
        if !is_plain || name.is_empty() || all.contains('@') {
            return Err(SettingsError::UnnamedParameter);
        }
        Err(SettingsError::Parameter { like: like(&name), name })
    }

    fn put_decoded(&mut self, name: &'static str, value: &str) -> Result<(), SettingsError> {
        self.put(name, decoded(value)?)
    }

    /// What is empty was left out.
    fn put(&mut self, name: &'static str, value: String) -> Result<(), SettingsError> {
        if value.is_empty() {
            return Ok(());
        }
        let expected = match name {
            "host" if value.contains(',') => return Err(unclear(SEVERAL_HOSTS)),
            "sslmode" if !SSL_MODES.contains(&value.as_str()) => MODES,
            "port" if !is_port(&value) => PORT,
            "hostaddr" if IpAddr::from_str(&value).is_err() => ADDRESS,
            "statement-cache-capacity" if usize::from_str(&value).is_err() => "a number is needed",
            _ => {
                self.0.push((name, value));
                return Ok(());
            }
        };
        Err(SettingsError::Value { name, expected })
    }

    /// A URL that says everything in parameters, where nothing is left to be understood.
    fn for_driver(&self) -> String {
        let mut url = "postgres:///?".to_owned();
        // An address counts for more than a name, whatever their order.
        let later = |(name, _): &&(&str, String)| *name == "hostaddr";
        let (last, first): (Vec<_>, Vec<_>) = self.0.iter().partition(later);
        for (name, value) in first.into_iter().chain(last) {
            let _ = write!(url, "{name}="); // a String takes all that is written to it
            value.bytes().for_each(|byte| {
                let _ = write!(url, "%{byte:02X}"); // as above
            });
            url.push('&');
        }
        url
    }
}

fn known(name: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, known)| *known);
    let hidden = (name == "statement-cache-capacity").then_some("statement-cache-capacity");
    alias.or(hidden).or_else(|| PARAMETERS.split(", ").find(|known| *known == name))
}

/// The parameter that somebody who wrote `name` may have meant.
fn like(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '_'], "");
    PARAMETERS.split(", ").find(|known| plain(known) == plain(name))
}

fn is_port(text: &str) -> bool {
    u16::from_str(text).is_ok_and(|port| port > 0)
}

fn decoded(text: &str) -> Result<String, SettingsError> {
    let broken = || unclear("a `%` is not followed by two hexadecimal digits of a text");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits =
            [rest.next(), rest.next()].map(|digit| char::from(digit.unwrap_or_default()).to_digit(16));
        let [Some(high), Some(low)] = digits else { return Err(broken()) };
        let byte = u8::try_from(high * 16 + low).unwrap_or_default();
        if byte == 0 {
            return Err(broken());
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_err(|_| broken()) // what it says is not to be repeated
}

const fn unclear(why: &'static str) -> SettingsError {
    SettingsError::Url { why }
}
