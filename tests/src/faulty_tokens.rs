//! A token store that misbehaves on demand: commits that are lost, refused or never answered, rows and letters that
//! cannot be read or stored, and somebody who says something in between.

mod admin;
mod faults;
mod letters;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use application::ports::event_store::Position;
use application::ports::token_store::{
    Beat, Claim, Claimed, Commit, Generation, NodeId, ProcessorName, Row, RowKey, Segment, TokenError,
    TokenStore,
};
use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::stores::TokenAdapter;

pub use faults::CommitFault;
use faults::Plan;

/// A token store in front of another one.
pub struct FaultyTokens {
    inner: Arc<dyn TokenAdapter>,
    plan: Mutex<Plan>,
    broken: Mutex<Broken>,
    meanwhile: Mutex<Option<Meanwhile>>,
    commits: AtomicUsize,
    commit_calls: AtomicUsize,
    letters_read: AtomicUsize,
    sequences_read: AtomicUsize,
    hung: Notify,
    extensions: AtomicUsize,
    looks: AtomicUsize,
    claims: AtomicUsize,
    extensions_hang: AtomicBool,
    forgets: AtomicBool,
}

/// What cannot be used for now.
#[derive(Debug, Clone, Default)]
struct Broken {
    unreadable: Option<RowKey>,
    unstorable: Option<RowKey>,
    sequence: Option<String>,
    lost: Vec<(ProcessorName, Segment)>,
    /// How many processors may still begin anew.
    beginnings: Option<usize>,
}

/// What somebody does while others work.
type Meanwhile = Box<dyn FnOnce(Arc<dyn TokenAdapter>) -> BoxFuture<'static, ()> + Send>;

impl FaultyTokens {
    /// One that does what `inner` does until told otherwise.
    #[must_use]
    pub fn before(inner: Arc<dyn TokenAdapter>) -> Self {
        Self {
            inner,
            plan: Mutex::default(),
            broken: Mutex::default(),
            forgets: AtomicBool::new(false),
            meanwhile: Mutex::default(),
            commits: AtomicUsize::new(0),
            commit_calls: AtomicUsize::new(0),
            letters_read: AtomicUsize::new(0),
            sequences_read: AtomicUsize::new(0),
            hung: Notify::new(),
            extensions: AtomicUsize::new(0),
            looks: AtomicUsize::new(0),
            claims: AtomicUsize::new(0),
            extensions_hang: AtomicBool::new(false),
        }
    }

    /// The next `count` commits do this.
    pub fn fail_commits(&self, count: usize, fault: CommitFault) {
        self.script(std::iter::repeat_n(Some(fault), count));
    }

    /// The commits to come do this in turn, after what was said before; where there is none, one goes well.
    pub fn script(&self, faults: impl IntoIterator<Item = Option<CommitFault>>) {
        lock(&self.plan).write_down(faults);
    }

    /// From now on about one commit in `one_in` begins a row of faults, each of those that are answered, as the dice of
    /// this seed fall.
    pub fn throw_dice(&self, seed: u64, one_in: u64) {
        lock(&self.plan).throw_dice(seed, one_in);
    }

    /// All commits to come go well.
    pub fn behave(&self) {
        *lock(&self.plan) = Plan::default();
    }

    /// This row cannot be read, until another one or none is said.
    pub fn make_unreadable(&self, key: Option<RowKey>) {
        lock(&self.broken).unreadable = key;
    }

    /// No commit can store this row, until another one or none is said.
    pub fn make_unstorable(&self, key: Option<RowKey>) {
        lock(&self.broken).unstorable = key;
    }

    /// What this sequence waits for cannot be read, until another one or none is said.
    pub fn make_sequence_unreadable(&self, sequence: Option<&str>) {
        lock(&self.broken).sequence = sequence.map(str::to_owned);
    }

    /// So many processors may still begin anew; the next one cannot. None takes that back.
    pub fn cut_off_after_beginnings(&self, count: Option<usize>) {
        lock(&self.broken).beginnings = count;
    }

    /// The row of this segment is gone, until its processor begins anew.
    pub fn lose_segment(&self, processor: &ProcessorName, segment: Segment) {
        lock(&self.broken).lost.push((processor.clone(), segment));
    }

    /// Whoever extends a claim next learns that the store knows of no commit any more.
    pub fn forget_commits(&self) {
        self.forgets.store(true, Ordering::SeqCst);
    }

    /// Whoever extends a claim from now on gets no answer.
    pub fn hang_extensions(&self) {
        self.extensions_hang.store(true, Ordering::SeqCst);
    }

    /// Does this once, before the next commit comes to the store.
    pub fn meanwhile(
        &self,
        what: impl FnOnce(Arc<dyn TokenAdapter>) -> BoxFuture<'static, ()> + Send + 'static,
    ) {
        *lock(&self.meanwhile) = Some(Box::new(what));
    }

    /// How many commits were asked for.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    /// In how many calls.
    #[must_use]
    pub fn commit_calls(&self) -> usize {
        self.commit_calls.load(Ordering::SeqCst)
    }

    /// How many letters were read to try sequences again.
    #[must_use]
    pub fn letters_read(&self) -> usize {
        self.letters_read.load(Ordering::SeqCst)
    }

