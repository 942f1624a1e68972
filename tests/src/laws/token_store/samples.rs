//! A worker that holds a claim, and the tokens, rows and letters it writes.

use adapters::system_clock::SystemIds;
use application::ports::Ids;
use std::sync::Arc;
use std::time::Duration;

use crate::stores::TokenAdapter;
use application::ports::catalogue_view::CatalogueRow;
use application::ports::dead_letters::{DeadLetter, DeadLetterId, DeadLetterKind, DeadLetterQuery};
use application::ports::event_store::{EventId, LogId, Position, Recorded, StreamName, TypeName, Version};
use application::ports::message_source::Token;
use application::ports::processor_admin::ProcessorState;
use application::ports::token_store::{
    Claim, Claimed, Commit, Extended, Generation, NodeId, ProcessorName, Row, RowKey, Segment, TokenError,
};
use bytes::Bytes;
use domain::book::BookStatus;
use domain::{BookNo, Title};
use jiff::Timestamp;
use uuid::Uuid;

/// The processor that most laws use.
pub const CATALOGUE: ProcessorName = ProcessorName::of("catalogue");
/// How long claims last.
pub const TTL: Duration = Duration::from_secs(10);

/// Somebody who holds a claim and counts its commits.
pub struct Worker {
    /// The token store.
    pub tokens: Arc<dyn TokenAdapter>,
    /// What it was given.
    pub claimed: Claimed,
    commits: u64,
}

impl Worker {
    /// Registers [`CATALOGUE`] with one segment at the beginning, and claims it for a new node.
    pub async fn on(tokens: Arc<dyn TokenAdapter>) -> Self {
        Self::of(tokens, &CATALOGUE).await
    }

    /// Registers a processor with one segment at the beginning, and claims it for a new node.
    ///
    /// # Panics
    /// When the token store refuses.
    pub async fn of(tokens: Arc<dyn TokenAdapter>, processor: &ProcessorName) -> Self {
        tokens.register(processor, &Segment::all_at(1, token(0))).await.expect("it can be registered");
        let live = state_of(&*tokens, processor).await.live;
        Self::at(tokens, processor, live, Segment::WHOLE).await
    }

    /// Claims a segment for a new node.
    pub async fn at(
        tokens: Arc<dyn TokenAdapter>,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
    ) -> Self {
        Self::claiming(
            tokens,
            Claim { processor: processor.clone(), generation, segment, node: node(), epoch: 0 },
        )
        .await
    }

    /// Claims another segment of the same generation for the same node, so that nothing but the epoch tells the claims
    /// on one segment apart.
    pub async fn also(&self, segment: Segment) -> Self {
        Self::claiming(Arc::clone(&self.tokens), Claim { segment, ..self.claim().clone() }).await
    }

    async fn claiming(tokens: Arc<dyn TokenAdapter>, wanted: Claim) -> Self {
        let Claim { processor, generation, segment, node, epoch: _ } = wanted;
        let claimed = tokens.claim(&processor, generation, segment, node, TTL).await;
        let claimed = claimed.expect("the segment is free");
        Self { tokens, commits: claimed.commits, claimed }
    }

    /// The claim.
    #[must_use]
    pub const fn claim(&self) -> &Claim {
        &self.claimed.claim
    }

    /// The next commit, which moves the token to `position` and changes nothing else.
    #[must_use]
    pub fn next(&self, position: u64) -> Commit {
        Commit {
            number: self.commits + 1,
            token: token(position),
            rows: Vec::new(),
            letters: Vec::new(),
            settled: Vec::new(),
        }
    }

    /// Commits.
    ///
    /// # Errors
    /// What the token store says.
    pub async fn commit(&mut self, commit: Commit) -> Result<(), TokenError> {
        let number = commit.number;
        self.tokens.commit(self.claim(), commit).await?;
        self.commits = number;
        Ok(())
    }

    /// Extends the claim, with a beat of its node.
    ///
    /// # Errors
    /// What the token store says.
    ///
    /// # Panics
    /// When it says nothing.
    pub async fn extend(&self) -> Result<Extended, TokenError> {
        let mut beat = self.tokens.beat(self.claim().node, &[self.claim().clone()], TTL).await?;
        beat.extended.pop().expect("each claim is answered")
    }

