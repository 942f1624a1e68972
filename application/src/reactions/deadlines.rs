//! Deadlines: attempts that wait for too long, and books that are out for too long. No schedule is kept: what is due
//! stands in the views, and a ticker asks them.

use std::future::ready;
use std::sync::Arc;

use domain::rental_card::{RentalCard, RentalCardCommand};
use domain::{MemberId, ProcessId, RentalId};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{LOANS, PROCESSES};
use crate::codec::{Actor, Fingerprint};
use crate::commands::{CommandError, Commands, Context};
use crate::monitoring::{DeadlineSight, Unseen};
use crate::ports::event_store::{CommandId, Head};
use crate::ports::loan_view::LoanRow;
use crate::ports::process_view::ProcessRow;
use crate::ports::processor_admin::{Desired, ProcessorState};
use crate::ports::token_store::ProcessorName;
use crate::ports::{Clock, EventStore, LoanView, ProcessView, ProcessorAdmin};
use crate::processing::cause_of;

/// The most attempts expired, and the most rentals marked, by one tick. Where it stops, the next one goes on.
const EACH_TICK: usize = 1_000;
/// How many attempts or rentals are asked for at once.
const PAGE: usize = 100;
/// How many commands are under way at once.
const AT_ONCE: usize = 64;
/// How often rentals are looked at.
const OVERDUE_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Why no deadline of a view is looked at while the stores do not answer.
const UNASKED: &str = "the stores cannot be asked now; the log says why";
/// Why books that are late are not marked.
const UNMARKED: &str = "requests may say on which day they happen, so no book is marked overdue by itself";
/// What ids of the ticker's commands are made in.
const DEADLINES: Uuid = Uuid::from_u128(0xc7a1_48d6_03be_4f92_a5e7_6d10_8b3c_f429);

