//! Who waits for something to move in a store that nodes share: told at once of what this node does, and by one task
//! that looks for all of them of what others do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use application::ports::event_store::Position;
use application::ports::token_store::ProcessorName;
use futures::future::BoxFuture;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long the task waits before it looks again, as long as something is found.
const PAUSE_MIN: Duration = Duration::from_millis(5);
/// And at most, twice as long each time nothing was.
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// Something that moves.
pub(crate) trait Followed: Clone + Send + Sync + 'static {
    /// Takes what was found, and answers whether that was news.
    fn learn(&mut self, found: Self) -> bool;

    /// Whether what a look found shows that it went back, although `before` was known when the look began.
    fn has_gone_back(_before: &Self, _found: &Self) -> bool {
        false
    }
}

/// How far each processor has come.
pub(crate) type Progress = Arc<BTreeMap<ProcessorName, Position>>;

/// May go back, when a processor begins anew.
impl Followed for Progress {
    fn learn(&mut self, found: Self) -> bool {
        let is_news = *self != found;
        *self = found;
        is_news
    }
}

/// Where a log ends. Appends never take it back, since of two of them the later one may be heard of first. A read does
/// that found less than what was known when it began: the log was restored, and whoever waits for more than there is
/// would never be told again.
impl Followed for Position {
    fn learn(&mut self, found: Self) -> bool {
        let is_news = found > *self;
        *self = found.max(*self);
        is_news
    }

    fn has_gone_back(before: &Self, found: &Self) -> bool {
        found < before
    }
}

/// The task that looks, as long as somebody waits; it ends with this value.
pub(crate) struct Poller<T> {
    announcer: Announcer<T>,
    signals: Arc<Signals>,
    stop: CancellationToken,
    /// None once it has been awaited.
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Says where it is now.
pub(crate) struct Announcer<T>(watch::Sender<T>);

#[derive(Default)]
struct Signals {
    somebody_waits: Notify,
    look_now: Notify,
}

impl<T: Followed> Poller<T> {
    /// `look` answers where it is now, or none when that cannot be found out.
    pub(crate) fn start(
        first: T,
        look: impl Fn() -> BoxFuture<'static, Option<T>> + Send + Sync + 'static,
    ) -> Self {
        let announcer = Announcer(watch::Sender::new(first));
        let (signals, stop) = (Arc::<Signals>::default(), CancellationToken::new());
        let looking = look_for_all(look, announcer.clone(), Arc::clone(&signals));
        let until = stop.clone();
        let task = tokio::spawn(async move {
            // The other way it ends is that it was stopped.
            let _ = until.run_until_cancelled(looking).await;
        });
        Self { announcer, signals, stop, task: Mutex::new(Some(task)) }
    }

    pub(crate) fn announcer(&self) -> Announcer<T> {
        self.announcer.clone()
    }

    /// Has the task look without a pause, if anybody waits.
    pub(crate) fn look_now(&self) {
        self.signals.look_now.notify_one();
    }

    /// Waits until it is where it is wanted.
    pub(crate) async fn until(&self, holds: impl FnMut(&T) -> bool + Send) {
        let mut moved = self.announcer.0.subscribe();
        self.signals.somebody_waits.notify_one();
        // An error would mean that the sender is gone, and it lives in `self`.
        let _ = moved.wait_for(holds).await;
    }

    /// Waits until the task has ended.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a task that looks for news ended badly"
            );
        }
    }
}

impl<T> Drop for Poller<T> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl<T> Clone for Announcer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Followed> Announcer<T> {
    /// Answers whether it was news.
    pub(crate) fn announce(&self, found: T) -> bool {
        self.0.send_if_modified(|shown| shown.learn(found))
    }

    /// What was last announced.
    pub(crate) fn last(&self) -> T {
        self.0.borrow().clone()
    }

    /// Announces what was read, by a read that began when `before` was known. Answers whether it was news.
    pub(crate) fn announce_read(&self, before: T, found: T) -> bool {
        if !T::has_gone_back(&before, &found) {
            return self.announce(found);
        }
        self.0.send_replace(found);
        true
    }
}

/// A database that cannot be asked is asked again later; whoever waits would not get far with it either.
async fn look_for_all<T: Followed>(
    look: impl Fn() -> BoxFuture<'static, Option<T>>,
    announcer: Announcer<T>,
    signals: Arc<Signals>,
) {
    loop {
        signals.somebody_waits.notified().await;
        let mut pause = PAUSE_MIN;
        while announcer.0.receiver_count() > 0 {
            // To be called, or to have waited long enough, comes to the same.
            let _ = timeout(pause, signals.look_now.notified()).await;
            let before = announcer.last();
            let is_news = look().await.is_some_and(|found| announcer.announce_read(before, found));
            pause = if is_news { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) };
        }
    }
}
