//! What people ask for, and what it came to.

use std::fmt;

use application::codec::Aggregate;
use application::commands::{CardService, CommandError, CommandErrorOf, Commands, Context, Executed};
use application::ports::event_store::{StreamName, Version};
use bytes::Bytes;
use domain::book::{Book, BookCommand};
use domain::member::{Member, MemberCommand};
use domain::rental_card::RentalCard;
use domain::{Amount, BookNo, Date, MemberId};

use super::dice::Dice;
use super::world::{BOOKS, MEMBERS};
use crate::library::{book, member};

/// What a command came to: what it did, that it left nothing and why, or that nobody knows.
#[derive(Debug, Clone)]
pub enum Came {
    /// It was done.
    To(Did),
    /// There was nothing to do.
    Nothing,
    /// A rule, or a version that was insisted on, is against it.
    Refused,
    /// The store was away, or others were quicker; nothing was written.
    NotDone,
    /// Nobody knows.
    Unsure,
}

/// What a command did, as it was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Did {
    /// The position of its last event.
    pub position: u64,
    /// The version of that event.
    pub version: Version,
    /// Its stream.
    pub stream: StreamName,
    /// The state that was answered, frozen: of this version or of a later one.
    pub state: Bytes,
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = String::from_utf8_lossy(&self.state);
        write!(f, "{}@{} at {} {state}", self.stream, self.version, self.position)
    }
}

/// A repeat finds what was done; what left nothing may be decided otherwise now.
///
/// # Panics
/// When it was done again, or is not found.
pub fn same_again(first: &Came, again: &Came) {
    let Came::To(first) = first else { return };
    match again {
        Came::To(again) => assert_eq!(first.position, again.position, "a repeat was done again"),
        Came::NotDone | Came::Unsure => {}
        Came::Nothing | Came::Refused => panic!("what was done is not found again: {again:?}"),
    }
}

/// What somebody asks for.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the words of the domain")]
pub enum Deed {
    Rent(MemberId, BookNo, Option<Date>),
    Return(MemberId, BookNo, Option<Date>),
    MarkOverdue(MemberId, BookNo),
    Clear(MemberId, Amount),
    Save(MemberId, Amount),
    Spend(MemberId, Amount),
    Withdraw(BookNo),
    Shelve(BookNo),
}

impl Deed {
    /// What dice make of it. Few members and books, so that people meet.
    #[must_use]
    pub fn any(dice: &mut Dice) -> Self {
        let who = member(&format!("member-{}", dice.below(MEMBERS)));
        let no = book(1 + i64::try_from(dice.below(BOOKS + 1)).unwrap_or(0));
        let day = |from: Date, days: u64| {
            from.saturating_add(jiff::Span::new().days(i64::try_from(days).unwrap_or(0)))
        };
        let rented = dice.is_one_in(4).then(|| day(Date::constant(2026, 2, 9), dice.below(20)));
        let returned = (!dice.is_one_in(3)).then(|| day(Date::constant(2026, 3, 2), dice.below(18)));
        let few = points(1 + dice.below(20));
        match dice.below(20) {
            0..=6 => Self::Rent(who, no, rented),
            7..=12 => Self::Return(who, no, returned),
            13 => Self::MarkOverdue(who, no),
            14..=15 => Self::Clear(who, points(10 * (1 + dice.below(4)))),
            16 => Self::Save(who, few),
            17 => Self::Spend(who, few),
            18 => Self::Withdraw(no),
            _ => Self::Shelve(no),
        }
    }

    /// Asks for it.
    pub async fn on(&self, desk: &CardService, commands: &Commands, context: Context) -> Came {
        match self.clone() {
            Self::Rent(who, no, on) => came::<RentalCard>(&who, desk.rent(&who, no, None, on, context).await),
            Self::Return(who, no, on) => {
                came::<RentalCard>(&who, desk.return_item(&who, no, on, context).await)
            }
            Self::MarkOverdue(who, no) => {
                came::<RentalCard>(&who, desk.mark_overdue(&who, no, context).await)
            }
            Self::Clear(who, points) => {
                came::<RentalCard>(&who, desk.clear_overdue(&who, points, context).await)
            }
            Self::Save(who, amount) => {
                let save = MemberCommand::SavePoints { amount };
                came::<Member>(&who, commands.execute::<Member>(&who, save, context).await)
            }
            Self::Spend(who, amount) => {
                let spend = MemberCommand::UsePoints { amount };
                came::<Member>(&who, commands.execute::<Member>(&who, spend, context).await)
            }
            Self::Withdraw(no) => {
                came::<Book>(&no, commands.execute::<Book>(&no, BookCommand::Withdraw, context).await)
            }
            Self::Shelve(no) => {
                came::<Book>(&no, commands.execute::<Book>(&no, BookCommand::MakeAvailable, context).await)
            }
        }
    }
}

fn points(amount: u64) -> Amount {
    Amount::parse(i64::try_from(amount).unwrap_or(1)).expect("an amount")
}

fn came<A: Aggregate>(id: &A::Id, answer: Result<Executed<A>, CommandErrorOf<A>>) -> Came {
    match answer {
        Ok(executed) if executed.events.is_empty() => Came::Nothing,
        Ok(executed) => Came::To(Did {
            position: executed.position.value(),
            version: executed.version,
            stream: A::stream(id),
            state: executed.state.freeze(),
        }),
        Err(CommandError::Refused(_) | CommandError::VersionMismatch { .. }) => Came::Refused,
        Err(
            CommandError::Unavailable { .. }
            | CommandError::Contended { .. }
            | CommandError::Corrupt { .. }
            | CommandError::Busy { .. }
            | CommandError::Stopping,
        ) => Came::NotDone,
        Err(CommandError::OutcomeUnknown { .. } | CommandError::DoneUnread { .. }) => Came::Unsure,
        Err(
            error @ (CommandError::IdReused { .. }
            | CommandError::TooLarge { .. }
            | CommandError::Unreadable { .. }
            | CommandError::Defect { .. }),
        ) => panic!("{}: {error}", A::stream(id)),
    }
}
