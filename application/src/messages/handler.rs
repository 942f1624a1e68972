//! From a message to the command that follows from it: a pure function of handler and message.

use domain::best_seller::BestSellerCommand;
use domain::book::BookCommand;
use domain::member::MemberCommand;
use domain::rental_card::{Answer, RentalCardCommand};
use domain::{BookNo, MemberId, Month, Rent, Request, RequestKind};

use super::{Body, EventResult, Message, Topic};
use crate::codec::BestSellerId;
use crate::ports::event_store::TypeName;

/// Which kind of message handler asks for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handler {
    /// `lend-books`.
    LendBooks,
    /// `keep-points`.
    KeepPoints,
    /// `count-rentals`.
    CountRentals,
    /// `record-answers`.
    RecordAnswers,
}

/// A command that follows from a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceCommand {
    /// For a card.
    RentalCard(MemberId, RentalCardCommand),
    /// For a member.
    Member(MemberId, MemberCommand),
    /// For a book.
    Book(BookNo, BookCommand),
    /// For a best-seller.
    BestSeller(BestSellerId, BestSellerCommand),
}

/// The command that follows from a message for one handler; none when it does not concern it. A pure function.
#[must_use]
pub fn command_of(handler: Handler, message: &Message) -> Option<ServiceCommand> {
    let topic = message.topic;
    match &message.body {
        Body::Request(asked) => match handler {
            Handler::LendBooks => lend(topic, asked),
            Handler::KeepPoints => keep_points(topic, asked),
            Handler::CountRentals => count(topic, asked),
            Handler::RecordAnswers => None,
        },
        Body::Result(result) => match handler {
            Handler::RecordAnswers => Some(record(result)),
            Handler::LendBooks | Handler::KeepPoints | Handler::CountRentals => None,
        },
        Body::Catalogue { .. } => None,
    }
}

impl Handler {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LendBooks, Self::KeepPoints, Self::CountRentals, Self::RecordAnswers];

    /// Its name, which is its processor's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LendBooks => "lend-books",
            Self::KeepPoints => "keep-points",
            Self::CountRentals => "count-rentals",
            Self::RecordAnswers => "record-answers",
        }
    }

    /// The topics it listens to.
    #[must_use]
    pub const fn topics(self) -> &'static [Topic] {
        match self {
            Self::LendBooks => {
                &[Topic::RentalRent, Topic::RentalReturn, Topic::RentCancel, Topic::ReturnCancel]
            }
            Self::KeepPoints => {
                &[Topic::RentalRent, Topic::RentalReturn, Topic::OverdueClear, Topic::PointUse]
            }
            Self::CountRentals => &[Topic::RentalRent, Topic::RentalUncount],
            Self::RecordAnswers => &[Topic::RentalResult],
        }
    }

    /// Whether an event of this type is one of [`Handler::event_types`].
    #[must_use]
    pub fn wants(self, kind: &TypeName) -> bool {
        self.event_types().contains(&kind.as_str())
    }

    /// The types of the events that a command of this handler may follow from, when it follows the log itself.
    #[must_use]
    pub const fn event_types(self) -> &'static [&'static str] {
        match self {
            Self::LendBooks => {
                &["rental-card.item-rented", "rental-card.item-returned", "rental-card.undo-requested"]
            }
            Self::KeepPoints => &[
                "rental-card.item-rented",
                "rental-card.item-returned",
                "rental-card.clearing-requested",
                "rental-card.undo-requested",
            ],
            Self::CountRentals => &["rental-card.item-rented", "rental-card.rent-cancelled"],
            Self::RecordAnswers => &[
                "book.book-lent",
                "book.lending-refused",
                "book.lending-undone",
                "book.book-taken-back",
                "book.taking-back-refused",
                "book.taking-back-undone",
                "book.undo-refused",
                "member.points-saved",
                "member.points-used",
                "member.points-taken-back",
                "member.points-refused",
            ],
        }
    }
}

fn lend(topic: Topic, asked: &Request) -> Option<ServiceCommand> {
    let book = asked.item()?.no;
    let asked = asked.clone();
    let command = match topic {
        Topic::RentalRent => BookCommand::Lend { asked },
        Topic::RentalReturn => BookCommand::TakeBack { asked },
        Topic::RentCancel => BookCommand::UndoLend { asked },
        Topic::ReturnCancel => BookCommand::UndoTakeBack { asked },
        Topic::OverdueClear
        | Topic::RentalUncount
        | Topic::PointUse
        | Topic::BookCatalogue
        | Topic::RentalResult => return None,
    };
    Some(ServiceCommand::Book(book, command))
}

fn keep_points(topic: Topic, asked: &Request) -> Option<ServiceCommand> {
    let member = asked.member.id.clone();
    let asked = asked.clone();
    let command = match topic {
        Topic::RentalRent | Topic::RentalReturn => MemberCommand::Award { asked },
        Topic::OverdueClear => MemberCommand::Pay { asked },
        Topic::PointUse => MemberCommand::TakeBackAward { asked },
        Topic::RentCancel
        | Topic::RentalUncount
        | Topic::ReturnCancel
        | Topic::BookCatalogue
        | Topic::RentalResult => return None,
    };
    Some(ServiceCommand::Member(member, command))
}

fn count(topic: Topic, asked: &Request) -> Option<ServiceCommand> {
    let RequestKind::Rent(Rent { rental_id, item, rented_on }) = &asked.what else { return None };
    let (rental_id, month, item) = (*rental_id, Month::of(*rented_on), item.clone());
    let id = BestSellerId { month, book: item.no };
    let command = match topic {
        Topic::RentalRent => BestSellerCommand::CountRental { rental_id, month, item },
        Topic::RentalUncount => BestSellerCommand::UncountRental { rental_id, month, item },
        Topic::RentalReturn
        | Topic::OverdueClear
        | Topic::RentCancel
        | Topic::ReturnCancel
        | Topic::PointUse
        | Topic::BookCatalogue
        | Topic::RentalResult => return None,
    };
    Some(ServiceCommand::BestSeller(id, command))
}

fn record(result: &EventResult) -> ServiceCommand {
    let answer = Answer {
        to: result.to,
        participant: result.participant,
        step: result.step,
        outcome: result.outcome.clone(),
        member_id: result.member.id.clone(),
        book_no: result.item.as_ref().map(|item| item.no),
    };
    ServiceCommand::RentalCard(result.member.id.clone(), RentalCardCommand::RecordAnswer(answer))
}
