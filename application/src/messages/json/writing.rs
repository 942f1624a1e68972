//! From what a message says to JSON: first the fields of the example in its order, then ours.

use bytes::Bytes;
use domain::book::BookStatus;
use domain::rental_card::Addressee;
use domain::{
    Amount, BookNo, Date, Item, Outcome, Participant, Person, ProcessId, RentalId, Request, ReturnId, Step,
    Title,
};
use serde::Serialize;

use crate::codec::wire::Out;
use crate::codec::{Named, json};
use crate::messages::{Body, EventResult};

/// The body of a message.
pub(in crate::messages) fn write(body: &Body) -> Bytes {
    match body {
        Body::Request(asked) => json(&request(asked)),
        Body::Result(result) => json(&answer(result)),
        Body::Catalogue { no, title, status } => {
            json(&CatalogueForm { no: Out(no), title: Out(title), status: Out(status) })
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestForm<'a> {
    id_name: IdName<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Out<'a, Item>>,
    point: Out<'a, Amount>,
    #[serde(flatten)]
    ids: MessageIds,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultForm<'a> {
    event_type: &'static str,
    id_name: IdName<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Out<'a, Item>>,
    point: Out<'a, Amount>,
    success: bool,
    #[serde(flatten)]
    ids: MessageIds,
    participant: Out<'a, Participant>,
    step: Out<'a, Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct CatalogueForm<'a> {
    no: Out<'a, BookNo>,
    title: Out<'a, Title>,
    status: Out<'a, BookStatus>,
}

/// A member; the name is not wrapped here, since peers expect a bare text.
#[derive(Serialize)]
struct IdName<'a> {
    id: &'a str,
    name: &'a str,
}

/// What the example does not have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageIds {
    #[serde(skip_serializing_if = "Option::is_none")]
    process_id: Option<Owned<ProcessId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rental_id: Option<Owned<RentalId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_id: Option<Owned<ReturnId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rented_on: Option<Owned<Date>>,
}

/// A value in the form it is stored in.
struct Owned<T>(T);

impl<T: crate::codec::wire::Stored> Serialize for Owned<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.write(to)
    }
}

fn request(asked: &Request) -> RequestForm<'_> {
    RequestForm {
        id_name: id_name(&asked.member),
        item: asked.item().map(Out),
        point: Out(&asked.points),
        ids: ids(Some(asked.process()), asked.rental_id(), asked.rented_on()),
    }
}

fn answer(result: &EventResult) -> ResultForm<'_> {
    let process = match result.to {
        Addressee::Process(process) => Some(process),
        Addressee::OnlyOne(_) => None,
    };
    let (success, reason) = match &result.outcome {
        Outcome::Done => (true, None),
        Outcome::Refused { reason } => (false, Some(reason.as_str())),
    };
    ResultForm {
        event_type: result.kind().name(),
        id_name: id_name(&result.member),
        item: result.item.as_ref().map(Out),
        point: Out(&result.points),
        success,
        ids: ids(process, result.rental_id, result.rented_on),
        participant: Out(&result.participant),
        step: Out(&result.step),
        reason,
    }
}

fn id_name(member: &Person) -> IdName<'_> {
    IdName { id: member.id.as_str(), name: member.name.as_str() }
}

fn ids(process: Option<ProcessId>, rental_id: Option<RentalId>, rented_on: Option<Date>) -> MessageIds {
    let (started, return_id) = match process {
        Some(ProcessId::Rent(rental_id)) => (Some(rental_id), None),
        Some(ProcessId::Return(return_id)) => (None, Some(return_id)),
        Some(ProcessId::Clearing(_)) | None => (None, None),
    };
    MessageIds {
        process_id: process.map(Owned),
        rental_id: rental_id.or(started).map(Owned),
        return_id: return_id.map(Owned),
        rented_on: rented_on.map(Owned),
    }
}
