//! The commits of a node: those that wait at the same time go to the store together, so that many small ones cost it
//! one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;

use tokio::select;
use tokio::sync::oneshot;

use crate::ports::token_store::{Claim, Commit, TokenError};
use crate::ports::{Clock, TokenStore};

/// The most commits in one call.
const TOGETHER_MAX: usize = 64;
/// A store that takes so long for a call is spared calls.
const SLOW_FROM: SignedDuration = SignedDuration::from_micros(500);

/// Makes the commits of a node. Cheap to clone.
///
/// There is no task: whoever comes while nobody is at the store goes there, with everything that waits by then; the
/// others wait for their answers. When whoever went there stops waiting, the others have lost their answers, and send
/// the same again.
#[derive(Clone)]
pub struct Committer(Arc<Line>);

struct Line {
    tokens: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    /// The last call took its time.
    is_slow: AtomicBool,
    waiting: Mutex<Vec<WaitingCommit>>,
    /// Held by the one who is at the store.
    turn: tokio::sync::Mutex<()>,
}

/// A commit that waits, and who waits for it.
struct WaitingCommit {
    claim: Claim,
    commit: Commit,
    end: oneshot::Sender<Result<(), TokenError>>,
}

impl Committer {
    /// Those of this token store; `clock` says how long it takes.
    #[must_use]
    pub fn to(tokens: Arc<dyn TokenStore>, clock: Arc<dyn Clock>) -> Self {
        let is_slow = AtomicBool::new(false);
        Self(Arc::new(Line {
            tokens,
            clock,
            is_slow,
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// Whether fewer and larger calls are better: the last one took the store its time.
    pub(super) fn is_slow(&self) -> bool {
        self.0.is_slow.load(Ordering::Relaxed)
    }

    /// Makes a commit. Whoever stops waiting leaves it to be made, or not, as a whole.
    ///
    /// # Errors
    /// What [`TokenStore::commit`] says of it.
    pub async fn commit(&self, claim: &Claim, commit: Commit) -> Result<(), TokenError> {
        let (end, mut ended) = oneshot::channel();
        self.0.waiting().push(WaitingCommit { claim: claim.clone(), commit, end });
        let turn = select! {
            biased;
            answer = &mut ended => return answer.unwrap_or_else(lost),
            turn = self.0.turn.lock() => turn,
        };
        // Many may stand before it.
        while ended.is_empty() && self.0.make_those_that_wait().await {}
        drop(turn);
        ended.await.unwrap_or_else(lost)
    }
}

impl Line {
    /// Says whether there were any.
    async fn make_those_that_wait(&self) -> bool {
        let group: Vec<_> = {
            let mut waiting = self.waiting();
            let count = waiting.len().min(TOGETHER_MAX);
            waiting.drain(..count).collect()
        };
        if group.is_empty() {
            return false;
        }
        let (commits, ends): (Vec<_>, Vec<_>) =
            group.into_iter().map(|WaitingCommit { claim, commit, end }| ((claim, commit), end)).unzip();
        let began = self.clock.now();
        let all_made = self.tokens.commit_all(commits).await;
        self.is_slow.store(self.clock.now().duration_since(began) >= SLOW_FROM, Ordering::Relaxed);
        for (end, made) in ends.into_iter().zip(all_made) {
            let _ = end.send(made); // whoever asked may be gone
        }
        true
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<WaitingCommit>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lost(error: oneshot::error::RecvError) -> Result<(), TokenError> {
    Err(TokenError::UnknownOutcome { doing: "committing together with others", source: error.into() })
}
