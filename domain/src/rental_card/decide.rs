//! What a card may do, and what follows from it.

use jiff::ToSpan;
use jiff::civil::Date;

use super::record_answer::record_answer;
use super::resolve::{expire, resolve};
use super::{
    CardItem, IssuedCard, ItemState, RentalCard, RentalCardCommand, RentalCardEvent, RentalCardRefusal,
};
use crate::ids::{BookNo, CardNo, ClearingId, RentalId, ReturnId};
use crate::points::Amount;
use crate::policy;
use crate::request::{Clearing, Item, Person, Rent, Request, Return};

pub(super) type Decision = Result<Vec<RentalCardEvent>, RentalCardRefusal>;

pub(super) fn decide(card: &RentalCard, command: &RentalCardCommand) -> Decision {
    use RentalCardCommand as Command;
    match (command, card.issued()) {
        (Command::IssueCard { card_no, member }, issued) => issue(issued, *card_no, member),
        (_, None) => Err(RentalCardRefusal::NoCard),
        (Command::RentItem { rental_id, item, on }, Some(card)) => rent(card, *rental_id, item, *on),
        (Command::ReturnItem { return_id, book_no, on }, Some(card)) => {
            return_item(card, *return_id, *book_no, *on)
        }
        (Command::MarkOverdue { book_no, on }, Some(card)) => mark_overdue(card, *book_no, *on),
        (Command::ClearOverdue { clearing_id, points }, Some(card)) => clear(card, *clearing_id, *points),
        (Command::RecordAnswer(answer), Some(card)) => record_answer(card, answer),
        (Command::ExpireAttempt { process }, Some(card)) => Ok(expire(card, *process)),
        (Command::ResolveAttempt { process, direction, reason }, Some(card)) => {
            resolve(card, *process, *direction, reason)
        }
    }
}

fn issue(issued: Option<&IssuedCard>, card_no: CardNo, member: &Person) -> Decision {
    match issued {
        None => Ok(vec![RentalCardEvent::CardIssued { card_no, member: member.clone() }]),
        Some(card) if card.member.name != member.name => Err(RentalCardRefusal::CardExists),
        Some(_) => Ok(vec![]),
    }
}

fn rent(card: &IssuedCard, rental_id: RentalId, item: &Item, on: Date) -> Decision {
    if card.is_suspended() {
        let overdue = card.held().filter(|held| held.overdue).map(|held| held.item.no).collect();
        return Err(RentalCardRefusal::CardSuspended { late_fee: card.fee, overdue });
    }
    let held = card.held_count();
    if held >= policy::BOOKS_MAX {
        return Err(RentalCardRefusal::TooManyBooks { held, limit: policy::BOOKS_MAX });
    }
    if card.item(item.no).is_some() {
        return Err(RentalCardRefusal::BookAlreadyHeld { book_no: item.no });
    }
    let what = Rent { rental_id, item: item.clone(), rented_on: on };
    let asked = Request { member: card.member.clone(), points: policy::RENT_AWARD, what };
    Ok(vec![RentalCardEvent::ItemRented { asked, due_on: on.saturating_add(policy::LOAN_DAYS.days()) }])
}

fn return_item(card: &IssuedCard, return_id: ReturnId, book_no: BookNo, on: Date) -> Decision {
    let held = held(card, book_no)?;
    if held.state == ItemState::Pending {
        return Err(RentalCardRefusal::RentalPending { book_no, rental_id: held.rental_id });
    }
    if on < held.rented_on {
        return Err(RentalCardRefusal::ReturnBeforeRent { rented_on: held.rented_on, on });
    }
    let (rental_id, item, rented_on) = (held.rental_id, held.item.clone(), held.rented_on);
    let what = Return { return_id, rental_id, item, rented_on };
    Ok(vec![RentalCardEvent::ItemReturned {
        asked: Request { member: card.member.clone(), points: policy::RETURN_AWARD, what },
        returned_on: on,
        days_late: held.days_late(on),
        late_fee: held.late_fee(on),
    }])
}

fn mark_overdue(card: &IssuedCard, book_no: BookNo, on: Date) -> Decision {
    let held = held(card, book_no)?;
    if on <= held.due_on {
        return Err(RentalCardRefusal::NotYetDue { book_no, due_on: held.due_on });
    }
    if held.overdue {
        return Ok(vec![]);
    }
    Ok(vec![RentalCardEvent::ItemOverdue { rental_id: held.rental_id, item: held.item.clone(), on }])
}

fn clear(card: &IssuedCard, clearing_id: ClearingId, offered: Amount) -> Decision {
    if !card.fee.is_positive() {
        return Err(RentalCardRefusal::NoFee);
    }
    if !card.items.is_empty() {
        return Err(RentalCardRefusal::BooksStillHeld { held: card.items.len() });
    }
    if offered.points() != card.fee {
        return Err(RentalCardRefusal::FeeMismatch { late_fee: card.fee, offered: offered.points() });
    }
    if let Some(clearing_id) = card.clearing() {
        return Err(RentalCardRefusal::ClearingPending { clearing_id });
    }
    let asked = Request { member: card.member.clone(), points: offered, what: Clearing { clearing_id } };
    Ok(vec![RentalCardEvent::ClearingRequested { asked }])
}

fn held(card: &IssuedCard, book_no: BookNo) -> Result<&CardItem, RentalCardRefusal> {
    card.held().find(|held| held.item.no == book_no).ok_or(RentalCardRefusal::BookNotHeld { book_no })
}
