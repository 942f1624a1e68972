//! Who may work on which part of which processor.

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use crate::ports::dead_letters::ParkedSequence;
use crate::ports::message_source::Token;

/// A processor's name: stable and unique, since its token is found by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessorName(Cow<'static, str>);

impl ProcessorName {
    /// A name that stands in the code.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A name as it was stored or asked for.
    #[must_use]
    pub fn stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProcessorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One running process of the service; new at each start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(Uuid);

impl NodeId {
    /// This id.
    #[must_use]
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The id itself.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node-{}", self.0)
    }
}

/// A part of a processor's work: the keys whose hash, masked, is `id`. `mask` is one less than a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// Which part.
    pub id: u32,
    /// Which bits of the hash decide.
    pub mask: u32,
}

impl Segment {
    /// The only segment: everything.
    pub const WHOLE: Self = Self { id: 0, mask: 0 };

    /// The segments of a processor that has `count` of them, a power of two.
    pub fn all(count: u32) -> impl Iterator<Item = Self> {
        let count = count.max(1).next_power_of_two();
        (0..count).map(move |id| Self { id, mask: count - 1 })
    }

    /// The same with the token that each of them starts with.
    #[must_use]
    pub fn all_at(count: u32, first: Token) -> Vec<(Self, Token)> {
        Self::all(count).map(|segment| (segment, first)).collect()
    }

    /// Whether there are keys that belong to both.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        let bits = self.mask & other.mask;
        self.id & bits == other.id & bits
    }

    /// Whether every key belongs to one of `segments`, which do not overlap.
    #[must_use]
    pub fn cover_everything(segments: impl IntoIterator<Item = Self>) -> bool {
        let shares = segments.into_iter().map(|segment| (1 << 32) / (u64::from(segment.mask) + 1));
        shares.sum::<u64>() == 1 << 32
    }

    /// These segments, or as many of one size as there were, when some of them are missing.
    #[must_use]
    pub fn made_whole(segments: Vec<Self>) -> Vec<Self> {
        if Self::cover_everything(segments.iter().copied()) {
            return segments;
        }
        let narrowest = segments.iter().map(|segment| segment.mask).max().unwrap_or(0);
        Self::all(narrowest.saturating_add(1)).collect()
    }

    /// Whether a sequence key belongs to this segment: xxh3-64 of the key's UTF-8 bytes, masked.
    #[must_use]
    pub fn holds(self, sequence_key: &str) -> bool {
        let hash = xxhash_rust::xxh3::xxh3_64(sequence_key.as_bytes());
        hash & u64::from(self.mask) == u64::from(self.id)
    }

    /// What it is split into; none when there is no bit left that could tell two halves apart.
    #[must_use]
    pub const fn halves(self) -> Option<(Self, Self)> {
        if self.mask == u32::MAX {
            return None;
        }
        let mask = self.mask << 1 | 1;
        let bit = self.mask + 1;
        Some((Self { id: self.id, mask }, Self { id: self.id | bit, mask }))
    }

    /// The other half, and what both are halves of; none for the whole.
    #[must_use]
    pub const fn sibling(self) -> Option<(Self, Self)> {
        if self.mask == 0 {
            return None;
        }
        let mask = self.mask >> 1;
        let bit = mask + 1;
        Some((Self { id: self.id ^ bit, mask: self.mask }, Self { id: self.id & mask, mask }))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.id, self.mask)
    }
}

/// A whole set of a projection's rows; a rebuild fills the next one beside the live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub u64);

/// The right to work on a segment, proved by its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The processor.
    pub processor: ProcessorName,
    /// The generation.
    pub generation: Generation,
    /// The segment.
    pub segment: Segment,
    /// Who holds it.
    pub node: NodeId,
    /// Rises with every claim of the segment.
    pub epoch: u64,
}

/// A claim and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The claim.
    pub claim: Claim,
    /// How far the segment has come.
    pub token: Token,
    /// The number of its last commit; 0 before the first.
    pub commits: u64,
    /// The sequences of this segment that are parked or abandoned.
    pub parked: Vec<ParkedSequence>,
    /// Another number each time that operators have said something of the processor's letters and events, or a rebuild
    /// has started or was cancelled; the rest of this was read after it.
    pub said: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_overlap_when_a_key_can_belong_to_both() {
        let (low, high) = Segment::WHOLE.halves().unwrap();
        let (first, second) = high.halves().unwrap();
        for (one, other) in [(low, low), (low, Segment::WHOLE), (high, first), (second, Segment::WHOLE)] {
            assert!(one.overlaps(other) && other.overlaps(one), "{one} and {other}");
        }
        for (one, other) in [(low, high), (low, first), (first, second)] {
            assert!(!one.overlaps(other) && !other.overlaps(one), "{one} and {other}");
        }
    }

    #[test]
    fn segments_are_whole_when_every_key_has_one() {
        let (low, high) = Segment::WHOLE.halves().unwrap();
        let (first, second) = high.halves().unwrap();
        for whole in [vec![Segment::WHOLE], vec![low, high], vec![low, first, second]] {
            assert!(Segment::cover_everything(whole.clone()), "{whole:?}");
            assert_eq!(Segment::made_whole(whole.clone()), whole);
        }
        for (torn, mended) in [(vec![], 1), (vec![low], 2), (vec![low, second], 4), (vec![second], 4)] {
            assert!(!Segment::cover_everything(torn.clone()), "{torn:?}");
            assert_eq!(Segment::made_whole(torn), Segment::all(mended).collect::<Vec<_>>());
        }
    }
}
