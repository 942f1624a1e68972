//! The endless loop around a processor: steps while there is something to do, else waits for what comes first.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::select;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::held_lease::LeaseState;
use super::lease::LeaseRenewer;
use super::processor::Processor;
use super::status::StepOutcome;
use crate::ports::Ids;

/// The poll beside the hint of the source slows from this …
const POLL_FIRST: Duration = Duration::from_millis(5);
/// … to this while nothing happens. Each segment polls for itself, and the store looks four times a second for all of
/// them.
const POLL_LONGEST: Duration = Duration::from_secs(10);
/// How long steps are counted to tell whether there is much to do.
const WATCHED_FOR: SignedDuration = SignedDuration::from_millis(100);
/// From so many steps in that time on there is. Who keeps the beat makes ten.
const BUSY_FROM: u32 = 6;
/// From one beat to the next.
const BEAT: Duration = Duration::from_millis(10);
/// From so many panics in a row on it is not taken for a passing trouble any more.
const PANICS_BORNE: u32 = 3;
/// How often it is looked whether the claim has to be extended.
const EXTEND_LOOK: Duration = Duration::from_secs(1);

/// Steps a processor until `stop`, and gives its claim back then. One that panics is started again, after a wait that
/// grows while it goes on panicking. A step under way is finished first.
pub async fn run(mut processor: Processor, stop: CancellationToken) {
    let mut panics = 0;
    while AssertUnwindSafe(follow(&mut processor, &stop, &mut panics)).catch_unwind().await.is_err() {
        panics += 1;
        let name = processor.name().to_string();
        tracing::error!(processor = name, panics, "a processor panicked and is started again");
        metrics::counter!("rental_processor_panics_total", "processor" => name).increment(1);
        processor.core().live.failed("the processor panicked; the log has the message");
        if panics >= PANICS_BORNE {
            let why = "the processor panics again and again; the log has the message";
            processor.core().live.cannot_go_on(why, None);
        }
        processor.forget();
        let wait = Backoff::AWAY.after(panics, ids_of(&processor));
        select! {
            biased;
            () = stop.cancelled() => break,
            () = sleep(wait) => {}
        }
    }
    processor.close().await;
}

async fn follow(processor: &mut Processor, stop: &CancellationToken, panics: &mut u32) {
    let (mut poll, mut beat) = (POLL_FIRST, Beat::default());
    while !stop.is_cancelled() {
        let step = step_extending(processor).await;
        beat.stepped(processor.core().clock.now(), processor.core().committer.is_slow());
        match step {
            StepOutcome::Advanced => (poll, *panics) = (POLL_FIRST, 0),
            StepOutcome::Idle { until } => {
                wait(processor, until, poll, stop).await;
                poll = (poll * 2).min(POLL_LONGEST);
            }
        }
        if !processor.is_behind() {
            let left = beat.left(processor.core().clock.now());
            let _ = stop.run_until_cancelled(sleep(left)).await; // stopped or not, the loop looks
        }
    }
}

/// The beat that the segments of a node keep to while there is much to do and their store takes its time: what arrives
/// between two beats is found by one look at the log for all of them, and written with one commit of each. Where little
/// comes, or the store answers at once, nothing is gained by waiting; and a processor that is behind does not wait.
#[derive(Default)]
struct Beat {
    began: Timestamp,
    /// Steps since then beside a store that took its time.
    slow: u32,
    is_kept: bool,
}

impl Beat {
    /// Counts a step. Its own length says nothing of the store: a handler's also has what its commands wait for.
    fn stepped(&mut self, now: Timestamp, is_slow: bool) {
        let passed = now.duration_since(self.began);
        if passed >= WATCHED_FOR || passed.is_negative() {
            // After a rest that was longer, what was before it says nothing.
            self.is_kept = self.slow >= BUSY_FROM && passed < WATCHED_FOR * 2 && !passed.is_negative();
            (self.began, self.slow) = (now, 0);
        }
        self.slow += u32::from(is_slow);
    }