    /// How often sequences were read, or were to be read, to try them again.
    #[must_use]
    pub fn sequences_read(&self) -> usize {
        self.sequences_read.load(Ordering::SeqCst)
    }

    /// Waits until a commit gets no answer.
    pub async fn hung(&self) {
        self.hung.notified().await;
    }

    async fn hang(&self) -> Result<(), TokenError> {
        self.hung.notify_one();
        std::future::pending().await
    }

    /// How often claims were to be extended.
    #[must_use]
    pub fn extensions(&self) -> usize {
        self.extensions.load(Ordering::SeqCst)
    }

    /// How often it was asked how processors stand.
    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    /// How often somebody has tried to claim a segment.
    pub fn claims(&self) -> usize {
        self.claims.load(Ordering::SeqCst)
    }

    async fn commit_one(&self, claim: &Claim, commit: Commit) -> Result<(), TokenError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        let meanwhile = lock(&self.meanwhile).take();
        if let Some(meanwhile) = meanwhile {
            meanwhile(Arc::clone(&self.inner)).await;
        }
        let unstorable = lock(&self.broken).unstorable;
        if commit.rows.iter().any(|(key, _)| unstorable == Some(*key)) {
            return self.commit_with(CommitFault::Corrupt, claim, commit).await;
        }
        let fault = lock(&self.plan).next();
        match fault {
            Some(fault) => self.commit_with(fault, claim, commit).await,
            None => self.inner.commit(claim, commit).await,
        }
    }

    async fn commit_with(&self, fault: CommitFault, claim: &Claim, commit: Commit) -> Result<(), TokenError> {
        let doing = "committing";
        match fault {
            CommitFault::Away => Err(TokenError::Unavailable { doing, source: "unplugged".into() }),
            CommitFault::Corrupt => Err(TokenError::Corrupt { doing, source: "it cannot be stored".into() }),
            CommitFault::LetterChanged => {
                Err(TokenError::LetterChanged { processor: claim.processor.clone() })
            }
            CommitFault::ReplyLost => {
                self.inner.commit(claim, commit).await?;
                Err(TokenError::UnknownOutcome { doing, source: "the line went dead".into() })
            }
            CommitFault::RequestLost => {
                Err(TokenError::UnknownOutcome { doing, source: "the line was dead".into() })
            }
            CommitFault::Hangs => {
                self.inner.commit(claim, commit).await?;
                self.hang().await
            }
            CommitFault::HangsUnwritten => self.hang().await,
        }
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl TokenStore for FaultyTokens {
    async fn rows(&self, claim: &Claim, keys: &[RowKey]) -> Result<Vec<Option<Row>>, TokenError> {
        let unreadable = lock(&self.broken).unreadable;
        if unreadable.is_some_and(|key| keys.contains(&key)) {
            return Err(TokenError::Corrupt { doing: "reading rows", source: "a row is torn".into() });
        }
        self.inner.rows(claim, keys).await
    }

    async fn live_rows(
        &self,
        processor: &ProcessorName,
        after: Option<RowKey>,
        limit: usize,
    ) -> Result<Vec<Row>, TokenError> {
        self.inner.live_rows(processor, after, limit).await
    }

    /// One after the other, each with the fault that is its turn.
    async fn commit_all(&self, commits: Vec<(Claim, Commit)>) -> Vec<Result<(), TokenError>> {
        self.commit_calls.fetch_add(1, Ordering::SeqCst);
        let mut ended = Vec::with_capacity(commits.len());
        for (claim, commit) in commits {
            ended.push(self.commit_one(&claim, commit).await);
        }
        ended
    }

    async fn leave(&self, node: NodeId) -> Result<(), TokenError> {
        self.inner.leave(node).await
    }

    async fn claim(
        &self,
        processor: &ProcessorName,
        generation: Generation,
        segment: Segment,
        node: NodeId,
        ttl: Duration,
    ) -> Result<Claimed, TokenError> {
        self.claims.fetch_add(1, Ordering::SeqCst);
        self.inner.claim(processor, generation, segment, node, ttl).await
    }

    async fn beat(&self, node: NodeId, claims: &[Claim], ttl: Duration) -> Result<Beat, TokenError> {
        self.extensions.fetch_add(1, Ordering::SeqCst);
        if self.extensions_hang.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let mut beat = self.inner.beat(node, claims, ttl).await?;
        if self.forgets.swap(false, Ordering::SeqCst) {
            beat.extended.iter_mut().flatten().for_each(|extended| extended.commits = 0);
        }
        Ok(beat)
    }

    async fn release(&self, claim: &Claim) -> Result<(), TokenError> {
        self.inner.release(claim).await
    }

    async fn progress(&self, processor: &ProcessorName) -> Result<Option<Position>, TokenError> {
        self.inner.progress(processor).await
    }

    async fn progressed(&self, processor: &ProcessorName, beyond: Position) {
        self.inner.progressed(processor, beyond).await;
    }

    async fn check_storage(&self) -> Result<(), TokenError> {
        self.inner.check_storage().await
    }

    async fn check_writing(&self) -> Result<(), TokenError> {
        self.inner.check_writing().await
    }
}
