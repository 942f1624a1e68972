//! Between two batches: whoever was just answered often has the next command at once, and may still join.

/// How often others get to run before the next batch goes without those who did not come back. An answer passes from
/// task to task about five times until the next command has arrived.
const TURNS_FOR_OTHERS: u32 = 8;

/// Lets others run until as many wait as were just answered or waited before, or `most` of them; for a moment at most:
/// it takes no time when nobody else has anything to do. Without it, those answered by one batch would always miss the
/// next one, and batches would be half as large as they could be.
pub(super) async fn gather(answered: usize, most: usize, waiting: impl Fn() -> usize) {
    let expected = (answered + waiting()).min(most);
    for _ in 0..TURNS_FOR_OTHERS {
        if waiting() >= expected {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Gathers behind `answered` while one waits and others come back after they were passed over so often; how many
    /// wait then.
    async fn waiting_after(answered: usize, most: usize, turns: impl IntoIterator<Item = usize>) -> usize {
        let waiting = Arc::new(AtomicUsize::new(1));
        for turns in turns {
            let waiting = Arc::clone(&waiting);
            tokio::spawn(async move {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                waiting.fetch_add(1, Ordering::Relaxed);
            });
        }
        gather(answered, most, || waiting.load(Ordering::Relaxed)).await;
        waiting.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn those_who_come_back_at_once_join_the_next_batch() {
        assert_eq!(waiting_after(3, 256, [0, 1, 5]).await, 4);
    }

    #[tokio::test]
    async fn nobody_is_waited_for_who_does_not_come_back() {
        assert_eq!(waiting_after(2, 256, [0, 1_000]).await, 2);
    }

    #[tokio::test]
    async fn no_more_are_waited_for_than_the_next_batch_can_take() {
        assert_eq!(waiting_after(3, 3, [0, 1, 5]).await, 3);
    }
}
