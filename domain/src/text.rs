//! Texts that were checked once: names, titles and the other lines people type.

#[cfg(test)]
mod tests;

use std::fmt;

use thiserror::Error;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::ids::{BookNo, MemberId};

/// A value that does not keep its rule; says which value, what the rule is and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidValue {
    /// Nothing was left after trimming.
    #[error("{what} must not be empty")]
    Empty {
        /// What was being read.
        what: &'static str,
    },
    /// Characters, but none that leaves anything to see.
    #[error("{what} must have something to be seen, and this has invisible characters only")]
    Invisible {
        /// What was being read.
        what: &'static str,
    },
    /// More characters than the rule allows.
    #[error("{what} may have at most {max} characters, and this has {found}")]
    TooLong {
        /// What was being read.
        what: &'static str,
        /// The most characters allowed.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// A character that the rule does not allow.
    #[error("{what} must not contain U+{code:04X}, found at character {at}")]
    Forbidden {
        /// What was being read.
        what: &'static str,
        /// The character's code point.
        code: u32,
        /// Its place, counted in characters from 1.
        at: usize,
    },
    /// A number outside its range.
    #[error("{what} must be between {min} and {max}, and this is {found}")]
    OutOfRange {
        /// What was being read.
        what: &'static str,
        /// The smallest allowed.
        min: i64,
        /// The largest allowed.
        max: i64,
        /// What was found.
        found: i64,
    },
    /// A text whose form is not the one expected.
    #[error("{what} must look like `{form}`")]
    Malformed {
        /// What was being read.
        what: &'static str,
        /// An example or pattern of the right form.
        form: &'static str,
    },
}

/// Characters that leave nothing to see beside blanks and control characters, from the first to the last of each range:
/// what Unicode calls default-ignorable, the marks around annotations, and the Braille pattern without a dot.
pub const INVISIBLE: [(char, char); 18] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

fn is_invisible(c: char) -> bool {
    c.is_whitespace() || c.is_control() || INVISIBLE.iter().any(|&(first, last)| (first..=last).contains(&c))
}

/// A text as [`clean`] gives it that has something to be seen.
fn visible(what: &'static str, max: usize, raw: &str) -> Result<String, InvalidValue> {
    let text = clean(what, max, raw)?;
    if text.chars().all(is_invisible) {
        return Err(InvalidValue::Invisible { what });
    }
    Ok(text)
}

fn clean(what: &'static str, max: usize, raw: &str) -> Result<String, InvalidValue> {
    let text = normalised(raw.trim());
    let found = text.chars().count();
    if found == 0 {
        return Err(InvalidValue::Empty { what });
    }
    if found > max {
        return Err(InvalidValue::TooLong { what, max, found });
    }
    match text.chars().position(char::is_control) {
        Some(index) => {
            let code = text.chars().nth(index).map_or(0, u32::from);
            Err(InvalidValue::Forbidden { what, code, at: index + 1 })
        }
        None => Ok(text),
    }
}

/// NFC; most texts are that already and are only copied.
fn normalised(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

macro_rules! line {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The most characters after trimming and normalisation.
            pub const MAX_CHARACTERS: usize = $max;

            /// Trims, normalises to NFC and checks.
            ///
            /// # Errors
            /// [`InvalidValue`] when nothing is left, when nothing of it is to be seen, when it is too long, or when it
            /// holds a control character.
            pub fn parse(raw: &str) -> Result<Self, InvalidValue> {
                visible($what, $max, raw).map(Self)
            }

            /// Reads one that was accepted before: there was a time when nothing of it had to be seen.
            ///
            /// # Errors
            /// As [`Self::parse`], except for what is not to be seen.
            pub fn stored(raw: &str) -> Result<Self, InvalidValue> {
                clean($what, $max, raw).map(Self)
            }

            /// The text as it is stored and shown.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

macro_rules! shown {
    ($($name:ident),+) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        })+
    };
}

/// Personal data prints as its type only, so that no log or panic can carry it.
macro_rules! masked {
    ($($name:ident),+) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        })+
    };
}

line!(
    /// A member's name, 1–200 characters. Personal: its `Debug` form is masked and it has no `Display`.
    PersonName, "a name", 200
);
line!(
    /// A book's title, 1–200 characters.
    Title, "a title", 200
);
line!(
    /// A book's author, 1–200 characters.
    Author, "an author", 200
);
line!(
    /// What a book is about, 1–2,000 characters.
    Description, "a description", 2000
);
line!(
    /// A book's ISBN as printed, 1–32 characters; not checked further, since old and foreign numbers differ.
    Isbn, "an ISBN", 32
);
line!(
    /// Why something was refused, undone or decided by hand, 1–500 characters.
    Reason, "a reason", 500
);
line!(
    /// What a title or an author is searched for, 1–200 characters: normalised as they are, so that it finds them.
    SearchText, "a search text", 200
);
shown!(Title, Author, Description, Isbn, Reason, SearchText);
masked!(PersonName, Email);

impl PersonName {
    /// The name of somebody of whom only the id is known: the id.
    #[must_use]
    pub fn from_id(id: &MemberId) -> Self {
        Self(id.as_str().to_owned())
    }
}

impl Title {
    /// The title of a book of which only the number is known: `Book {no}`.
    #[must_use]
    pub fn of_untitled(no: BookNo) -> Self {
        Self(format!("Book {no}"))
    }
}

impl Reason {
    /// A reason that the rules themselves give.
    pub(crate) fn of(why: &'static str) -> Self {
        Self(why.to_owned())
    }

    /// A reason written by a peer: what the rule does not allow is left out or cut instead of refused, and an empty
    /// text becomes `no reason given`.
    #[must_use]
    pub fn from_peer(raw: &str) -> Self {
        let kept: String = raw.nfc().filter(|c| !c.is_control()).take(Self::MAX_CHARACTERS).collect();
        Self::parse(&kept).unwrap_or_else(|_| Self("no reason given".to_owned()))
    }
}

/// A member's e-mail address, at most 254 characters. Personal: its `Debug` form is masked and it has no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an address: one `@` with something on both sides, no space and no control character.
    ///
    /// # Errors
    /// [`InvalidValue`] when it is empty, too long or has another form.
    pub fn parse(raw: &str) -> Result<Self, InvalidValue> {
        let text = clean("an e-mail address", 254, raw)?;
        let mut sides = text.split('@');
        let well_formed = matches!((sides.next(), sides.next(), sides.next()), (Some(a), Some(b), None) if !a.is_empty() && !b.is_empty());
        if !well_formed || text.contains(char::is_whitespace) {
            return Err(InvalidValue::Malformed { what: "an e-mail address", form: "name@host" });
        }
        Ok(Self(text))
    }

    /// Reads one that was accepted before; the rule is the same.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn stored(raw: &str) -> Result<Self, InvalidValue> {
        Self::parse(raw)
    }

    /// The address as it is stored and shown to its owner.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
