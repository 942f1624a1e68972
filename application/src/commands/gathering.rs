//! Between two batches: whoever was just answered often has the next command at once, and may still join.

/// How often others get to run before the next batch goes without those who did not come back. An answer passes from task to
/// task about five times until the next command has arrived.
const TURNS_FOR_OTHERS: u32 = 8;

/// Lets others run until as many wait as were just answered or waited before, for a moment at most: it takes no time when
/// nobody else has anything to do. Without it, those answered by one batch would always miss the next one, and batches would
/// be half as large as they could be.
pub(super) async fn gather(answered: usize, waiting: impl Fn() -> usize) {
    let expected = answered + waiting();
    for _ in 0..TURNS_FOR_OTHERS {
        if waiting() >= expected {
            return;
        }
        tokio::task::yield_now().await;
    }
}
