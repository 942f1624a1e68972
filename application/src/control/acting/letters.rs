//! What operators do with single events: letters that wait, and events that were handled.

use bytes::Bytes;
use domain::Reason;
use serde_json::Value;

use super::{Acted, ActionError, Actions};
use crate::codec::{Metadata, SequenceKeys, decode, keys_of};
use crate::commands::Context;
use crate::messages::ForeignRecord;
use crate::operations::{EditedPayload, LetterTarget, OPERATIONS, ProcessorAction};
use crate::ports::dead_letters::{DeadLetter, DeadLetterId, DeadLetterKind};
use crate::ports::event_store::{Position, Recorded};
use crate::ports::token_store::ProcessorName;
use crate::processing::{DecodedEvent, ReactionKind, SourceKind, cause_of};

/// Fields that say which thing an event is about: what has one of them keeps it.
const IDS: [&str; 8] = ["id", "no", "rentalId", "returnId", "clearingId", "process", "cardNo", "month"];

/// What an operator asks for a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterRequest {
    /// Try its sequence now.
    Retry,
    /// Handle its event as if it had this payload, now and for ever.
    Edit(Bytes),
    /// Pass its event over, now and for ever.
    Evict,
}

impl Actions {
    /// Does what is asked for a letter, and answers when it has been applied: its sequence is tried soon after that.
    ///
    /// # Errors
    /// [`ActionError`], as [`Actions::ask`].
    pub async fn ask_for_letter(
        &self,
        id: DeadLetterId,
        request: LetterRequest,
        reason: Option<Reason>,
        context: Context,
    ) -> Result<Acted, ActionError> {
        let acted = match self.known(&context).await? {
            Some(acted) => acted,
            None => {
                let letter = self.control.dead_letter(id).await?.ok_or(ActionError::NoLetter)?;
                let action = self.letter_action(&letter, request)?;
                self.record(&letter.processor, action, reason, context).await?
            }
        };
        self.ended(acted).await?;
        Ok(acted)
    }

    /// Lets a processor handle an event of the log once more.
    ///
    /// # Errors
    /// [`ActionError`], as [`Actions::ask`].
    pub async fn redeliver(
        &self,
        position: Position,
        name: &ProcessorName,
        reason: Reason,
        context: Context,
    ) -> Result<Acted, ActionError> {
        let acted = match self.known(&context).await? {
            Some(acted) => acted,
            None => {
                let letter = self.delivered(position, name).await?;
                let action = ProcessorAction::Redeliver { letter };
                self.record(name, action, Some(reason), context).await?
            }
        };
        self.ended(acted).await?;
        Ok(acted)
    }

    /// The event at a position, as one that the processor has handled or will.
    async fn delivered(&self, position: Position, name: &ProcessorName) -> Result<LetterTarget, ActionError> {
        if *name == OPERATIONS {
            return Err(ActionError::OnlyOnce);
        }
        let status = self.status(name).await?;
        let processor = name.clone();
        if status.kind == ReactionKind::Projection {
            return Err(ActionError::RebuildInstead { processor });
        }
        let event = self.event_at(position).await?;
        let sequence = self.processors.sequence_of(name, &event);
        match sequence {
            Some(sequence) if status.source == SourceKind::Log => {
                if self.is_evicted(name, &event).await? {
                    return Err(ActionError::Evicted { processor, position });
                }
                Ok(LetterTarget { letter: None, event: event.id, position, sequence })
            }
            Some(_) | None => Err(ActionError::NotConcerned { processor, position }),
        }
    }

    fn letter_action(
        &self,
        letter: &DeadLetter,
        request: LetterRequest,
    ) -> Result<ProcessorAction, ActionError> {
        let applies_it_now = match &request {
            LetterRequest::Retry => letter.kind == DeadLetterKind::Rejected,
            LetterRequest::Edit(_) => true,
            LetterRequest::Evict => false,
        };
        if letter.processor == OPERATIONS && applies_it_now {
            return Err(ActionError::OnlyOnce);
        }
        let target = LetterTarget {
            letter: Some(letter.id),
            event: letter.event.id,
            position: letter.position(),
            sequence: letter.sequence.clone(),
        };
        Ok(match request {
            LetterRequest::Retry if letter.kind == DeadLetterKind::Rejected => {
                ProcessorAction::Redeliver { letter: target }
            }
            LetterRequest::Retry => ProcessorAction::Retry { sequence: Some(letter.sequence.clone()) },
            LetterRequest::Evict => ProcessorAction::Evict { letter: target },
            LetterRequest::Edit(payload) => {
                if ForeignRecord::of(&letter.event).is_none() {
                    may_become(&letter.event, &payload)?;
                }
                ProcessorAction::Edit { letter: target, payload: EditedPayload(payload) }
            }
        })
    }
}

/// That an event may be handled with another payload: it can be read, and stays in its sequences, since another book or
/// member would let two segments write one row.
fn may_become(event: &Recorded, payload: &Bytes) -> Result<(), ActionError> {
    let edited = Recorded { payload: payload.clone(), ..event.clone() };
    let metadata = Metadata::decode(event).map_err(|_unreadable| ActionError::BadPayload {
        why: "what stands beside the event says which things it is about, and cannot be read; evict it, or mend the \
              log and build the view again"
            .to_owned(),
    })?;
    let said = decode(&edited).map_err(|error| ActionError::BadPayload { why: cause_of(&error) })?;
    let written: Value = serde_json::from_slice(payload).unwrap_or_default();
    let stays = keys_of(&said, &metadata.keys).is_some_and(|keys| keys == metadata.keys);
    if !stays || !fits(&written, &metadata.keys) {
        let why = "it is about another book, member or attempt than the event".to_owned();
        return Err(ActionError::BadPayload { why });
    }
    // What could be read says which things it is about; of what could not, the metadata say the most.
    if DecodedEvent::read(event.clone()).is_ok()
        && let Ok(before) = serde_json::from_slice::<Value>(&event.payload)
        && ids_of(&before) != ids_of(&written)
    {
        let why = format!(
            "the fields {} say which things the event is about, and stay as they are",
            IDS.join(", ")
        );
        return Err(ActionError::BadPayload { why });
    }
    Ok(())
}

/// Whether a payload names no other book, member or attempt than these keys.
fn fits(payload: &Value, keys: &SequenceKeys) -> bool {
    let Value::Object(fields) = payload else { return true };
    fields.iter().all(|(name, value)| match name.as_str() {
        "no" => keys.book.is_none_or(|book| value.as_i64() == Some(book.value())),
        "process" => keys.process.is_none_or(|process| value.as_str() == Some(&*process.to_string())),
        "member" => {
            let id = value.get("id").and_then(Value::as_str);
            keys.member.as_ref().is_none_or(|member| id == Some(member.as_str()))
        }
        _ => fits(value, keys),
    })
}

/// Every id in a payload, with its place.
fn ids_of(payload: &Value) -> Vec<(String, Value)> {
    let mut found = vec![];
    collect_ids("", payload, &mut found);
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

fn collect_ids(place: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        let place = format!("{place}/{name}");
        if IDS.contains(&name.as_str()) {
            found.push((place.clone(), value.clone()));
        }
        collect_ids(&place, value, found);
    }
}
