//! What commits do wrong: in an order that was written down, or as dice fall.

use std::collections::VecDeque;

/// What a commit does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFault {
    /// Nothing is written, and that is said.
    Away,
    /// Everything is written and the reply is lost.
    ReplyLost,
    /// Nothing is written and the reply is lost.
    RequestLost,
    /// Nothing is written, since what is to be written cannot be stored.
    Corrupt,
    /// Nothing is written, since a letter is said to be another than was read.
    LetterChanged,
    /// Everything is written and no answer ever comes: whoever waits has to be cut off.
    Hangs,
    /// Nothing is written and no answer ever comes.
    HangsUnwritten,
}

impl CommitFault {
    /// Those that any commit may meet, and that are answered, so that nobody has to be cut off.
    pub const ANSWERED: [Self; 4] = [Self::Away, Self::ReplyLost, Self::RequestLost, Self::Corrupt];
}

/// What the commits to come do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    script: VecDeque<Option<CommitFault>>,
    dice: Option<Dice>,
}

/// Throws the same again for the same seed.
#[derive(Debug)]
struct Dice {
    state: u64,
    one_in: u64,
}

/// The most faults that follow each other, so that a store that was away comes back.
const ROW_MAX: u64 = 4;

impl Plan {
    pub(super) fn write_down(&mut self, faults: impl IntoIterator<Item = Option<CommitFault>>) {
        self.script.extend(faults);
    }

    pub(super) const fn throw_dice(&mut self, seed: u64, one_in: u64) {
        self.dice = Some(Dice { state: seed, one_in });
    }

    /// What the next commit does wrong: first what was written down, then what the dice say.
    pub(super) fn next(&mut self) -> Option<CommitFault> {
        if self.script.is_empty()
            && let Some(dice) = &mut self.dice
            && dice.below(dice.one_in) == 0
        {
            let row = 1 + dice.below(ROW_MAX);
            self.script.extend((0..row).map(|_| dice.fault()));
        }
        self.script.pop_front().flatten()
    }
}

impl Dice {
    fn fault(&mut self) -> Option<CommitFault> {
        let faults = CommitFault::ANSWERED;
        let at = usize::try_from(self.below(faults.len() as u64)).unwrap_or(0);
        faults.get(at).copied()
    }

    /// From 0 up to one less than this.
    const fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
