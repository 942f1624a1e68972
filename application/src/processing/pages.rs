//! The pages of a source as one segment reads them: larger while it is behind, and the next one while one is handled.

use jiff::{SignedDuration, Timestamp};

use super::assignment::Core;
use super::claimed_segment::ClaimedSegment;
use super::halt::Halt;
use crate::ports::message_source::{SourceError, SourcePage, Token};

/// Positions read at once near the head.
const BATCH_MIN: usize = 100;
/// Positions read at once far behind.
const BATCH_MAX: usize = 1_000;
/// A page grows no further once it holds so many bytes.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// A page that took longer leaves the next one as large: what a processor has done is stored between pages, and lost
/// with a crash within one.
const TOOK_MAX: SignedDuration = SignedDuration::from_millis(250);
/// A page that was read ahead is read again after so long: the log may have lost its events since, with a backup that was
/// put back or a lost fail-over.
const AHEAD_MAX: SignedDuration = SignedDuration::from_secs(1);

/// The pages of one segment.
pub(super) struct Pages {
    limit: usize,
    ahead: Option<PageAhead>,
}

/// A page that was read before its turn.
struct PageAhead {
    after: Token,
    read_at: Timestamp,
    page: SourcePage,
}

impl Pages {
    /// None yet: the first one is small.
    pub(super) const fn none() -> Self {
        Self { limit: BATCH_MIN, ahead: None }
    }

    /// Whether the last page was full, so that there is more to read at once.
    pub(super) const fn are_behind(&self) -> bool {
        self.limit > BATCH_MIN
    }

    /// What lies after a token.
    pub(super) async fn next(&mut self, core: &Core, token: &Token) -> Result<SourcePage, SourceError> {
        match self.ahead.take() {
            Some(ahead) if ahead.is_good_for(token, core.clock.now()) => Ok(ahead.page),
            Some(_) | None => core.read(token, self.limit).await,
        }
    }

    /// Has a page handled, and reads the next one beside that when the log goes on.
    pub(super) async fn handle(
        &mut self,
        core: &Core,
        claimed: &mut ClaimedSegment,
        page: SourcePage,
    ) -> Result<(), Halt> {
        let (grown, end, begun) = (self.grown(&page), page.next, core.clock.now());
        if end.position >= page.head {
            core.handle(claimed, page).await?;
        } else {
            let reading = core.read(&end, grown);
            let (handled, read) = futures::join!(core.handle(claimed, page), reading);
            handled?;
            // What could not be read is read again when its turn comes, and says then why not.
            self.ahead = read.ok().map(|page| PageAhead { after: end, read_at: begun, page });
        }
        let is_slow = core.clock.now().duration_since(begun) > TOOK_MAX;
        self.limit = if is_slow { grown.min(self.limit) } else { grown };
        Ok(())
    }

    /// How much is read after this page was handled: more when it was full, and little again when there is no more.
    fn grown(&self, page: &SourcePage) -> usize {
        match page.next.position < page.head {
            true if bytes_of(page) < BYTES_MAX => (self.limit * 2).min(BATCH_MAX),
            true => self.limit,
            false => BATCH_MIN,
        }
    }

    /// Whether what cannot be handled may be one event of several.
    pub(super) const fn can_be_halved(&self) -> bool {
        self.limit > 1
    }

    /// Reads half as much.
    pub(super) const fn halve(&mut self) {
        self.limit /= 2;
    }

    /// Begins small again.
    pub(super) fn caught_up(&mut self) {
        (self.limit, self.ahead) = (BATCH_MIN, None);
    }

    /// Lets go of what was read ahead.
    pub(super) fn forget(&mut self) {
        self.ahead = None;
    }
}

impl PageAhead {
    fn is_good_for(&self, token: &Token, now: Timestamp) -> bool {
        let age = now.duration_since(self.read_at);
        self.after == *token && age < AHEAD_MAX && !age.is_negative()
    }
}

fn bytes_of(page: &SourcePage) -> usize {
    page.events.iter().map(|event| event.payload.len() + event.metadata.len()).sum()
}
