//! What people ask for, and what it came to.

use application::commands::{CommandError, Context};
use domain::book::{Book, BookCommand};
use domain::member::{Member, MemberCommand};
use domain::{Amount, BookNo, Date, MemberId};
use tests::library::{Library, book, member};

use super::{BOOKS, MEMBERS};

/// Dice that can be thrown again: xorshift64*.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

/// What a command came to: where its last event stands, that it left none and why, or that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Came {
    To(u64),
    Nothing,
    Refused,
    /// The store was away or others were quicker; nothing was written.
    NotDone,
    Unsure,
}

/// A repeat finds what was done; what left nothing may be decided otherwise now.
pub(super) fn same_again(first: &Came, again: &Came) {
    if let (Came::To(first), Came::To(again)) = (first, again) {
        assert_eq!(first, again, "a repeat was done again");
    }
    if let Came::To(_) = first {
        let is_found = matches!(again, Came::To(_) | Came::NotDone | Came::Unsure);
        assert!(is_found, "what was done is not found again: {again:?}");
    }
}

#[derive(Debug, Clone)]
pub(super) enum Deed {
    Rent(MemberId, BookNo),
    Return(MemberId, BookNo, Date),
    MarkOverdue(MemberId, BookNo),
    Clear(MemberId, Amount),
    Save(MemberId, Amount),
    Spend(MemberId, Amount),
    Withdraw(BookNo),
    Shelve(BookNo),
}

impl Deed {
    pub(super) fn any(dice: &mut Dice) -> Self {
        let who = member(&format!("member-{}", dice.below(MEMBERS)));
        let no = book(1 + dice.below(BOOKS + 1) as i64);
        let few = Amount::parse(1 + dice.below(20) as i64).unwrap();
        let on = Date::constant(2026, 3, 2).saturating_add(jiff::Span::new().days(dice.below(18) as i64));
        match dice.below(20) {
            0..=6 => Self::Rent(who, no),
            7..=12 => Self::Return(who, no, on),
            13 => Self::MarkOverdue(who, no),
            14..=15 => Self::Clear(who, Amount::parse(10 * (1 + dice.below(4) as i64)).unwrap()),
            16 => Self::Save(who, few),
            17 => Self::Spend(who, few),
            18 => Self::Withdraw(no),
            _ => Self::Shelve(no),
        }
    }

    pub(super) async fn on(&self, node: &Library, context: Context) -> Came {
        let desk = &node.desk;
        match self.clone() {
            Self::Rent(who, no) => came(desk.rent(&who, no, None, None, context).await),
            Self::Return(who, no, on) => came(desk.return_item(&who, no, Some(on), context).await),
            Self::MarkOverdue(who, no) => came(desk.mark_overdue(&who, no, context).await),
            Self::Clear(who, points) => came(desk.clear_overdue(&who, points, context).await),
            Self::Save(who, amount) => came(
                node.commands.execute::<Member>(&who, MemberCommand::SavePoints { amount }, context).await,
            ),
            Self::Spend(who, amount) => came(
                node.commands.execute::<Member>(&who, MemberCommand::UsePoints { amount }, context).await,
            ),
            Self::Withdraw(no) => {
                came(node.commands.execute::<Book>(&no, BookCommand::Withdraw, context).await)
            }
            Self::Shelve(no) => {
                came(node.commands.execute::<Book>(&no, BookCommand::MakeAvailable, context).await)
            }
        }
    }
}

fn came<A: application::codec::Aggregate>(
    answer: Result<application::commands::Executed<A>, application::commands::CommandErrorOf<A>>,
) -> Came {
    match answer {
        Ok(executed) if executed.events.is_empty() => Came::Nothing,
        Ok(executed) => Came::To(executed.position.value()),
        Err(CommandError::Refused(_) | CommandError::VersionMismatch { .. }) => Came::Refused,
        Err(
            CommandError::Unavailable { .. } | CommandError::Contended { .. } | CommandError::Corrupt { .. },
        ) => Came::NotDone,
        Err(CommandError::OutcomeUnknown { .. } | CommandError::DoneUnread { .. }) => Came::Unsure,
        Err(error) => panic!("{error}"),
    }
}