    /// Moves the token.
    ///
    /// # Panics
    /// When the token store refuses.
    pub async fn move_to(&mut self, position: u64) {
        self.commit(self.next(position)).await.expect("the claim is good");
    }

    /// Puts rows.
    ///
    /// # Panics
    /// When the token store refuses.
    pub async fn put(&mut self, position: u64, rows: impl IntoIterator<Item = Row>) {
        let rows = rows.into_iter().map(|row| (row.key(), Some(row))).collect();
        self.commit(Commit { rows, ..self.next(position) }).await.expect("the claim is good");
    }

    /// Puts letters.
    ///
    /// # Panics
    /// When the token store refuses.
    pub async fn park(&mut self, position: u64, letters: Vec<DeadLetter>) {
        self.commit(Commit { letters, ..self.next(position) }).await.expect("the claim is good");
    }

    /// Reads a row.
    ///
    /// # Panics
    /// When the token store refuses.
    pub async fn row(&self, key: RowKey) -> Option<Row> {
        self.tokens.rows(self.claim(), &[key]).await.expect("the claim is good").remove(0)
    }

    /// A letter of this worker's processor and generation.
    #[must_use]
    pub fn letter(&self, kind: DeadLetterKind, sequence: &str, position: u64) -> DeadLetter {
        let at = Timestamp::from_second(1_000_000 + i64::try_from(position).unwrap_or(0));
        let at = at.expect("it is a time");
        DeadLetter {
            id: DeadLetterId::new(SystemIds.next()),
            processor: self.claim().processor.clone(),
            generation: self.claim().generation,
            sequence: sequence.to_owned(),
            kind,
            event: recorded(position),
            attempts: 0,
            failures: Vec::new(),
            first_at: at,
            last_at: at,
            due: None,
            revision: 0,
        }
    }
}

/// A letter as it comes back after its first commit.
#[must_use]
pub fn kept(letter: &DeadLetter) -> DeadLetter {
    DeadLetter { revision: letter.revision + 1, ..letter.clone() }
}

/// Letters as they come back after their first commit.
#[must_use]
pub fn all_kept(letters: &[DeadLetter]) -> Vec<DeadLetter> {
    letters.iter().map(kept).collect()
}

/// A token of the one log all laws speak of.
#[must_use]
pub fn token(position: u64) -> Token {
    let event = (position > 0).then(|| event_id(position));
    Token { log: LogId::new(Uuid::from_u128(1)), position: Position::new(position), event }
}

/// The id of the event at a position.
#[must_use]
pub fn event_id(position: u64) -> EventId {
    EventId::new(Uuid::from_u128(u128::from(position)))
}

/// A new node.
#[must_use]
pub fn node() -> NodeId {
    NodeId::new(SystemIds.next())
}

/// What is known of a processor.
///
/// # Panics
/// When nothing is.
pub async fn state_of(tokens: &dyn TokenAdapter, processor: &ProcessorName) -> ProcessorState {
    let states = tokens.processors().await.expect("the token store is there");
    states.into_iter().find(|state| state.name == *processor).expect("it was registered")
}

/// All letters that fit.
///
/// # Panics
/// When the token store fails.
pub async fn letters(tokens: &dyn TokenAdapter, wanted: DeadLetterQuery) -> Vec<DeadLetter> {
    tokens.letters(&wanted, 100_000).await.expect("the token store is there")
}

/// A copy in the catalogue.
///
/// # Panics
/// When number or title do not keep their rules.
#[must_use]
pub fn book(number: i64, title: &str) -> CatalogueRow {
    let title = Title::parse(title).expect("it is a title");
    CatalogueRow { no: no(number), title, author: None, status: BookStatus::Available, holder: None }
}

/// A book number.
///
/// # Panics
/// When it does not keep its rule.
#[must_use]
pub fn no(number: i64) -> BookNo {
    BookNo::parse(number).expect("it is a number")
}

fn recorded(position: u64) -> Recorded {
    Recorded {
        position: Position::new(position),
        stream: StreamName::of("book", position),
        version: Version::new(1),
        id: event_id(position),
        command: None,
        kind: TypeName::of("book.entered"),
        revision: 1,
        payload: Bytes::from_static(b"\xff{}\0"),
        metadata: Bytes::from_static(b"{}"),
        occurred_at: Timestamp::UNIX_EPOCH,
    }
}
