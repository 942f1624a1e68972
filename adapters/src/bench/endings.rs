//! How attempts end, for whoever waits for one: seen in what is appended, so that nobody asks the store for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use application::codec::Metadata;
use application::ports::event_store::{AppendOutcome, NewEvent, Position, Recorded, StreamAppend, Version};
use domain::ProcessId;
use tokio::sync::oneshot;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As it was asked for: it is COMPLETED.
    Completed,
    /// It was cancelled, whatever is still to be undone.
    Cancelled,
}

/// The ends of attempts that somebody waits for, or is about to wait for. Each end is asked for once, or stays.
#[derive(Default)]
pub(super) struct Endings(Mutex<HashMap<ProcessId, Awaited>>);

enum Awaited {
    By(oneshot::Sender<Ending>),
    /// It came before anybody asked.
    Ended(Ending),
}

/// Ends that come with an append, by the place of their proposal.
pub(super) type Coming = Vec<(usize, ProcessId, Ending)>;

impl Endings {
    /// The ends among events that are about to be appended.
    pub(super) fn among(proposals: &[StreamAppend]) -> Coming {
        let events = proposals.iter().enumerate().flat_map(|(place, proposal)| {
            let events = proposal.parts.iter().flat_map(|part| &part.events);
            events.map(move |event| (place, proposal, event))
        });
        let ends = events.filter_map(|(place, proposal, event)| {
            let ending = ending_of(event)?;
            Some((place, process_of(proposal, event)?, ending))
        });
        ends.collect()
    }

    /// Says that these were appended, as far as they were.
    pub(super) fn tell(&self, coming: Coming, outcomes: &[AppendOutcome]) {
        for (place, process, ending) in coming {
            let is_stored = matches!(
                outcomes.get(place),
                Some(AppendOutcome::Appended { .. } | AppendOutcome::AlreadyDone { .. })
            );
            if is_stored {
                self.end(process, ending);
            }
        }
    }

    /// Waits until an attempt has ended; none when nobody tells any more.
    pub(super) async fn of(&self, process: ProcessId) -> Option<Ending> {
        let told = {
            let mut awaited = self.awaited();
            if let Some(Awaited::Ended(ending)) = awaited.remove(&process) {
                return Some(ending);
            }
            let (tell, told) = oneshot::channel();
            awaited.insert(process, Awaited::By(tell));
            told
        };
        told.await.ok()
    }

    fn end(&self, process: ProcessId, ending: Ending) {
        let mut awaited = self.awaited();
        match awaited.remove(&process) {
            // Whoever stopped waiting does not want to know.
            Some(Awaited::By(tell)) => drop(tell.send(ending)),
            Some(Awaited::Ended(_)) | None => drop(awaited.insert(process, Awaited::Ended(ending))),
        }
    }

    fn awaited(&self) -> MutexGuard<'_, HashMap<ProcessId, Awaited>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ending_of(event: &NewEvent) -> Option<Ending> {
    match event.kind.as_str() {
        "rental-card.rent-confirmed" | "rental-card.return-confirmed" => Some(Ending::Completed),
        "rental-card.rent-cancelled" | "rental-card.return-cancelled" => Some(Ending::Cancelled),
        _ => None,
    }
}

/// Its metadata are read as those of a stored event are; where it will stand does not matter for that.
fn process_of(proposal: &StreamAppend, event: &NewEvent) -> Option<ProcessId> {
    let NewEvent { id, kind, revision, payload, metadata, occurred_at } = event.clone();
    let (position, version, stream) = (Position::START, Version::START, proposal.stream.clone());
    let recorded = Recorded {
        position,
        stream,
        version,
        id,
        command: None,
        kind,
        revision,
        payload,
        metadata,
        occurred_at,
    };
    // What cannot be read here cannot be read by processors either, and then nobody's end comes.
    Metadata::decode(&recorded).ok()?.keys.process
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rent(number: u128) -> ProcessId {
        ProcessId::Rent(domain::RentalId::new(uuid::Uuid::from_u128(number)))
    }

    fn stored() -> AppendOutcome {
        AppendOutcome::Appended { first: Position::new(1) }
    }

    #[tokio::test]
    async fn an_end_is_told_whether_it_comes_before_or_after_the_question() {
        let endings = Endings::default();
        endings.tell(vec![(0, rent(1), Ending::Completed)], &[stored()]);
        assert_eq!(endings.of(rent(1)).await, Some(Ending::Completed));
        let (ending, ()) = tokio::join!(biased; endings.of(rent(2)), async {
            endings.tell(vec![(0, rent(2), Ending::Cancelled)], &[stored()]);
        });
        assert_eq!(ending, Some(Ending::Cancelled));
        assert!(endings.awaited().is_empty());
    }

    #[test]
    fn what_was_not_stored_has_not_ended() {
        let endings = Endings::default();
        endings.tell(
            vec![(0, rent(1), Ending::Completed)],
            &[AppendOutcome::Conflict { actual: Version::START }],
        );
        assert!(endings.awaited().is_empty());
    }
}
