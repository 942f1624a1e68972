//! Secrets: text that is used and never said.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use super::entry::Given;
use super::parsers::text;

/// What stands where a secret is.
const HIDDEN: &str = "***";
/// The most bytes of a file with a secret: one that is larger is another file.
const FILE_MAX: u64 = 65_536;

/// A text that may hold a password: it says itself only without it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// The secret that was given. What was found is not said: it may be one.
    pub(super) fn given(given: &Given) -> Result<Self, String> {
        match text(given) {
            Ok("") => Err("this is empty; give a text or leave the key out".to_owned()),
            Ok(text) => Ok(Self(text.to_owned())),
            Err(_with_what_was_found) => Err("this is not a text; write it in quotes".to_owned()),
        }
    }

    /// The secret in a file; the line break that editors put at the end is not part of it.
    pub(super) fn from_file(path: &str) -> Result<Self, String> {
        let told = repeatable(path);
        let content = read(path).map_err(|error| {
            format!("the file with the secret, `{told}`, cannot be read ({error}); check the path and who may read it")
        })?;
        if content.len() as u64 > FILE_MAX {
            return Err(format!(
                "`{told}` has more than {FILE_MAX} bytes, which is no secret; name the file that holds it"
            ));
        }
        let content = content.strip_suffix('\n').unwrap_or(&content);
        match content.strip_suffix('\r').unwrap_or(content) {
            "" => Err(format!("`{told}` is empty; put the secret into it")),
            secret => Ok(Self(secret.to_owned())),
        }
    }

    /// What comes before the first `:`, if that is the scheme of a URL: lower-case letters and digits, and no account
    /// that stands there without one.
    pub(super) fn scheme(&self) -> Option<&str> {
        let (scheme, rest) = self.0.split_once(':')?;
        let is_lower = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c));
        (is_lower && (rest.starts_with("//") || !rest.contains('@'))).then_some(scheme)
    }

    /// The text itself, for whoever opens what it names; it is not to be logged, shown or put into an error.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One byte more than a secret may have is enough to know that it is too large.
fn read(path: &str) -> io::Result<String> {
    let mut content = String::new();
    File::open(path)?.take(FILE_MAX + 1).read_to_string(&mut content)?;
    Ok(content)
}

/// What of any text may be repeated in a message; passwords are sometimes put where they do not belong.
pub(crate) fn repeatable(text: &str) -> String {
    let suspicious = text.contains(['@', '=']) || text.contains("://");
    if suspicious { masked(text) } else { text.escape_debug().to_string() }
}

/// A URL without its password and its parameters, or nothing at all of what is not a URL.
fn masked(text: &str) -> String {
    if ["memory:", "sqlite:"].iter().any(|scheme| text.starts_with(scheme)) && !text.contains("://") {
        let (folder, parameters) = text.split_at(text.find('?').unwrap_or(text.len()));
        let hidden = if parameters.is_empty() { String::new() } else { format!("?{HIDDEN}") };
        return format!("{}{hidden}", folder.escape_debug());
    }
    let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
        return HIDDEN.to_owned();
    };
    format!("{scheme}://{}", masked_place(rest).escape_debug())
}

/// A password may hold any character, also those that should have been escaped: it ends at the last `@`. When that one
/// may also belong to the parameters, nothing is said.
fn masked_place(rest: &str) -> String {
    let Some((account, place)) = rest.rsplit_once('@') else {
        return without_parameters(rest);
    };
    if account.contains(['?', '#']) {
        return HIDDEN.to_owned();
    }
    match account.split_once(':') {
        Some((user, _)) => format!("{user}:{HIDDEN}@{}", without_parameters(place)),
        None => format!("{account}@{}", without_parameters(place)),
    }
}

/// Drivers take passwords, keys and tokens as parameters too, under many names.
fn without_parameters(place: &str) -> String {
    match place.find(['?', '#']) {
        Some(at) => format!("{}{}{HIDDEN}", with_port(&place[..at]), &place[at..=at]),
        None => with_port(place),
    }
}

/// What stands where a port does and is none may be a password whose host is missing.
fn with_port(place: &str) -> String {
    let (server, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let outside_brackets = server.rfind(']').map_or(0, |end| end + 1);
    match server[outside_brackets..].split_once(':') {
        Some((_, port)) if !port.bytes().all(|b| b.is_ascii_digit() || b == b',') => {
            format!("{}:{HIDDEN}{path}", &server[..server.len() - port.len() - 1])
        }
        Some(_) | None => place.to_owned(),
    }
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T85.
    #[test]
    fn no_part_of_a_password_is_said() {
        for text in [
            "postgres://user:swordfish@host/db",
            "postgres://:swordfish@host/db",
            "postgres://user:a@swordfish@host/db",
            "postgres://user:a/swordfish@host/db",
            "postgres://user:a?swordfish@host/db",
            "postgres://user:a:swordfish@host/db",
            "postgres://host/db?user=a&password=swordfish",
            "postgres://host/db?password=a@swordfish",
            "postgres://user:x@host/db#swordfish",
            "postgres://user:swordfish",
            "postgres://user:swordfish/db",
            "postgres://user@host:swordfish/db?a=b",
            "postgres://[::1]:swordfish/db",
            "host=here password=swordfish",
            "password=swordfish postgres://host/db",
            "swordfish",
            "://swordfish",
            "sqlite:folder?key=swordfish",
        ] {
            let secret = Secret(text.to_owned());
            assert!(!format!("{secret} {secret:?}").contains("swordfish"), "{text}: {secret}");
        }
    }

    #[test]
    fn a_scheme_is_said_and_an_account_without_one_is_not() {
        let scheme = |text: &str| Secret(text.to_owned()).scheme().map(str::to_owned);
        for said in ["nosuch:x", "nosuch://u:swordfish@h/d", "nosuch:"] {
            assert_eq!(scheme(said).as_deref(), Some("nosuch"), "{said}");
        }
        for hidden in ["user:swordfish@host/db", "Swordfish:x", ":swordfish", "swordfish", "sword fish:x"] {
            assert_eq!(scheme(hidden), None, "{hidden}");
        }
    }

    #[test]
    fn what_is_not_secret_is_said() {
        for (text, said) in [
            ("postgres://user:swordfish@host:5432/db", "postgres://user:***@host:5432/db"),
            ("postgres://user@host/db?sslmode=require", "postgres://user@host/db?***"),
            ("postgres://user@[::1]:5432/db", "postgres://user@[::1]:5432/db"),
            ("mongodb://a:1,b:2/db", "mongodb://a:***/db"),
            ("mongodb+srv://host/db", "mongodb+srv://host/db"),
            ("memory:", "memory:"),
            ("sqlite:./data", "sqlite:./data"),
        ] {
            assert_eq!(Secret(text.to_owned()).to_string(), said);
        }
    }

    #[test]
    fn an_ordinary_text_is_repeated_and_one_that_looks_like_a_secret_is_not() {
        assert_eq!(repeatable("127.0.0.1:99999"), "127.0.0.1:99999");
        assert_eq!(repeatable("two\nlines"), "two\\nlines");
        assert_eq!(repeatable("user:swordfish@host"), "***");
        assert_eq!(repeatable("password=swordfish"), "***");
    }
}
