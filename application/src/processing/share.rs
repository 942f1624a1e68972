//! How many segments a node works on beside others, so that each has its part.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::lease::Seat;

/// A segment that is free for so long is taken by whoever sees it: those whose part it would be do not want it.
const OVERTIME: SignedDuration = SignedDuration::from_secs(5);
/// What was taken like that is not given back for so long.
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(60);

/// The part of all segments that is this node's, by what it knows of the others.
#[derive(Debug, Default)]
pub(super) struct NodeShare {
    /// How many nodes live, this one among them; 0 before that is known.
    alive: usize,
    /// How many segments there are for all; none where nobody else may have any.
    segments: Option<usize>,
    /// Since when free segments were left to others.
    left: BTreeMap<Seat, Timestamp>,
    /// When segments were taken beyond the share.
    kept: BTreeMap<Seat, Timestamp>,
}

impl NodeShare {
    /// So many nodes live.
    pub(super) const fn is_among(&mut self, alive: usize) {
        self.alive = alive;
    }

    /// There are so many segments.
    pub(super) const fn is_of(&mut self, segments: Option<usize>) {
        self.segments = segments;
    }

    /// The most segments that this node is to have; none when that is not limited, as for one that is alone.
    pub(super) fn limit(&self) -> Option<usize> {
        self.segments.filter(|_| self.alive > 1).map(|segments| segments.div_ceil(self.alive))
    }

    /// Whether a free segment may be taken by a node that has so many.
    pub(super) fn may_take(&mut self, seat: Seat, owned: usize, now: Timestamp) -> Result<(), String> {
        let Some(limit) = self.limit().filter(|limit| owned >= *limit) else {
            self.left.remove(&seat);
            return Ok(());
        };
        let since = now.duration_since(*self.left.entry(seat).or_insert(now));
        if since < OVERTIME && !since.is_negative() {
            return Err(format!("left to another node: this one works on its part, which is {limit}"));
        }
        self.left.remove(&seat);
        self.kept.insert(seat, now);
        Ok(())
    }

    /// Somebody has the segment.
    pub(super) fn is_taken(&mut self, seat: Seat) {
        self.left.remove(&seat);
    }

    /// Which of these have to be given back, the last ones first.
    pub(super) fn surplus(&self, mut owned: Vec<Seat>, now: Timestamp) -> Vec<Seat> {
        let Some(limit) = self.limit() else { return vec![] };
        // What nobody else wanted is not counted.
        owned.retain(|seat| !self.is_kept(*seat, now));
        let surplus = owned.len().saturating_sub(limit);
        owned.into_iter().rev().take(surplus).collect()
    }

    /// The processor of this seat is gone.
    pub(super) fn forget(&mut self, seat: Seat) {
        self.left.remove(&seat);
        self.kept.remove(&seat);
    }

    fn is_kept(&self, seat: Seat, now: Timestamp) -> bool {
        self.kept.get(&seat).is_some_and(|since| {
            let since = now.duration_since(*since);
            since < KEPT_FOR && !since.is_negative()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    fn share(alive: usize, segments: usize) -> NodeShare {
        NodeShare { alive, segments: Some(segments), ..NodeShare::default() }
    }

    #[test]
    fn each_node_has_its_part_and_one_of_them_what_is_over() {
        for (alive, segments, limit) in [(2, 8, 4), (3, 8, 3), (9, 8, 1), (2, 0, 0)] {
            assert_eq!(share(alive, segments).limit(), Some(limit), "{segments} for {alive}");
        }
        for alone in [share(1, 8), share(0, 8), NodeShare::default()] {
            assert_eq!(alone.limit(), None);
        }
    }

    #[test]
    fn what_is_beyond_the_part_is_given_back_and_the_last_ones_first() {
        assert_eq!(share(2, 4).surplus(vec![1, 2, 3, 4], at(0)), [4, 3]);
        assert_eq!(share(1, 4).surplus(vec![1, 2, 3, 4], at(0)), [0; 0]);
        assert_eq!(NodeShare::default().surplus(vec![1, 2], at(0)), [0; 0]);
    }

    #[test]
    fn a_free_segment_that_nobody_wants_is_taken_after_a_while_and_kept_for_another() {
        let mut share = share(2, 4);
        assert!(share.may_take(3, 1, at(0)).is_ok(), "it has less than its part");
        assert!(share.may_take(3, 2, at(10)).is_err());
        assert!(share.may_take(3, 2, at(14)).is_err());
        assert!(share.may_take(3, 2, at(15)).is_ok());
        assert_eq!(share.surplus(vec![1, 2, 3], at(16)), [0; 0]);
        assert_eq!(share.surplus(vec![1, 2, 3], at(75)), [3]);
    }

    #[test]
    fn a_segment_that_another_one_took_meanwhile_is_left_to_others_anew() {
        let mut share = share(2, 4);
        assert!(share.may_take(3, 2, at(0)).is_err());
        share.is_taken(3);
        assert!(share.may_take(3, 2, at(6)).is_err());
    }
}
