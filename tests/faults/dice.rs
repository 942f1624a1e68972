//! Dice that can be thrown again: a seed is said, and the same seed throws the same.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::str::FromStr;

/// The variable that says the seed; without it each run has another one.
const SEED: &str = "FAULTS_SEED";

/// xorshift64*.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// For a test of this name: the seed is said, and how to have it again.
    pub(crate) fn of(test: &str) -> Self {
        let seed = asked(SEED).unwrap_or_else(|| RandomState::new().build_hasher().finish() % 1_000_000);
        eprintln!("{test}: {SEED}={seed} throws the same dice again");
        Self::new(seed)
    }

    /// Dice with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        dice.below(2);
        dice
    }

    /// Others, which go their own way from here.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.below(1 << 31))
    }

    /// A number from 0 to below `sides`.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    /// Whether one of so many throws comes out.
    pub(crate) fn one_in(&mut self, sides: u64) -> bool {
        self.below(sides) == 0
    }
}

/// What whoever runs the tests asks for by a variable.
pub(crate) fn asked<T: FromStr>(variable: &str) -> Option<T> {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is asked of whoever runs this test, not of the service"
    )]
    let said = std::env::var(variable).ok()?;
    Some(said.parse().unwrap_or_else(|_| panic!("{variable}={said} is no number")))
}
