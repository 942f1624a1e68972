//! What visitors ask for at the desk.

use application::codec::Named;
use domain::rental_card::attempt::Status;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::{SentCommand, read};
use super::{Answer, Client, ClientError};

/// A rent, return or payment that was started, as the answer told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The process.
    pub process: String,
    /// Where its start stands in the log.
    pub position: u64,
    /// What a return added to the late fee.
    pub late_fee: i64,
    /// What the answer told of its end.
    pub told: Told,
    /// Whether it is the answer to an earlier request with the same key.
    pub replayed: bool,
}

/// What an answer tells of the end of what it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nothing yet.
    Started,
    /// It has happened.
    Completed,
    /// It will not happen.
    Cancelled,
}

/// What a card shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// What is owed.
    pub late_fee: i64,
    /// What is pending, rented, or on its way back.
    pub held: Vec<Held>,
}

/// A book on a card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Its number.
    pub book_no: i64,
    /// PENDING, RENTED or RETURN_PENDING.
    pub state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    /// Of an answer that did not wait.
    process_id: Option<String>,
    /// Of a process that ended while it was waited for.
    id: Option<String>,
    status: Option<String>,
    position: u64,
    #[serde(default)]
    late_fee: i64,
}

impl Client {
    /// What a card shows now.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn card(&self, member: &str) -> Result<Card, ClientError> {
        self.get(&["rental-cards", member], &[]).await
    }

    /// Starts a rent, return or payment. One that was cancelled while it was waited for was started all the same.
    pub(super) async fn start(&self, command: &SentCommand) -> Result<Accepted, ClientError> {
        let request = command.path.join("/");
        let answer = match self.post(command).await {
            Ok(answer) => answer,
            Err(error) => return cancelled(error),
        };
        let started: Started = read(&request, &answer)?;
        let told = match started.status.as_deref().and_then(Status::named) {
            Some(Status::Completed | Status::Resolved) => Told::Completed,
            Some(_) | None => Told::Started,
        };
        match started.process_id.or(started.id) {
            Some(process) => {
                let (position, late_fee, replayed) = (started.position, started.late_fee, answer.replayed);
                Ok(Accepted { process, position, late_fee, told, replayed })
            }
            None => Err(super::asking::unreadable(&request, "it names no process")),
        }
    }

    /// Does what is done with its answer.
    pub(super) async fn ask(&self, command: &SentCommand) -> Result<Answer, ClientError> {
        self.post(command).await
    }
}

/// A problem that names the process it is about is the end of that process.
fn cancelled(error: ClientError) -> Result<Accepted, ClientError> {
    const ENDS: [&str; 3] = ["rental-cancelled", "return-cancelled", "clearing-refused"];
    let Some(problem) = error.problem().filter(|problem| ENDS.contains(&problem.slug.as_str())) else {
        return Err(error);
    };
    let position = problem.number("position").and_then(|position| u64::try_from(position).ok());
    match (problem.text("processId"), position) {
        (Some(process), Some(position)) => Ok(Accepted {
            process: process.to_owned(),
            position,
            late_fee: 0,
            told: Told::Cancelled,
            replayed: problem.replayed,
        }),
        _ => Err(error),
    }
}

/// Registers a member.
pub(super) fn registering(id: &str, name: &str) -> SentCommand {
    command(&["members"], json!({"id": id, "name": name}), format!("register-{id}"))
}

/// Issues a card.
pub(super) fn issuing(member: &str) -> SentCommand {
    command(&["rental-cards"], json!({"memberId": member}), format!("issue-{member}"))
}

/// Enters a book and puts it on the shelf.
pub(super) fn entering(no: i64, title: &str) -> SentCommand {
    command(&["books"], json!({"no": no, "title": title, "available": true}), format!("enter-{no}"))
}

/// Something asked of a card, or of a member's points; `what` ends the path.
pub(super) fn asking(path: &[&str], body: Value, key: String, wait: Option<u8>) -> SentCommand {
    SentCommand { wait, ..command(path, body, key) }
}

fn command(path: &[&str], body: Value, key: String) -> SentCommand {
    SentCommand { path: path.iter().map(|&part| part.to_owned()).collect(), body, key, wait: None }
}
