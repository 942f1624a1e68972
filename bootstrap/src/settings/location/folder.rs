//! The folder that a URL of files names.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The folder behind `sqlite:`, in which `%20` stands for a space as in any URL; none when there is nothing behind it.
///
/// # Errors
/// What cannot be, in words without what stands behind a `?`.
pub(super) fn in_url(url: &str) -> Result<Option<PathBuf>, String> {
    let place = url.strip_prefix("sqlite:").unwrap_or(url);
    let place = place.strip_prefix("//").unwrap_or(place);
    if let Some((_, parameters)) = place.split_once('?') {
        let name = parameters.split(['=', '&']).next().unwrap_or_default().escape_debug();
        return Err(format!(
            "`{name}` cannot be set in the URL of a folder; leave out what stands behind `?`, or write %3F for one in its name"
        ));
    }
    if place.contains(":memory:") {
        let found = place.escape_debug();
        return Err(format!(
            "found `{found}`; it names a folder: what is gone with the process is `memory:`"
        ));
    }
    let folder = decoded(place).ok_or_else(|| {
        let found = place.escape_debug();
        format!(
            "found `{found}`; behind `%` stand two hexadecimal digits of a byte: write %25 for a `%` itself"
        )
    })?;
    Ok((!folder.as_os_str().is_empty()).then_some(folder))
}

/// The bytes that are meant; none when an escape is none, or means the byte that ends a path.
fn decoded(place: &str) -> Option<PathBuf> {
    let mut pieces = place.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        let is_byte = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let byte = u8::from_str_radix(digits, 16).ok().filter(|byte| is_byte && *byte != 0)?;
        bytes.push(byte);
        bytes.extend(rest.as_bytes());
    }
    Some(OsString::from_vec(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_meant() {
        for (url, folder) in [
            ("sqlite:./data", "./data"),
            ("sqlite:///var/lib/a b", "/var/lib/a b"),
            ("sqlite:/a%20b", "/a b"),
            ("sqlite:100%25", "100%"),
            ("sqlite:%EC%B1%85%3F", "책?"),
        ] {
            assert_eq!(in_url(url), Ok(Some(folder.into())), "{url}");
        }
        assert_eq!(in_url("sqlite:"), Ok(None));
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_name() {
        for (url, said) in [
            ("sqlite:/a%20b?mode=ro", "`mode` cannot be set"),
            ("sqlite:a?", "`` cannot be set"),
            ("sqlite:100%", "write %25"),
            ("sqlite:a%2", "write %25"),
            ("sqlite:a%+1", "write %25"),
            ("sqlite:a%00b", "write %25"),
            ("sqlite::memory:", "`memory:`"),
        ] {
            let told = in_url(url).unwrap_err();
            assert!(told.contains(said), "{url}: {told}");
        }
    }
}
