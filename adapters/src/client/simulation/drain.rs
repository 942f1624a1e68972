//! The end of what was begun: asked for until every attempt has one, or time is up.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::rental_card::attempt::Status;
use tokio::time::{Instant, sleep};

use super::super::asking::{Piece, unreadable};
use super::super::desk::{Accepted, Told};
use super::super::rows::ShownProcess;
use super::super::{Client, ClientError};
use super::{Stage, Watch};

/// How often it is looked again.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How attempts stand, by process.
pub(super) type Ends = BTreeMap<String, Status>;

/// How each accepted attempt stands, once all have ended or `limit` is over.
pub(super) async fn ends(
    client: &Client,
    accepted: &BTreeMap<String, Accepted>,
    limit: Duration,
    watch: &Watch,
) -> Result<Ends, ClientError> {
    let until = Instant::now() + limit;
    let mut ends = listed(client, accepted).await?;
    loop {
        let left: BTreeSet<&String> = accepted
            .keys()
            .filter(|process| !ends.get(*process).is_some_and(|status| has_ended(*status)))
            .collect();
        watch(Stage::Settling { left: left.len() as u64 });
        if left.is_empty() || Instant::now() >= until {
            return Ok(ends);
        }
        sleep(POLL_INTERVAL).await;
        for process in left {
            match client.get::<ShownProcess>(&["processes", process], &[]).await {
                Ok(shown) => drop(ends.insert(process.clone(), status(&shown)?)),
                // A service that is busy is asked again.
                Err(error) if error.is_away() && Instant::now() < until => break,
                Err(error) => return Err(error),
            }
        }
    }
}

/// What was answered against how it ended.
pub(super) fn contradictions(accepted: &BTreeMap<String, Accepted>, ends: &Ends) -> Vec<String> {
    let wrong = accepted.iter().filter_map(|(process, accepted)| {
        let end = *ends.get(process)?;
        let fits = match accepted.told {
            Told::Started => true,
            Told::Completed => matches!(end, Status::Completed | Status::Resolved),
            Told::Cancelled => matches!(
                end,
                Status::Compensating | Status::Compensated | Status::NeedsReview | Status::Resolved
            ),
        };
        (!fits).then(|| format!("{process} was answered as {:?} and is {end:?}", accepted.told))
    });
    wrong.collect()
}

/// Whether nothing more happens without an operator.
pub(super) const fn has_ended(status: Status) -> bool {
    match status {
        Status::Completed | Status::Compensated | Status::NeedsReview | Status::Resolved => true,
        Status::Started | Status::Compensating => false,
    }
}

/// How the attempts stand, by the list, which is newest first: it is left where the first of them began.
async fn listed(client: &Client, accepted: &BTreeMap<String, Accepted>) -> Result<Ends, ClientError> {
    let first = accepted.values().map(|accepted| accepted.position).min().unwrap_or(u64::MAX);
    let (mut ends, mut cursor) = (Ends::new(), None::<String>);
    while ends.len() < accepted.len() {
        let piece: Piece<ShownProcess> = client.piece(&["processes"], &[], cursor.as_deref()).await?;
        let is_over = piece.items.iter().any(|shown| shown.started() < first);
        for shown in piece.items.iter().filter(|shown| accepted.contains_key(&shown.id)) {
            ends.insert(shown.id.clone(), status(shown)?);
        }
        cursor = piece.next_cursor;
        if is_over || cursor.is_none() {
            break;
        }
    }
    Ok(ends)
}

fn status(shown: &ShownProcess) -> Result<Status, ClientError> {
    shown.status().map_err(|error| unreadable("processes", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_its_end_contradicts_is_found() {
        let accepted = |told| {
            let process = "rent-1".to_owned();
            let accepted =
                Accepted { process: process.clone(), position: 1, late_fee: 0, told, replayed: false };
            BTreeMap::from([(process, accepted)])
        };
        let ends = |status| Ends::from([("rent-1".to_owned(), status)]);
        let wrong = |told, status| contradictions(&accepted(told), &ends(status)).len();
        assert_eq!(wrong(Told::Completed, Status::Completed), 0);
        assert_eq!(wrong(Told::Completed, Status::Compensated), 1);
        assert_eq!(wrong(Told::Cancelled, Status::Compensated), 0);
        assert_eq!(wrong(Told::Cancelled, Status::Completed), 1);
        assert_eq!(wrong(Told::Started, Status::Compensated), 0);
    }
}