    /// How long it is until the next beat; zero when none is kept to.
    fn left(&self, now: Timestamp) -> Duration {
        if !self.is_kept {
            return Duration::ZERO;
        }
        let since = u64::try_from(now.as_nanosecond()).map_or(0, |now| now % BEAT.as_nanos() as u64);
        BEAT.saturating_sub(Duration::from_nanos(since))
    }
}

/// One step, with the claim extended beside it however long it takes. The step goes on while an extension waits: it may
/// have what others wait for, or what the extension itself needs.
async fn step_extending(processor: &mut Processor) -> StepOutcome {
    let renewer = processor.renewer();
    select! {
        biased;
        done = processor.step() => done,
        never = keep_extending(&renewer) => match never {},
    }
}

/// Says every now and then, when it is due, that the node lives, which extends its claims.
pub(super) async fn keep_extending(renewer: &LeaseRenewer) -> Infallible {
    loop {
        sleep(EXTEND_LOOK).await;
        renewer.extend_if_due().await;
    }
}

/// Extends the claim until it is gone, or nobody may go on.
async fn extend_while_good(renewer: &LeaseRenewer) {
    loop {
        let woken = renewer.woken();
        if renewer.standing() != LeaseState::Held {
            return;
        }
        let _ = timeout(EXTEND_LOOK, woken).await; // woken or not, it looks
        renewer.extend_if_due().await;
    }
}

/// Waits for an arrival, for a time, or for the next poll, with the claim extended meanwhile. A processor that rests is
/// not woken by arrivals.
async fn wait(processor: &Processor, until: Option<Timestamp>, poll: Duration, stop: &CancellationToken) {
    let left = until.map(|until| until.duration_since(processor.core().clock.now()));
    let left = left.map(|left| Duration::try_from(left).unwrap_or(Duration::ZERO));
    // Capped, so that a clock that jumps does not make it sleep for long.
    let nap = left.map_or(poll, |left| left.min(if processor.wants_arrivals() { poll } else { EXTEND_LOOK }));
    let renewer = processor.renewer();
    select! {
        biased;
        () = stop.cancelled() => {}
        () = processor.arrived(), if processor.wants_arrivals() => {}
        () = extend_while_good(&renewer), if processor.wants_arrivals() => {}
        // One that rests goes on resting whatever becomes of its claim, and finds out afterwards.
        never = keep_extending(&renewer), if !processor.wants_arrivals() => match never {},
        () = sleep(nap) => {}
    }
}

fn ids_of(processor: &Processor) -> &dyn Ids {
    &*processor.core().ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_us(us: i64) -> Timestamp {
        Timestamp::from_microsecond(us).unwrap()
    }

    /// A segment that steps so often, from a second on for 400 ms, beside such a store.
    fn stepped(every_us: i64, is_slow: bool) -> Beat {
        let mut beat = Beat::default();
        let mut now = 1_000_000;
        while now < 1_400_000 {
            beat.stepped(at_us(now), is_slow);
            now += every_us;
        }
        beat
    }

    #[test]
    fn a_beat_is_kept_where_there_is_much_to_do_and_the_store_takes_its_time() {
        assert_eq!(stepped(10_000, true).left(at_us(1_408_000)), Duration::from_millis(2));
        assert_eq!(
            stepped(10_000, false).left(at_us(1_408_000)),
            Duration::ZERO,
            "the store answers at once"
        );
        assert_eq!(stepped(20_000, true).left(at_us(1_408_000)), Duration::ZERO, "there is little to do");
    }

    #[test]
    fn after_a_rest_nobody_waits_for_a_beat() {
        let mut beat = stepped(10_000, true);
        beat.stepped(at_us(2_000_800), true);
        assert_eq!(beat.left(at_us(2_000_800)), Duration::ZERO);
    }

    #[test]
    fn no_beat_is_kept_by_what_was_counted_before_the_clock_was_set_back() {
        let mut beat = stepped(10_000, true);
        beat.stepped(at_us(900_000), true);
        assert_eq!(beat.left(at_us(900_000)), Duration::ZERO);
    }
}
