//! What one visitor asks for, and what is learnt from the answer.

use serde_json::json;

use super::super::asking::SentCommand;
use super::super::desk::{self, Accepted};
use super::super::{Client, ClientError};

/// What is measured apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ActionKind {
    Rent,
    RentToItsEnd,
    Return,
    ReturnToItsEnd,
    Clear,
    ClearToItsEnd,
    Save,
    Read,
    Repeat,
}

/// Something that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// A card rents a book.
    Rent { member: usize, book: i64, wait: bool },
    /// A card returns a book, so many days after it was rented where dates may be given.
    Return { member: usize, book: i64, days: i64, wait: bool },
    /// A card pays its late fee.
    Clear { member: usize, points: i64, wait: bool },
    /// A member gets points.
    Save { member: usize, amount: i64 },
    /// Somebody looks at something.
    Read { member: usize, what: Looked },
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    Card,
    Ledger,
    Books,
    BestSellers,
}

/// How long a visitor waits for the end of what was begun, in seconds.
const WAIT: u8 = 5;

impl ActionKind {
    pub(super) const ALL: [Self; 9] = [
        Self::Rent,
        Self::RentToItsEnd,
        Self::Return,
        Self::ReturnToItsEnd,
        Self::Clear,
        Self::ClearToItsEnd,
        Self::Save,
        Self::Read,
        Self::Repeat,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rent => "rent",
            Self::RentToItsEnd => "rent, to its end",
            Self::Return => "return",
            Self::ReturnToItsEnd => "return, to its end",
            Self::Clear => "clear",
            Self::ClearToItsEnd => "clear, to its end",
            Self::Save => "save points",
            Self::Read => "read",
            Self::Repeat => "repeat",
        }
    }
}

impl Action {
    pub(super) const fn kind(&self) -> ActionKind {
        match self {
            Self::Rent { wait: false, .. } => ActionKind::Rent,
            Self::Rent { wait: true, .. } => ActionKind::RentToItsEnd,
            Self::Return { wait: false, .. } => ActionKind::Return,
            Self::Return { wait: true, .. } => ActionKind::ReturnToItsEnd,
            Self::Clear { wait: false, .. } => ActionKind::Clear,
            Self::Clear { wait: true, .. } => ActionKind::ClearToItsEnd,
            Self::Save { .. } => ActionKind::Save,
            Self::Read { .. } => ActionKind::Read,
        }
    }

    pub(super) const fn member(&self) -> usize {
        match self {
            Self::Rent { member, .. }
            | Self::Return { member, .. }
            | Self::Clear { member, .. }
            | Self::Save { member, .. }
            | Self::Read { member, .. } => *member,
        }
    }
}

/// An answer that is no refusal and no failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Came {
    /// An attempt was accepted.
    Started(Accepted),
    /// It is done; where it stands in the log.
    Done(u64),
    /// What a card shows: the fee, and the books it holds.
    Card(desk::Card),
    /// Something was shown.
    Shown,
}

/// A deed with all that its request needs.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) deed: Action,
    /// The member's id.
    pub(super) id: String,
    /// Makes a repeat known.
    pub(super) key: String,
    /// The day a rent is said to happen on, and the one of a return, where dates may be given.
    pub(super) rented_on: Option<jiff::civil::Date>,
}

impl Request {
    /// Sends it once.
    pub(super) async fn send(&self, client: &Client) -> Result<Came, ClientError> {
        match (self.command(), &self.deed) {
            (Some(command), Action::Save { .. }) => {
                let answer = client.ask(&command).await?;
                let saved: Saved = super::super::asking::read("saving points", &answer)?;
                Ok(Came::Done(saved.position))
            }
            (Some(command), _) => client.start(&command).await.map(Came::Started),
            (None, Action::Read { what, .. }) => self.look(client, *what).await,
            (None, _) => Ok(Came::Shown),
        }
    }

    fn command(&self) -> Option<SentCommand> {
        let wait = |wait: bool| wait.then_some(WAIT);
        let dated = |mut body: serde_json::Value, days: i64| {
            if let Some(on) = self.rented_on {
                body["on"] = json!(on.saturating_add(jiff::Span::new().days(days)).to_string());
            }
            body
        };
        let (what, body, waits) = match &self.deed {
            Action::Rent { book, wait: waits, .. } => {
                ("rent", dated(json!({"bookNo": book}), 0), wait(*waits))
            }
            Action::Return { book, days, wait: waits, .. } => {
                ("return", dated(json!({"bookNo": book}), *days), wait(*waits))
            }
            Action::Clear { points, wait: waits, .. } => {
                ("clear-overdue", json!({"points": points}), wait(*waits))
            }
            Action::Save { amount, .. } => {
                let path = ["members", &self.id, "points", "save"];
                return Some(desk::asking(&path, json!({"amount": amount}), self.key.clone(), None));
            }
            Action::Read { .. } => return None,
        };
        Some(desk::asking(&["rental-cards", &self.id, what], body, self.key.clone(), waits))
    }

    async fn look(&self, client: &Client, what: Looked) -> Result<Came, ClientError> {
        let id = self.id.as_str();
        let any = |shown: serde_json::Value| if shown.is_object() { Came::Shown } else { Came::Done(0) };
        match what {
            Looked::Card => client.card(id).await.map(Came::Card),
            Looked::Ledger => client.get(&["members", id, "points"], &[]).await.map(any),
            Looked::Books => client.get(&["books"], &[("status", "AVAILABLE")]).await.map(any),
            Looked::BestSellers => client.get(&["best-sellers"], &[("limit", "10")]).await.map(any),
        }
    }
}

#[derive(serde::Deserialize)]
struct Saved {
    position: u64,
}
