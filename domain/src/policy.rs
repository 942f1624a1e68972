//! The library's numbers, in one place.

use crate::points::{Amount, Points};

/// How many books a member may hold at once.
pub const BOOKS_MAX: usize = 5;
/// Days between the day of the rent and the day the book is due.
pub const LOAN_DAYS: i32 = 14;
/// Points owed for each whole day after the due date.
pub const LATE_FEE_PER_DAY: Points = Points::new(10);
/// Points a member earns by renting a book.
pub const RENT_AWARD: Amount = Amount::of(10);
/// Points a member earns by returning a book.
pub const RETURN_AWARD: Amount = Amount::of(10);
/// Seconds after which an attempt that still waits for an answer is shown to an operator.
pub const ATTEMPT_DEADLINE_SECONDS: i64 = 30;
/// How many returned items a card remembers.
pub const RETURNED_KEPT: usize = 50;
