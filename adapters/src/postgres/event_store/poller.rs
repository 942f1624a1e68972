//! Who waits for the log to grow: told at once of what this node appends, and by one task that looks for all of them of what
//! others append.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_store::{Head, Position};
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::read;
use crate::postgres::connection::Database;

/// How long the task waits before it looks again: as long as something is found, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(250));

/// The task that looks, as long as somebody waits; it ends with this value.
pub(super) struct Poller {
    announcer: Announcer,
    is_waited: Arc<Notify>,
    stop: CancellationToken,
    /// None once it has been awaited.
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Says how far the log goes.
#[derive(Clone)]
pub(super) struct Announcer(watch::Sender<Position>);

impl Announcer {
    /// Never goes back: of two appends the later one may come here first. Answers whether it was news.
    pub(super) fn announce(&self, reached: Position) -> bool {
        self.0.send_if_modified(|shown| {
            let moved = reached > *shown;
            *shown = reached.max(*shown);
            moved
        })
    }
}

impl Poller {
    pub(super) fn start(database: Database, head: Head) -> Self {
        let announcer = Announcer(watch::Sender::new(head.position));
        let (is_waited, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let looking =
            Looking { database, log: head, announcer: announcer.clone(), is_waited: Arc::clone(&is_waited) };
        let task = tokio::spawn(looking.until(stop.clone()));
        Self { announcer, is_waited, stop, task: Mutex::new(Some(task)) }
    }

    pub(super) fn announcer(&self) -> Announcer {
        self.announcer.clone()
    }

    pub(super) async fn appended(&self, after: Position) {
        let mut head = self.announcer.0.subscribe();
        self.is_waited.notify_one();
        // An error would mean that the sender is gone, and it lives in `self`.
        let _ = head.wait_for(|&head| head > after).await;
    }

    /// Waits until the task has ended.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the task that follows the log ended badly"
            );
        }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct Looking {
    database: Database,
    log: Head,
    announcer: Announcer,
    is_waited: Arc<Notify>,
}

impl Looking {
    async fn until(self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.is_waited.notified()).await.is_some() {
            if stop.run_until_cancelled(self.look_for_all()).await.is_none() {
                return;
            }
        }
    }

    /// A database that cannot be asked is asked again later; whoever waits would not get far with it either.
    async fn look_for_all(&self) {
        let (shortest, longest) = PAUSES;
        let mut pause = shortest;
        while self.announcer.0.receiver_count() > 0 {
            sleep(pause).await;
            let head = read::head(&self.database, self.log.log).await;
            let is_news = head.is_ok_and(|head| self.announcer.announce(head.position));
            pause = if is_news { shortest } else { (pause * 2).min(longest) };
        }
    }
}
