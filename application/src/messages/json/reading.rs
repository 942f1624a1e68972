//! From JSON to what a message says. A message is untrusted: everything is checked as at any other edge.

use domain::book::BookStatus;
use domain::rental_card::Addressee;
use domain::{
    BookNo, Clearing, Date, Item, Kind, Outcome, Participant, Person, PersonName, ProcessId, Reason, Rent,
    RentalId, Request, RequestKind, Return, ReturnId, Step, Title,
};

use super::fields::{JsonFields, needed, required, value};
use crate::messages::{Body, EventResult, Topic};

/// The largest body that is read: 64 KiB.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// The deepest nesting that is read.
const DEPTH_MAX: usize = 32;

/// The text of a body, if it is small and flat enough to be read at all.
pub(in crate::messages) fn text_of(body: &[u8]) -> Result<&str, String> {
    if body.len() > BODY_BYTES_MAX {
        return Err(format!("it has {} bytes and {BODY_BYTES_MAX} is the most", body.len()));
    }
    let text = std::str::from_utf8(body)
        .map_err(|error| format!("it is not UTF-8 from byte {} on", error.valid_up_to()))?;
    if text.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    let depth = depth_of(text);
    if depth > DEPTH_MAX {
        return Err(format!("it is nested {depth} levels deep and {DEPTH_MAX} is the most"));
    }
    Ok(text)
}

/// What the body of a message on a topic says.
pub(in crate::messages) fn parse(topic: Topic, text: &str) -> Result<Body, String> {
    let fields = JsonFields::of(text)?;
    match topic {
        Topic::RentalRent | Topic::RentCancel | Topic::RentalUncount => request(&fields, &[Kind::Rent]),
        Topic::RentalReturn | Topic::ReturnCancel => request(&fields, &[Kind::Return]),
        Topic::OverdueClear => request(&fields, &[Kind::Overdue]),
        Topic::PointUse => request(&fields, &[Kind::Rent, Kind::Return]),
        Topic::BookCatalogue => catalogue(&fields),
        Topic::RentalResult => answer(&fields).map(Body::Result),
    }
}

/// How deep a text nests lists and objects, whether or not it is well formed.
fn depth_of(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn request(fields: &JsonFields<'_>, kinds: &[Kind]) -> Result<Body, String> {
    let ids = MessageIds::of(fields)?;
    let process = required(ids.process, "processId")?;
    if !kinds.contains(&process.kind()) {
        return Err("`processId` names another kind of attempt than this topic is for".to_owned());
    }
    let rented_on = || required(ids.rented_on, "rentedOn");
    let what = match process {
        ProcessId::Rent(rental_id) => {
            RequestKind::Rent(Rent { rental_id, item: item(fields)?, rented_on: rented_on()? })
        }
        ProcessId::Return(return_id) => RequestKind::Return(Return {
            return_id,
            rental_id: required(ids.rental_id, "rentalId")?,
            item: item(fields)?,
            rented_on: rented_on()?,
        }),
        ProcessId::Clearing(clearing_id) => RequestKind::Clearing(Clearing { clearing_id }),
    };
    Ok(Body::Request(Request { member: member(fields)?, points: needed(fields.point, "point")?, what }))
}

fn answer(fields: &JsonFields<'_>) -> Result<EventResult, String> {
    let kind: Kind = needed(fields.event_type, "eventType")?;
    let ids = MessageIds::of(fields)?;
    let to = match ids.process {
        Some(process) if process.kind() == kind => Addressee::Process(process),
        Some(_) => return Err("`eventType` and `processId` name different kinds of attempt".to_owned()),
        None => Addressee::OnlyOne(kind),
    };
    let (item, usual) = match kind {
        Kind::Rent | Kind::Return => (Some(item(fields)?), Participant::Book),
        // Some peers send an item of nothing with a payment.
        Kind::Overdue => (None, Participant::Member),
    };
    let rental_id = match kind {
        Kind::Return => ids.rental_id,
        // A rent's rental is the attempt itself.
        Kind::Rent | Kind::Overdue => None,
    };
    Ok(EventResult {
        to,
        member: member(fields)?,
        item,
        points: needed(fields.point, "point")?,
        rental_id,
        rented_on: ids.rented_on,
        participant: value(fields.participant, "participant")?.unwrap_or(usual),
        step: value(fields.step, "step")?.unwrap_or(Step::Do),
        outcome: outcome(fields)?,
    })
}

fn catalogue(fields: &JsonFields<'_>) -> Result<Body, String> {
    let no: BookNo = needed(fields.no, "no")?;
    let title: Title = needed(fields.title, "title")?;
    let status: BookStatus = needed(fields.status, "status")?;
    Ok(Body::Catalogue { no, title, status })
}

/// The ids a message has; peers that know none of them send none.
struct MessageIds {
    process: Option<ProcessId>,
    rental_id: Option<RentalId>,
    rented_on: Option<Date>,
}

impl MessageIds {
    /// Reads them, and finds the attempt by the id of a rent or a return when it is not named itself.
    fn of(fields: &JsonFields<'_>) -> Result<Self, String> {
        let named: Option<ProcessId> = value(fields.process_id, "processId")?;
        let rental_id: Option<RentalId> = value(fields.rental_id, "rentalId")?;
        let return_id: Option<ReturnId> = value(fields.return_id, "returnId")?;
        let rented_on: Option<Date> = value(fields.rented_on, "rentedOn")?;
        // A view counts by months, which have four digits.
        if rented_on.is_some_and(|day| day.year() < 1) {
            return Err("`rentedOn` lies before the year 1".to_owned());
        }
        let meant = return_id.map(ProcessId::Return).or(rental_id.map(ProcessId::Rent));
        let agree = match named {
            Some(ProcessId::Rent(id)) => rental_id.is_none_or(|rental_id| rental_id == id),
            Some(ProcessId::Return(id)) => return_id.is_none_or(|return_id| return_id == id),
            Some(ProcessId::Clearing(_)) | None => true,
        };
        if !agree {
            return Err("`processId` names another attempt than `rentalId` or `returnId`".to_owned());
        }
        Ok(Self { process: named.or(meant), rental_id, rented_on })
    }
}

fn member(fields: &JsonFields<'_>) -> Result<Person, String> {
    let member = JsonFields::within(fields.id_name, "idName")?;
    let name: String = needed(member.name, "idName.name")?;
    let name = PersonName::stored(&name).map_err(|error| format!("`idName.name`: {error}"))?;
    Ok(Person { id: needed(member.id, "idName.id")?, name })
}

fn item(fields: &JsonFields<'_>) -> Result<Item, String> {
    let item = JsonFields::within(fields.item, "item")?;
    Ok(Item { no: needed(item.no, "item.no")?, title: needed(item.title, "item.title")? })
}

/// Done or refused; the three names of one field may not contradict each other.
fn outcome(fields: &JsonFields<'_>) -> Result<Outcome, String> {
    let said = [
        value::<bool>(fields.success, "success")?,
        value(fields.successed, "successed")?,
        value(fields.is_successed, "isSuccessed")?,
    ];
    let mut said = said.into_iter().flatten();
    let success = required(said.next(), "success")?;
    if said.any(|other| other != success) {
        return Err("`success`, `successed` and `isSuccessed` contradict each other".to_owned());
    }
    let reason: Option<String> = value(fields.reason, "reason")?;
    Ok(match success {
        true => Outcome::Done,
        false => Outcome::Refused { reason: Reason::from_peer(&reason.unwrap_or_default()) },
    })
}
