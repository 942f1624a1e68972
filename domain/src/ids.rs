//! Names of things: members, books, and the three kinds of attempt.

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use uuid::Uuid;

use crate::text::InvalidValue;

/// Who a card or an account belongs to: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(String);

impl MemberId {
    /// The most characters an id may have.
    pub const MAX_CHARACTERS: usize = 64;

    /// Reads an id; nothing is trimmed or changed.
    ///
    /// # Errors
    /// [`InvalidValue`] when it is empty, too long, or holds another character.
    pub fn parse(raw: &str) -> Result<Self, InvalidValue> {
        const WHAT: &str = "a member id";
        let found = raw.chars().count();
        if found == 0 {
            return Err(InvalidValue::Empty { what: WHAT });
        }
        if found > Self::MAX_CHARACTERS {
            return Err(InvalidValue::TooLong { what: WHAT, max: Self::MAX_CHARACTERS, found });
        }
        let allowed =
            |(index, c): (usize, char)| c.is_ascii_alphanumeric() || (index > 0 && "._-".contains(c));
        match raw.chars().enumerate().find(|&place| !allowed(place)) {
            Some((index, c)) => Err(InvalidValue::Forbidden { what: WHAT, code: c.into(), at: index + 1 }),
            None => Ok(Self(raw.to_owned())),
        }
    }

    /// The id as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of one physical copy: 1 to 2^53−1, so that every JSON reader keeps it exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookNo(i64);

impl BookNo {
    /// The largest number.
    pub const MAX: i64 = (1 << 53) - 1;

    /// Reads a number.
    ///
    /// # Errors
    /// [`InvalidValue::OutOfRange`] when it is not between 1 and [`BookNo::MAX`].
    pub fn parse(value: i64) -> Result<Self, InvalidValue> {
        if (1..=Self::MAX).contains(&value) {
            return Ok(Self(value));
        }
        Err(InvalidValue::OutOfRange { what: "a book number", min: 1, max: Self::MAX, found: value })
    }

    /// The number itself.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.0
    }
}

impl fmt::Display for BookNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! attempt_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// An id that was made at the edge.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The id itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

attempt_id!(
    /// One attempt to rent a book, and the rental that comes of it. UUIDv7.
    RentalId
);
attempt_id!(
    /// One attempt to return a rented book. UUIDv7.
    ReturnId
);
attempt_id!(
    /// One attempt to pay the late fee. UUIDv7.
    ClearingId
);

/// One attempt of any kind; written `rent-{id}`, `return-{id}` or `clearing-{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProcessId {
    /// A rent.
    Rent(RentalId),
    /// A return.
    Return(ReturnId),
    /// A payment of the late fee.
    Clearing(ClearingId),
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rent(id) => write!(f, "rent-{id}"),
            Self::Return(id) => write!(f, "return-{id}"),
            Self::Clearing(id) => write!(f, "clearing-{id}"),
        }
    }
}

impl FromStr for ProcessId {
    type Err = InvalidValue;

    fn from_str(raw: &str) -> Result<Self, InvalidValue> {
        const BAD: InvalidValue = InvalidValue::Malformed {
            what: "a process id",
            form: "rent-{uuid}, return-{uuid} or clearing-{uuid}",
        };
        let (kind, id) = raw.split_once('-').ok_or(BAD)?;
        let id = Uuid::parse_str(id).map_err(|_| BAD)?;
        match kind {
            "rent" => Ok(Self::Rent(RentalId::new(id))),
            "return" => Ok(Self::Return(ReturnId::new(id))),
            "clearing" => Ok(Self::Clearing(ClearingId::new(id))),
            _ => Err(BAD),
        }
    }
}

/// The number printed on a card: `{year}-{uuid}`, made at the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardNo {
    year: i16,
    id: Uuid,
}

impl CardNo {
    /// The number of a card issued in `year`.
    #[must_use]
    pub const fn new(year: i16, id: Uuid) -> Self {
        Self { year, id }
    }
}

impl fmt::Display for CardNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{}", self.year, self.id)
    }
}

impl FromStr for CardNo {
    type Err = InvalidValue;

    fn from_str(raw: &str) -> Result<Self, InvalidValue> {
        const BAD: InvalidValue = InvalidValue::Malformed { what: "a card number", form: "{year}-{uuid}" };
        let (year, id) = raw.split_once('-').ok_or(BAD)?;
        let year = year.parse().map_err(|_| BAD)?;
        let id = Uuid::parse_str(id).map_err(|_| BAD)?;
        Ok(Self { year, id })
    }
}

/// A calendar month; written `yyyy-mm`, years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month that `date` lies in.
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = InvalidValue;

    fn from_str(raw: &str) -> Result<Self, InvalidValue> {
        const BAD: InvalidValue = InvalidValue::Malformed { what: "a month", form: "yyyy-mm" };
        let (year, month) = raw.split_once('-').ok_or(BAD)?;
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(BAD);
        }
        let (year, month) = (year.parse().map_err(|_| BAD)?, month.parse().map_err(|_| BAD)?);
        if year < 1 || !(1..=12).contains(&month) {
            return Err(BAD);
        }
        Ok(Self { year, month })
    }
}