/// Looks for what is due. Several nodes may tick: their commands have the same ids.
pub struct Ticker {
    commands: Commands,
    store: Arc<dyn EventStore>,
    admin: Arc<dyn ProcessorAdmin>,
    processes: Arc<dyn ProcessView>,
    loans: Arc<dyn LoanView>,
    clock: Arc<dyn Clock>,
    settings: TickerSettings,
    /// Where the log ended when the ticker looked first; before the views have passed it, they show what is long over.
    start: Option<Head>,
    looked_at_loans: Option<Timestamp>,
    /// What the tick before came to among what is due, unless it came to the end.
    attempts_after: Option<(Timestamp, ProcessId)>,
    loans_after: Option<RentalId>,
    unseen: Unseen,
    sight: DeadlineSight,
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
    pub admin: Arc<dyn ProcessorAdmin>,
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
        let TickerPorts { store, admin, processes, loans, clock } = ports;
        Self {
            commands,
            store,
            admin,
            processes,
            loans,
            clock,
            settings,
            start: None,
            looked_at_loans: None,
            attempts_after: None,
            loans_after: None,
            unseen: Unseen::new(),
            sight: DeadlineSight::default(),
        }
    }

    /// The same, telling there of which views the deadlines are not looked at. That is also said in the log when it
    /// changes, and as a metric.
    #[must_use]
    pub fn telling(self, sight: DeadlineSight) -> Self {
        Self { sight, ..self }
    }

    /// Looks once; to be called every second. What cannot be read or done now is tried by the next tick, and said in
    /// the log.
    pub async fn tick(&mut self) -> Ticked {
        let ticked = self.look().await;
        let mut told = match ticked {
            Some(_) => self.unseen.clone(),
            None => [PROCESSES, LOANS].map(|view| (view, UNASKED)).into(),
        };
        if !self.settings.mark_overdue {
            told.entry(LOANS).or_insert(UNMARKED);
        }
        self.sight.tell(told);
        ticked.unwrap_or_default()
    }

    /// None when it cannot be asked what there is to look at.
    async fn look(&mut self) -> Option<Ticked> {
        let now = self.clock.now();
        let start = self.start().await?;
        let states = self.states().await?;
        let mut ticked = Ticked::default();
        if self.sees(&PROCESSES, &states, start) {
            ticked.expired = self.expire(now).await;
        }
        let since = self.looked_at_loans.map(|looked| now.duration_since(looked));
        let again = since.is_none_or(|since| since >= OVERDUE_EVERY || since.is_negative());
        let goes_on = again || self.loans_after.is_some();
        if self.settings.mark_overdue && self.sees(&LOANS, &states, start) && goes_on {
            self.looked_at_loans = Some(now);
            ticked.marked = self.mark_overdue().await;
        }
        Some(ticked)
    }

    async fn start(&mut self) -> Option<Head> {
        if self.start.is_none() {
            let head = self.store.head().await.inspect_err(|error| put_off("reading the head", error));
            // Said in the log above; the next tick asks again.
            self.start = head.ok();
        }
        self.start
    }

    async fn states(&self) -> Option<Vec<ProcessorState>> {
        let states = self.admin.processors().await;
        // Said in the log here; the next tick asks again.
        states.inspect_err(|error| put_off("asking how far the views are", error)).ok()
    }

    /// Whether what a view shows is worth looking at. Says when it is not, or when what began lately is not in it.
    fn sees(&mut self, view: &ProcessorName, states: &[ProcessorState], start: Head) -> bool {
        let sight = Sight::of(states.iter().find(|state| state.name == *view), start);
        let why = match sight {
            Sight::All => None,
            Sight::Behind => Some("it has not come to where the log ended at the start of this node"),
            Sight::Foreign => Some("its token is of another log"),
            Sight::PausedBehind => {
                Some("it is paused, and stands before where the log ended at the start of this node")
            }
            Sight::Paused => Some("it is paused: what has begun since is not in it"),
        };
        self.report(view, sight, why);
        match sight {
            Sight::All | Sight::Paused => true,
            Sight::Behind | Sight::Foreign | Sight::PausedBehind => false,
        }
    }

    fn report(&mut self, view: &ProcessorName, sight: Sight, why: Option<&'static str>) {
        let unseen = f64::from(u8::from(why.is_some()));
        metrics::gauge!("rental_deadlines_unseen", "view" => view.to_string()).set(unseen);
        let before = match why {
            Some(why) => self.unseen.insert(view.clone(), why),
            None => self.unseen.remove(view),
        };
        if before == why {
            return;
        }
        match (sight, why) {
            (Sight::All, _) => tracing::info!(%view, "all deadlines of a view are looked at"),
            // That is how every node begins.
            (Sight::Behind, _) => tracing::debug!(%view, why, "deadlines of a view are not looked at yet"),
            (Sight::Paused | Sight::PausedBehind | Sight::Foreign, _) => {
                tracing::warn!(%view, why, "deadlines of a view are not looked at, or not all of them; start its processor");
            }
        }
    }

    async fn expire(&mut self, now: Timestamp) -> usize {
        let mut expired = 0;
        for _ in 0..EACH_TICK / PAGE {
            let page = self.processes.due(now, self.attempts_after, PAGE).await;
            let page = page.inspect_err(|error| put_off("asking for attempts that are due", error));
            // Said in the log; the next tick asks again.
            let Ok(page) = page else { break };
            expired += count(page.iter().map(|row| self.expire_one(row)).collect()).await;
            let last = page.last().filter(|_| page.len() == PAGE);
            self.attempts_after = last.and_then(|row| Some((row.deadline?, row.id)));
            if self.attempts_after.is_none() {
                break;
            }
        }
        expired
    }

    async fn expire_one(&self, row: &ProcessRow) -> bool {
        let Some(deadline) = row.deadline else { return false };
        let command = RentalCardCommand::ExpireAttempt { process: row.id };
        self.send(&row.member_id, command, &format!("{}\n{deadline}", row.id)).await
    }

    async fn mark_overdue(&mut self) -> usize {
        let mut marked = 0;
        for _ in 0..EACH_TICK / PAGE {
            let page = self.loans.overdue(self.clock.today(), self.loans_after, PAGE).await;
            let page = page.inspect_err(|error| put_off("asking for rentals that are due", error));
            // Said in the log; a later tick asks again.
            let Ok(page) = page else { break };
            marked += count(page.iter().map(|row| self.mark_one(row)).collect()).await;
            self.loans_after = page.last().filter(|_| page.len() == PAGE).map(|row| row.rental_id);
            if self.loans_after.is_none() {
                break;
            }
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

/// What can be seen of the deadlines in a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// All of them, or soon.
    All,
    /// It shows what is long over.
    Behind,
    /// It shows what was in another log.
    Foreign,
    /// It shows what is long over, and nobody works on that.
    PausedBehind,
    /// Nothing that has begun since it was paused.
    Paused,
}

impl Sight {
    fn of(state: Option<&ProcessorState>, start: Head) -> Self {
        let Some(state) = state else { return Self::Behind };
        if state.live_segments().any(|segment| segment.token.log != start.log) {
            return Self::Foreign;
        }
        let reached = state.live_segments().map(|segment| segment.token.position).min();
        let has_passed = reached.is_some_and(|reached| reached >= start.position);
        match (&state.desired, has_passed) {
            (Desired::Running, true) => Self::All,
            (Desired::Running, false) => Self::Behind,
            (Desired::Paused { .. }, true) => Self::Paused,
            (Desired::Paused { .. }, false) => Self::PausedBehind,
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
