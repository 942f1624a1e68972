//! What was answered, held against the log at rest.

use std::collections::BTreeMap;

use application::codec::Metadata;
use application::commands::Context;
use application::ports::event_store::{CommandId, Position, Recorded, StreamName};
use bytes::Bytes;

use super::deeds::{Came, Deed, Did, same_again};

/// Every command that was sent, with all that was answered to it, in the order of the answers.
#[derive(Default)]
pub struct Answers(Vec<Sent>);

/// A command, and what each of its sendings came to.
pub struct Sent {
    /// What was asked for.
    pub deed: Deed,
    /// What came with it.
    pub context: Context,
    /// What each sending came to, and how many backups had been put back when it was sent.
    pub came: Vec<(usize, Came)>,
}

impl Sent {
    /// A command that is about to be sent.
    #[must_use]
    pub const fn of(deed: Deed, context: Context) -> Self {
        Self { deed, context, came: Vec::new() }
    }

    /// Adds what a sending came to; what two answers say has to agree.
    ///
    /// # Panics
    /// When it was done twice.
    pub fn came_to(&mut self, epoch: usize, came: Came) {
        for (before, first) in &self.came {
            if let (Came::To(first), Came::To(now)) = (first, &came)
                && *before == epoch
            {
                assert_eq!(first.position, now.position, "{:?} was done twice", self.deed);
            }
        }
        self.came.push((epoch, came));
    }

    /// What it did, as it was answered first and as it is still to be found: what stood in a log that a backup took the
    /// place of is gone.
    fn did(&self, cuts: &[Position]) -> impl Iterator<Item = (bool, &Did)> {
        self.came.iter().filter_map(move |(epoch, came)| {
            let Came::To(did) = came else { return None };
            let later = cuts.get(*epoch..).unwrap_or(&[]);
            let is_there = later.iter().all(|cut| did.position <= cut.value());
            is_there.then_some((later.is_empty(), did))
        })
    }
}

impl Answers {
    /// Adds a command.
    pub fn push(&mut self, sent: Sent) {
        self.0.push(sent);
    }

    /// How many commands were answered as done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.0.iter().filter(|sent| sent.came.iter().any(|(_, came)| matches!(came, Came::To(_)))).count()
    }

    /// What was answered as done and is not gone with a log, to be sent again: it has to be found.
    pub fn to_be_found(&self, cuts: &[Position]) -> Vec<(Deed, Context, Came)> {
        let found = |sent: &Sent| {
            let did = sent.did(cuts).next()?.1.clone();
            Some((sent.deed.clone(), sent.context.clone(), Came::To(did)))
        };
        self.0.iter().filter_map(found).collect()
    }

    /// What was answered as done stands where the answer says, under its command's id; of what was answered as not
    /// done, nothing is there; and each state that was shown is one that its stream had.
    ///
    /// # Panics
    /// When it is otherwise.
    pub fn stand_in(
        &self,
        log: &[Recorded],
        cuts: &[Position],
        histories: &BTreeMap<StreamName, Vec<Bytes>>,
    ) {
        let mut found: BTreeMap<CommandId, Vec<u64>> = BTreeMap::new();
        for event in log {
            let command = Metadata::decode(event).expect("metadata").command;
            found.entry(command).or_default().push(event.position.value());
        }
        for sent in &self.0 {
            let Sent { deed, context, came } = sent;
            let left = found.get(&context.command).cloned().unwrap_or_default();
            for (is_of_this_log, did) in sent.did(cuts) {
                assert_eq!(left.last(), Some(&did.position), "{deed:?} came to {came:?} and left {left:?}");
                assert!(!is_of_this_log || was_so(did, histories), "{deed:?} showed what never was: {did:?}");
            }
            let may_be_done = came.iter().any(|(_, came)| matches!(came, Came::To(_) | Came::Unsure));
            assert!(may_be_done || left.is_empty(), "{deed:?} came to {came:?} and left {left:?}");
        }
    }
}

/// Whether the stream had this state when the command was done, or later.
fn was_so(did: &Did, histories: &BTreeMap<StreamName, Vec<Bytes>>) -> bool {
    let first = usize::try_from(did.version.value().saturating_sub(1)).unwrap_or(usize::MAX);
    let history = histories.get(&did.stream).and_then(|history| history.get(first..));
    history.is_some_and(|later| later.contains(&did.state))
}

/// That a repeat finds the first answer.
///
/// # Panics
/// When it does not.
pub(super) fn is_found(deed: &Deed, first: &Came, again: &Came) {
    same_again(first, again);
    assert!(matches!(again, Came::To(_)), "{deed:?} came to {first:?}, and at rest to {again:?}");
}
