//! What goes on between the moment at which the cards' log is asked for its end and the one at which the others are.

use std::collections::BTreeMap;
use std::sync::Mutex;

use application::ports::event_store::{LogId, Position, Recorded};
use application::ports::token_store::{ProcessorName, Row, RowKey};
use application::reactions::PROCESSES;
use application::services::{ServiceName, Services};
use application::verify::{CheckedLog, Evidence, Follower, Shown, VerifyError, verify_logs};
use async_trait::async_trait;
use jiff::SignedDuration;
use tests::library::parted::Parted;

use super::apart::{judged, told_at_rest};
use super::evidence::Told;

/// A log that has grown since it was first asked where it ends.
struct Grown<'a> {
    told: &'a Told,
    first: Mutex<Option<Position>>,
}

#[async_trait]
impl Evidence for Grown<'_> {
    async fn services(&self) -> Result<Option<Services>, VerifyError> {
        self.told.services().await
    }

    async fn log_id(&self) -> Result<LogId, VerifyError> {
        self.told.log_id().await
    }

    async fn followers(&self) -> Result<Vec<Follower>, VerifyError> {
        self.told.followers().await
    }

    async fn head(&self) -> Result<Position, VerifyError> {
        let first = self.first.lock().unwrap().take();
        let now = self.told.head().await?;
        Ok(first.unwrap_or(now))
    }

    async fn log(&self, after: Position) -> Result<Vec<Recorded>, VerifyError> {
        self.told.log(after).await
    }

    async fn rows(
        &self,
        view: &ProcessorName,
        expected: &BTreeMap<RowKey, Row>,
        take: &mut (dyn FnMut(Row) + Send),
    ) -> Result<Shown, VerifyError> {
        self.told.rows(view, expected, take).await
    }
}

/// The end of its log is before the late answers that complete it, which the others have heard of.
#[tokio::test]
async fn an_attempt_that_was_known_and_goes_on_meanwhile_is_left_out() {
    let mut library = Parted::open().await;
    let jenny = library.join("jenny", 0).await;
    let no = library.book.shelve(1).await;
    library.settle().await;
    let process = library.rental.rent(&jenny, no).await;
    library.rental.settle_only(&PROCESSES).await;
    library.rental.stores.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(library.rental.ticker.tick().await.expired, 1);
    let early = Told::of_one(&library.rental).await;
    library.settle().await;
    let mut told = told_at_rest(&mut library).await;
    let at_rest = judged(&told, Some(&library.broker)).await.unwrap();
    assert_eq!((at_rest.ended, at_rest.violations), (1, vec![]));

    let cards = &mut told[ServiceName::Rental as usize];
    cards.later = cards.followers.iter().map(|it| (it.name.clone(), it.reached)).collect();
    cards.followers = early.followers;
    let early = Position::new(early.log.len() as u64);
    let rental = Grown { told: &told[ServiceName::Rental as usize], first: Mutex::new(Some(early)) };
    let others = told.iter().skip(1).map(|other| other as &dyn Evidence);
    let logs = std::iter::once(&rental as &dyn Evidence).chain(others);
    let logs: Vec<_> =
        logs.zip(ServiceName::ALL).map(|(evidence, it)| CheckedLog { name: it.name(), evidence }).collect();
    let report = verify_logs(&logs, Some(&library.broker)).await.unwrap();
    assert_eq!(report.violations, [], "{report:#?}");
    assert_eq!((report.in_flight, report.by_hand, report.ended), (vec![process], vec![], 0));
}
