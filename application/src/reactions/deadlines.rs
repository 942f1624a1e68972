//! Deadlines: attempts that wait for too long, and books that are out for too long. No schedule is kept: what is due
//! stands in the views, and a ticker asks them.

use std::future::ready;
use std::sync::Arc;

use domain::rental_card::{RentalCard, RentalCardCommand};
use domain::{MemberId, RentalId};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{LOANS, PROCESSES};
use crate::codec::{Actor, Fingerprint};
use crate::commands::{CommandError, Commands, Context};
use crate::ports::event_store::{CommandId, Position};
use crate::ports::loan_view::LoanRow;
use crate::ports::process_view::ProcessRow;
use crate::ports::token_store::ProcessorName;
use crate::ports::{Clock, EventStore, LoanView, ProcessView, TokenStore};
use crate::processing::cause_of;

/// The most attempts expired, and the most rentals marked, by one tick.
const EACH_TICK: usize = 1_000;
/// How many rentals are asked for at once.
const PAGE: usize = 100;
/// How many commands are under way at once.
const AT_ONCE: usize = 64;
/// How often rentals are looked at.
const OVERDUE_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// What ids of the ticker's commands are made in.
const DEADLINES: Uuid = Uuid::from_u128(0xc7a1_48d6_03be_4f92_a5e7_6d10_8b3c_f429);

/// Looks for what is due. Several nodes may tick: their commands have the same ids.
pub struct Ticker {
    commands: Commands,
    store: Arc<dyn EventStore>,
    tokens: Arc<dyn TokenStore>,
    processes: Arc<dyn ProcessView>,
    loans: Arc<dyn LoanView>,
    clock: Arc<dyn Clock>,
    settings: TickerSettings,
    /// Where the log ended when the ticker looked first; before the views have passed it, they show what is long over.
    start: Option<Position>,
    looked_at_loans: Option<Timestamp>,
}

/// What a ticker looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickerSettings {
    /// Whether books that are due are marked. Not when days may be given by hand: then today means nothing.
    pub mark_overdue: bool,
}

/// What one tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Attempts whose deadline had passed.
    pub expired: usize,
    /// Rentals that were marked overdue.
    pub marked: usize,
}

/// What a ticker works with.
#[derive(Clone)]
pub struct TickerPorts {
    /// The log, to know where it ended at the start.
    pub store: Arc<dyn EventStore>,
    /// How far the views are.
    pub tokens: Arc<dyn TokenStore>,
    /// The attempts.
    pub processes: Arc<dyn ProcessView>,
    /// What is out.
    pub loans: Arc<dyn LoanView>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Ticker {
    /// A ticker that has not looked yet.
    #[must_use]
    pub fn new(commands: Commands, ports: TickerPorts, settings: TickerSettings) -> Self {
        let TickerPorts { store, tokens, processes, loans, clock } = ports;
        Self {
            commands,
            store,
            tokens,
            processes,
            loans,
            clock,
            settings,
            start: None,
            looked_at_loans: None,
        }
    }

    /// Looks once; to be called every second. What cannot be read or done now is tried by the next tick, and said in the
    /// log.
    pub async fn tick(&mut self) -> Ticked {
        let now = self.clock.now();
        let Some(start) = self.start().await else { return Ticked::default() };
        let mut ticked = Ticked::default();
        if self.has_passed(&PROCESSES, start).await {
            ticked.expired = self.expire(now).await;
        }
        let since = self.looked_at_loans.map(|looked| now.duration_since(looked));
        let again = since.is_none_or(|since| since >= OVERDUE_EVERY || since.is_negative());
        if self.settings.mark_overdue && again && self.has_passed(&LOANS, start).await {
            self.looked_at_loans = Some(now);
            ticked.marked = self.mark_overdue().await;
        }
        ticked
    }

    async fn start(&mut self) -> Option<Position> {
        if self.start.is_none() {
            let head = self.store.head().await.inspect_err(|error| put_off("reading the head", error));
            // Said in the log above; the next tick asks again.
            self.start = head.ok().map(|head| head.position);
        }
        self.start
    }

    async fn has_passed(&self, view: &ProcessorName, start: Position) -> bool {
        match self.tokens.progress(view).await {
            Ok(progress) => progress.is_some_and(|progress| progress >= start),
            Err(error) => {
                put_off("asking how far a view is", &error);
                false
            }
        }
    }

    async fn expire(&self, now: Timestamp) -> usize {
        let due = self.processes.due(now, None, EACH_TICK).await;
        // Said in the log here; the next tick asks again.
        let due =
            due.inspect_err(|error| put_off("asking for attempts that are due", error)).unwrap_or_default();
        count(due.iter().map(|row| self.expire_one(row)).collect()).await
    }

    async fn expire_one(&self, row: &ProcessRow) -> bool {
        let Some(deadline) = row.deadline else { return false };
        let command = RentalCardCommand::ExpireAttempt { process: row.id };
        self.send(&row.member_id, command, &format!("{}\n{deadline}", row.id)).await
    }

    async fn mark_overdue(&self) -> usize {
        let (mut after, mut marked) = (None, 0);
        for _ in 0..EACH_TICK / PAGE {
            let page = self.loans.overdue(self.clock.today(), after, PAGE).await;
            // Said in the log here; the next tick begins again.
            let page = page
                .inspect_err(|error| put_off("asking for rentals that are due", error))
                .unwrap_or_default();
            let Some(last) = page.last().map(|row: &LoanRow| row.rental_id) else { break };
            marked += count(page.iter().map(|row| self.mark_one(row)).collect()).await;
            after = Some::<RentalId>(last);
        }
        marked
    }

    async fn mark_one(&self, row: &LoanRow) -> bool {
        let on = self.clock.today();
        let command = RentalCardCommand::MarkOverdue { book_no: row.book_no, on };
        self.send(&row.member_id, command, &format!("{}\n{on}", row.rental_id)).await
    }

    async fn send(&self, member: &MemberId, command: RentalCardCommand, name: &str) -> bool {
        let context = Context {
            command: CommandId::new(Uuid::new_v5(&DEADLINES, name.as_bytes())),
            fingerprint: Fingerprint::of(name.as_bytes()),
            former_fingerprint: None,
            actor: Actor::Service("ticker".to_owned()),
            causation: None,
            traceparent: None,
            if_version: None,
        };
        match self.commands.execute::<RentalCard>(member, command, context).await {
            Ok(done) => !done.repeated && !done.events.is_empty(),
            // The view was behind: the card knows better, for instance that the book came back.
            Err(CommandError::Refused(refusal)) => {
                tracing::debug!(%refusal, "a deadline had been overtaken");
                false
            }
            Err(error) => {
                put_off("telling a card that a deadline has passed", &error);
                false
            }
        }
    }
}

/// Does many at once and counts what was done.
async fn count(work: Vec<impl Future<Output = bool>>) -> usize {
    let done = stream::iter(work).buffer_unordered(AT_ONCE);
    done.fold(0, |count, done| ready(count + usize::from(done))).await
}

fn put_off(doing: &str, error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(doing, cause = cause_of(error), "a tick was put off");
}
