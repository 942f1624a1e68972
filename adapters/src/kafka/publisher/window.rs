//! A window of sends in flight: each record has a ticket, which comes back with what became of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use application::ports::publisher::OutgoingRecord;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, ProducerContext, ThreadedProducer};
use tokio::sync::Notify;

use super::Unsent;
use crate::kafka::failure::safe;
use crate::kafka::settings::KafkaSettings;
use crate::kafka::told::{self, LastProblem};

/// What became of the records of a window. Cheap to clone.
#[derive(Clone)]
pub(super) struct Window(Arc<WindowState>);

struct WindowState {
    tickets: Mutex<Tickets>,
    /// Rings when a ticket comes back.
    settled: Notify,
}

struct Tickets {
    outcomes: Vec<Option<Result<(), RDKafkaErrorCode>>>,
    out: usize,
    has_failed: bool,
    /// Whoever waits is woken once no more than so many are out: to be woken by each would cost more than to send it.
    awaited: usize,
}

/// The place of a record in its window.
pub(super) struct Ticket {
    window: Window,
    at: usize,
}

impl Window {
    pub(super) fn of(count: usize) -> Self {
        let tickets =
            Mutex::new(Tickets { outcomes: vec![None; count], out: 0, has_failed: false, awaited: 0 });
        Self(Arc::new(WindowState { tickets, settled: Notify::new() }))
    }

    pub(super) fn len(&self) -> usize {
        self.lock().outcomes.len()
    }

    /// How many are acknowledged from the start without a gap, and the answers to those that failed, in order.
    pub(super) fn outcome(&self) -> (usize, Vec<(usize, RDKafkaErrorCode)>) {
        let tickets = self.lock();
        let acknowledged =
            tickets.outcomes.iter().take_while(|outcome| matches!(outcome, Some(Ok(())))).count();
        let failed = |(at, outcome): (usize, &Option<Result<(), _>>)| Some((at, outcome.as_ref()?.err()?));
        (acknowledged, tickets.outcomes.iter().enumerate().filter_map(failed).collect())
    }

    /// Hands all records to the producer and waits until each has its answer.
    pub(super) async fn send_all(
        &self,
        producer: &ThreadedProducer<Deliveries>,
        settings: &KafkaSettings,
        records: &[OutgoingRecord],
    ) -> Result<(), Unsent> {
        let mut refused = Ok(());
        for (at, record) in records.iter().enumerate() {
            refused = self.send(producer, settings, at, record).await;
            // What lies behind it would overtake.
            if refused.is_err() || self.has_failed() {
                break;
            }
        }
        self.until_out_is(0).await;
        refused
    }

    /// Hands over one record; waits for room when the producer has none.
    async fn send(
        &self,
        producer: &ThreadedProducer<Deliveries>,
        settings: &KafkaSettings,
        at: usize,
        record: &OutgoingRecord,
    ) -> Result<(), Unsent> {
        let topic = settings.topic(&record.topic);
        loop {
            let out = self.one_more_out();
            let ticket = Box::new(Ticket { window: self.clone(), at });
            let outgoing = BaseRecord::with_opaque_to(&topic, ticket)
                .key(&record.key)
                .payload(&*record.body)
                .headers(headers_of(record));
            let Err((error, _given_back)) = producer.send(outgoing) else { return Ok(()) };
            self.lock().out -= 1;
            match error {
                KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) if out > 1 => {
                    // With half of them back there is room for more than the next one.
                    self.until_out_is((out - 1) / 2).await;
                }
                KafkaError::MessageProduction(code) => {
                    self.settle(at, Err(code), false);
                    return Ok(());
                }
                other => return Err(Unsent::Refused(safe(other))),
            }
        }
    }

    fn one_more_out(&self) -> usize {
        let mut tickets = self.lock();
        tickets.out += 1;
        tickets.out
    }

    fn has_failed(&self) -> bool {
        self.lock().has_failed
    }

    fn settle(&self, at: usize, outcome: Result<(), RDKafkaErrorCode>, was_out: bool) {
        let mut tickets = self.lock();
        tickets.has_failed |= outcome.is_err();
        if let Some(place) = tickets.outcomes.get_mut(at) {
            *place = Some(outcome);
        }
        tickets.out -= usize::from(was_out);
        let is_awaited = tickets.out <= tickets.awaited;
        drop(tickets);
        if is_awaited {
            self.0.settled.notify_waiters();
        }
    }

    /// Waits until no more than so many are out.
    async fn until_out_is(&self, awaited: usize) {
        self.lock().awaited = awaited;
        loop {
            let settled = self.0.settled.notified();
            if self.lock().out <= awaited {
                return;
            }
            settled.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tickets> {
        self.0.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(in crate::kafka) fn headers_of(record: &OutgoingRecord) -> OwnedHeaders {
    let headers = OwnedHeaders::new_with_capacity(record.headers.len());
    record
        .headers
        .iter()
        .fold(headers, |headers, (name, value)| headers.insert(Header { key: name, value: Some(&**value) }))
}

/// Takes tickets back.
#[derive(Default)]
pub(super) struct Deliveries {
    pub(super) problem: LastProblem,
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        let outcome = match result {
            Ok(_) => Ok(()),
            Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail)),
        };
        ticket.window.settle(ticket.at, outcome, true);
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, about: &str, text: &str) {
        told::log(level, about, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.problem.note(&error, reason);
    }
}
