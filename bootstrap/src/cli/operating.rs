//! What operators look at and do at a running service, over HTTP.

use adapters::client::{Action, Address, Question};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

use super::tools::Output;

const HERE: &str = "http://127.0.0.1:8080";

/// What an operator wants.
#[derive(Debug, Subcommand)]
pub(crate) enum Operate {
    /// How the service does: health, rates, what waits and why.
    Overview(At),
    /// Processors: how they stand, and what is done to them.
    #[command(subcommand)]
    Processors(ProcessorsCommand),
    /// What could not be handled.
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// Attempts, and decisions on those in review.
    #[command(subcommand)]
    Processes(ProcessesCommand),
    /// What became of one event at each processor.
    #[command(subcommand)]
    Deliveries(DeliveriesCommand),
    /// What operators did, newest first.
    Audit(AuditQuery),
}

/// Where, and how the answer is written.
#[derive(Debug, Clone, Args)]
pub(crate) struct At {
    /// The running service.
    #[arg(long, value_name = "URL", default_value = HERE)]
    pub(crate) url: Address,
    /// How the answer is written.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// The same for what changes something.
#[derive(Debug, Clone, Args)]
pub(crate) struct Acting {
    #[command(flatten)]
    pub(crate) at: At,
    /// Makes a repeat known: the same action with the same key is done once.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}

/// Something done to a processor.
#[derive(Debug, Clone, Args)]
pub(crate) struct OnProcessor {
    /// Its name, as `processors list` shows it.
    name: String,
    /// Why; it is recorded.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

/// Something done to a processor that needs a reason.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReasonedOnProcessor {
    /// Its name, as `processors list` shows it.
    name: String,
    /// Why; it is recorded.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    acting: Acting,
}

/// What is done with processors.
#[derive(Debug, Subcommand)]
pub(crate) enum ProcessorsCommand {
    /// All of them.
    List(At),
    /// One of them.
    Show {
        /// Its name.
        name: String,
        #[command(flatten)]
        at: At,
    },
    /// Lets it stand still, on all nodes; ends when nobody works on it any more.
    Pause(OnProcessor),
    /// Lets it run again.
    Start(OnProcessor),
    /// Lets a paused handler go on from another place, or has a view built anew beside the one that readers see.
    Reset {
        #[command(flatten)]
        on: ReasonedOnProcessor,
        /// `beginning`, `head`, a position, or a time such as 2026-03-02T08:15:30Z.
        #[arg(long, value_name = "PLACE")]
        to: String,
    },
    /// Ends the building of a view.
    CancelRebuild(OnProcessor),
    /// Shows a view that was built although letters wait in it.
    FinishRebuild(ReasonedOnProcessor),
    /// Lets a segment become two.
    Split(OnSegment),
    /// Joins a segment with its other half.
    Merge(OnSegment),
}

/// Something done to a segment.
#[derive(Debug, Clone, Args)]
pub(crate) struct OnSegment {
    #[command(flatten)]
    on: OnProcessor,
    /// The segment's id.
    #[arg(long, value_name = "ID")]
    segment: u32,
}

/// What is done with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLettersCommand {
    /// All of them, or some.
    List {
        /// Only of this processor.
        #[arg(long, value_name = "NAME")]
        processor: Option<String>,
        /// Only of this sequence, such as `book:7`.
        #[arg(long, value_name = "KEY")]
        sequence: Option<String>,
        #[command(flatten)]
        at: At,
    },
    /// One of them, with its event and what went wrong.
    Show {
        /// Its id.
        id: String,
        #[command(flatten)]
        at: At,
    },
    /// Tries a letter with what waits behind it, or all of a processor.
    Retry {
        /// Its id.
        #[arg(required_unless_present = "processor", conflicts_with = "processor")]
        id: Option<String>,
        /// All of this processor.
        #[arg(long, value_name = "NAME")]
        processor: Option<String>,
        /// Why; it is recorded.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        acting: Acting,
    },
    /// Has its event handled as if it had another payload, now and whenever it is met again.
    Edit {
        /// Its id.
        id: String,
        /// The file with the payload; `-` is standard input.
        #[arg(long, value_name = "FILE")]
        payload: PathBuf,
        /// Why; it is recorded.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Has its event passed over, now and whenever it is met again.
    Evict {
        /// Its id.
        id: String,
        /// Why; it is recorded.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        acting: Acting,
    },
}

/// What is done with attempts.
#[derive(Debug, Subcommand)]
pub(crate) enum ProcessesCommand {
    /// All of them, or some; newest first.
    List {
        /// Only in this state, such as `NEEDS_REVIEW`.
        #[arg(long, value_name = "STATUS")]
        status: Option<String>,
        /// Only of this kind: RENT, RETURN or OVERDUE.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Only of this member.
        #[arg(long, value_name = "ID")]
        member: Option<String>,
        #[command(flatten)]
        at: At,
    },
    /// One of them, with its steps.
    Show {
        /// Its id.
        id: String,
        #[command(flatten)]
        at: At,
    },
    /// Decides one that is in review.
    Resolve {
        /// Its id.
        id: String,
        /// How it ends: `confirm` or `cancel`.
        #[arg(long = "as", value_name = "END", value_parser = ["confirm", "cancel"])]
        direction: String,
        /// Why; it is recorded.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        acting: Acting,
    },
}

/// What is done with what became of an event.
#[derive(Debug, Subcommand)]
pub(crate) enum DeliveriesCommand {
    /// What became of it at each processor.
    Show {
        /// The event's position.
        position: u64,
        #[command(flatten)]
        at: At,
    },
    /// Lets one processor handle an event once more.
    Redeliver {
        /// The event's position.
        position: u64,
        /// The processor.
        #[arg(long, value_name = "NAME")]
        processor: String,
        /// Why; it is recorded.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        acting: Acting,
    },
}

/// Which actions are listed.
#[derive(Debug, Clone, Args)]
pub(crate) struct AuditQuery {
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    at: At,
}

/// What goes over HTTP for it.
#[derive(Debug)]
pub(crate) enum OperatorCall {
    /// How the service does; the columns are of its processors.
    Overview(At, &'static [&'static str]),
    /// A list, of which these columns are shown, at most so many.
    List(At, Question, &'static [&'static str], usize),
    /// One thing.
    Show(At, Question),
    /// Something that is done.
    Act(Acting, Action),
    /// An edit, whose payload is read from this file.
    Edit(Acting, Action, PathBuf),
}

