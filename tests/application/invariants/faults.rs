//! What goes wrong: rows of faults at either store, chosen by dice.

use tests::faulty_store::{AppendFault, LoadFault};
use tests::faulty_tokens::CommitFault;
use tests::library::Stores;

use super::deeds::Dice;

/// How many faults come in a row at most: fewer than a lost append is sent again, and more.
const IN_A_ROW: u64 = 4;

/// Now and then, the next appends, the next reads of streams or the next commits fail, each in a way of its own.
pub(super) fn sow(dice: &mut Dice, stores: &Stores) {
    if dice.below(30) == 0 {
        for _ in 0..=dice.below(IN_A_ROW) {
            stores.log.next_append(at_append(dice));
        }
    }
    if dice.below(60) == 0 {
        stores.log.next_load(at_load(dice));
        stores.log.next_look_up(at_load(dice));
    }
    if dice.below(20) == 0 {
        let row: Vec<_> = (0..=dice.below(IN_A_ROW)).map(|_| Some(at_commit(dice))).collect();
        stores.tokens.script(row);
    }
}

fn at_append(dice: &mut Dice) -> AppendFault {
    match dice.below(4) {
        0 => AppendFault::ReplyLost,
        1 => AppendFault::RequestLost,
        2 => AppendFault::Corrupt,
        _ => AppendFault::Away,
    }
}

fn at_load(dice: &mut Dice) -> LoadFault {
    match dice.below(3) {
        0 => LoadFault::Away,
        1 => LoadFault::Corrupt,
        _ => LoadFault::None,
    }
}

fn at_commit(dice: &mut Dice) -> CommitFault {
    match dice.below(6) {
        0 => CommitFault::ReplyLost,
        1 => CommitFault::RequestLost,
        2 => CommitFault::Corrupt,
        3 => CommitFault::Hangs,
        4 => CommitFault::HangsUnwritten,
        _ => CommitFault::Away,
    }
}
