//! Points: what members earn, owe and pay with.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::{Add, Neg, Sub};

use crate::text::InvalidValue;

/// A number of points: a balance, a fee, or what an event moved. Arithmetic saturates at the ends of `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// `value` points; may be negative, as a balance can be after an undo.
    #[must_use]
    pub const fn new(value: i64) -> Self {
        Self(value)
    }

    /// The number itself.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.0
    }

    /// This many points, `factor` times.
    #[must_use]
    pub const fn times(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// Whether anything is owed or owned: more than zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
}

impl Add for Points {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Points {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Points as an amount in a command: 1 to 1,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

impl Amount {
    /// The smallest amount a command may move.
    pub const MIN: i64 = 1;
    /// The largest amount a command may move.
    pub const MAX: i64 = 1_000_000;

    /// Reads an amount.
    ///
    /// # Errors
    /// [`InvalidValue::OutOfRange`] when `value` is not between [`Amount::MIN`] and [`Amount::MAX`].
    pub fn parse(value: i64) -> Result<Self, InvalidValue> {
        if (Self::MIN..=Self::MAX).contains(&value) {
            return Ok(Self(value));
        }
        Err(InvalidValue::OutOfRange {
            what: "an amount of points",
            min: Self::MIN,
            max: Self::MAX,
            found: value,
        })
    }

    /// An amount that the library's own numbers give; one out of range does not compile.
    pub(crate) const fn of(value: i64) -> Self {
        assert!(Self::MIN <= value && value <= Self::MAX, "an amount of points is out of range");
        Self(value)
    }

    /// The amount as points.
    #[must_use]
    pub const fn points(self) -> Points {
        Points(self.0)
    }
}