const PROCESSOR_COLUMNS: &[&str] =
    &["name", "kind", "state", "position", "lagEvents", "rate", "parked", "abandoned", "rejected", "waiting"];
const WATCHED_COLUMNS: &[&str] = &["name", "state", "lagEvents", "rate", "waiting"];
const LETTER_COLUMNS: &[&str] =
    &["id", "processor", "sequence", "kind", "position", "type", "attempts", "cause"];
const PROCESS_COLUMNS: &[&str] = &["id", "kind", "memberId", "status", "startedAt", "deadline"];
const DELIVERY_COLUMNS: &[&str] = &["processor", "state", "attempts", "cause"];
const AUDIT_COLUMNS: &[&str] = &["position", "at", "what", "target", "outcome", "reason", "cause"];
/// The most that a list shows of what has no end.
const LISTED_MAX: usize = 10_000;

impl Operate {
    /// What goes over HTTP for it.
    pub(crate) fn call(self) -> OperatorCall {
        match self {
            Self::Overview(at) => OperatorCall::Overview(at, WATCHED_COLUMNS),
            Self::Processors(command) => command.call(),
            Self::DeadLetters(command) => command.call(),
            Self::Processes(command) => command.call(),
            Self::Deliveries(DeliveriesCommand::Show { position, at }) => {
                let question = Question::of(&["events", &position.to_string(), "deliveries"]);
                OperatorCall::List(at, question, DELIVERY_COLUMNS, LISTED_MAX)
            }
            Self::Deliveries(DeliveriesCommand::Redeliver { position, processor, reason, acting }) => {
                let position = position.to_string();
                let path = ["events", &position, "deliveries", &processor, "redeliver"];
                OperatorCall::Act(acting, Action::post(&path, json!({ "reason": reason })))
            }
            Self::Audit(AuditQuery { limit, at }) => {
                OperatorCall::List(at, Question::of(&["audit"]), AUDIT_COLUMNS, limit as usize)
            }
        }
    }
}

