//! Dice that fall the same for the same seed, and ids made with them.

use std::sync::{Arc, Mutex, PoisonError};

use application::ports::{Clock, Ids};
use uuid::Uuid;

/// Dice that can be thrown again: SplitMix64.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for one part of what a seed decides: what others throw does not change how these fall.
    #[must_use]
    pub fn of(seed: u64, part: &str, number: u64) -> Self {
        let name = format!("{seed}\n{part}\n{number}");
        let (high, low) = Uuid::new_v5(&Uuid::nil(), name.as_bytes()).as_u64_pair();
        Self(high ^ low)
    }

    /// Anything.
    pub const fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to one less than this.
    pub const fn below(&mut self, sides: u64) -> u64 {
        self.throw() % sides
    }

    /// Between these two, both among them.
    pub const fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// Whether the one of so many sides came up; never, of none.
    pub const fn is_one_in(&mut self, sides: u64) -> bool {
        sides > 0 && self.below(sides) == 0
    }

    /// One of these.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap_or(0)]
    }
}

/// Ids and fractions as dice fall.
pub struct SeededIds {
    dice: Mutex<Dice>,
    clock: Arc<dyn Clock>,
}

impl SeededIds {
    /// With these dice.
    #[must_use]
    pub fn new(dice: Dice, clock: Arc<dyn Clock>) -> Self {
        Self { dice: Mutex::new(dice), clock }
    }

    fn throw(&self) -> u64 {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner).throw()
    }
}

impl Ids for SeededIds {
    fn next(&self) -> Uuid {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.throw().to_be_bytes());
        bytes[8..].copy_from_slice(&self.throw().to_be_bytes()[..2]);
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    fn fraction(&self) -> f64 {
        (self.throw() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
