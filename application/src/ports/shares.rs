//! Who may have how many of a store's connections at once: neither commands and questions nor processors can take the
//! last ones of the other side.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// One connection in so many, and at least one where there are two, is kept for each side.
const KEPT: u32 = 4;

/// What a connection is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Commands and questions: somebody waits for the answer.
    Questions,
    /// What processors do, and whoever follows the log.
    Processors,
}

/// As many places as there are connections. Cheap to clone.
#[derive(Clone)]
pub struct Shares {
    all: Arc<Semaphore>,
    questions: Arc<Semaphore>,
    processors: Arc<Semaphore>,
    count: u32,
    wait: Duration,
}

/// The right to one connection, until it is dropped.
#[derive(Debug)]
pub struct ConnectionPermit {
    _of_all: OwnedSemaphorePermit,
    _of_share: OwnedSemaphorePermit,
}

/// No connection came free in time. The store may be perfectly well.
#[derive(Debug, Error)]
#[error(
    "all {count} connections are in use and none came free within {wait:?}; allow more of them, or ask for less at once"
)]
pub struct AllInUse {
    count: u32,
    wait: Duration,
}

impl Shares {
    /// Of so many connections, at least one; whoever needs one waits at most this long.
    #[must_use]
    pub fn of(count: u32, wait: Duration) -> Self {
        let count = count.max(1);
        let kept = if count == 1 { 0 } else { (count / KEPT).max(1) };
        let semaphore = |places: u32| Arc::new(Semaphore::new(places as usize));
        let [questions, processors] = [semaphore(count - kept), semaphore(count - kept)];
        Self { all: semaphore(count), questions, processors, count, wait }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// [`AllInUse`] when none came free in time.
    pub async fn place(&self, share: Share) -> Result<ConnectionPermit, AllInUse> {
        let of_share = self.of_share(share);
        let both = async {
            let _of_share = Arc::clone(of_share).acquire_owned().await?;
            let _of_all = Arc::clone(&self.all).acquire_owned().await?;
            Ok::<_, tokio::sync::AcquireError>(ConnectionPermit { _of_all, _of_share })
        };
        match timeout(self.wait, both).await {
            Ok(Ok(place)) => Ok(place),
            // What passed is the limit; closed are these semaphores never.
            Ok(Err(_)) | Err(_) => Err(AllInUse { count: self.count, wait: self.wait }),
        }
    }

    const fn of_share(&self, share: Share) -> &Arc<Semaphore> {
        match share {
            Share::Questions => &self.questions,
            Share::Processors => &self.processors,
        }
    }

    /// How many more places this side could have now.
    #[must_use]
    pub fn free(&self, share: Share) -> usize {
        self.of_share(share).available_permits().min(self.all.available_permits())
    }

    /// Waits until nobody has a place.
    pub async fn all_back(&self) {
        // They are never closed, and with none in use there is nothing to wait for.
        let _ = self.all.acquire_many(self.count).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_millis(20);

    async fn most(shares: &Shares, share: Share) -> Vec<ConnectionPermit> {
        let mut places = vec![];
        while let Ok(place) = shares.place(share).await {
            places.push(place);
        }
        places
    }

    #[tokio::test]
    async fn neither_side_can_take_the_last_connections_of_the_other() {
        for (count, most_of_one, left) in [(1, 1, 0), (2, 1, 1), (4, 3, 1), (10, 8, 2), (32, 24, 8)] {
            for (first, second) in
                [(Share::Questions, Share::Processors), (Share::Processors, Share::Questions)]
            {
                let shares = Shares::of(count, WAIT);
                let taken = most(&shares, first).await;
                assert_eq!(taken.len(), most_of_one, "{first:?} of {count}");
                assert_eq!(most(&shares, second).await.len(), left, "{second:?} beside {first:?} of {count}");
                drop(taken);
                assert_eq!(most(&shares, second).await.len(), most_of_one, "all are back");
            }
        }
    }

    #[tokio::test]
    async fn a_place_that_comes_free_in_time_is_given_to_who_waits() {
        let shares = Shares::of(1, WAIT);
        let first = shares.place(Share::Questions).await.unwrap();
        let waiting = shares.place(Share::Processors);
        let (got, ()) = tokio::join!(waiting, async { drop(first) });
        got.unwrap();
    }

    #[tokio::test]
    async fn nobody_who_waits_in_vain_believes_that_the_store_is_away() {
        let shares = Shares::of(10, WAIT);
        let _taken = most(&shares, Share::Questions).await;
        let refusal = shares.place(Share::Questions).await.unwrap_err().to_string();
        assert!(
            refusal.starts_with("all 10 connections are in use and none came free within 20ms"),
            "{refusal}"
        );
    }
}