impl ProcessorsCommand {
    fn call(self) -> OperatorCall {
        let on = |OnProcessor { name, reason, acting }, action: &str| {
            OperatorCall::Act(acting, Action::post(&["processors", &name, action], because(reason)))
        };
        match self {
            Self::List(at) => {
                OperatorCall::List(at, Question::of(&["processors"]), PROCESSOR_COLUMNS, LISTED_MAX)
            }
            Self::Show { name, at } => OperatorCall::Show(at, Question::of(&["processors", &name])),
            Self::Pause(processor) => on(processor, "pause"),
            Self::Start(processor) => on(processor, "start"),
            Self::CancelRebuild(processor) => on(processor, "cancel-rebuild"),
            Self::Reset { on: ReasonedOnProcessor { name, reason, acting }, to } => {
                let to = to.parse::<u64>().map_or_else(|_text| json!(to), |position| json!(position));
                let body = json!({ "to": to, "reason": reason });
                OperatorCall::Act(acting, Action::post(&["processors", &name, "reset"], body))
            }
            Self::FinishRebuild(ReasonedOnProcessor { name, reason, acting }) => {
                on(OnProcessor { name, reason: Some(reason), acting }, "finish-rebuild")
            }
            Self::Split(segment) => segment.call("split"),
            Self::Merge(segment) => segment.call("merge"),
        }
    }
}

impl OnSegment {
    fn call(self, action: &str) -> OperatorCall {
        let Self { on: OnProcessor { name, reason, acting }, segment } = self;
        let mut body = because(reason);
        body["segment"] = json!(segment);
        OperatorCall::Act(acting, Action::post(&["processors", &name, action], body))
    }
}

impl DeadLettersCommand {
    fn call(self) -> OperatorCall {
        match self {
            Self::List { processor, sequence, at } => {
                let question = Question::of(&["dead-letters"]);
                let question = question.with("processor", processor).with("sequence", sequence);
                OperatorCall::List(at, question, LETTER_COLUMNS, LISTED_MAX)
            }
            Self::Show { id, at } => OperatorCall::Show(at, Question::of(&["dead-letters", &id])),
            Self::Retry { id, processor, reason, acting } => {
                let action = match (&id, &processor) {
                    (Some(id), _) => Action::post(&["dead-letters", id, "retry"], because(reason)),
                    (None, processor) => {
                        let name = processor.as_deref().unwrap_or_default();
                        Action::post(&["processors", name, "dead-letters", "retry"], because(reason))
                    }
                };
                OperatorCall::Act(acting, action)
            }
            Self::Edit { id, payload, reason, acting } => {
                let action = Action::post(&["dead-letters", &id, "edit"], json!({ "reason": reason }));
                OperatorCall::Edit(acting, action, payload)
            }
            Self::Evict { id, reason, acting } => {
                OperatorCall::Act(acting, Action::delete(&["dead-letters", &id], "reason", reason))
            }
        }
    }
}

impl ProcessesCommand {
    fn call(self) -> OperatorCall {
        match self {
            Self::List { status, kind, member, at } => {
                let question = Question::of(&["processes"]);
                let question = question.with("status", status).with("kind", kind).with("memberId", member);
                OperatorCall::List(at, question, PROCESS_COLUMNS, LISTED_MAX)
            }
            Self::Show { id, at } => OperatorCall::Show(at, Question::of(&["processes", &id])),
            Self::Resolve { id, direction, reason, acting } => {
                let body = json!({ "as": direction, "reason": reason });
                OperatorCall::Act(acting, Action::post(&["processes", &id, "resolve"], body))
            }
        }
    }
}

fn because(reason: Option<String>) -> Value {
    reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }))
}
