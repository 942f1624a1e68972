//! What was answered, held against the log at rest.

use std::collections::BTreeMap;

use application::codec::Metadata;
use application::commands::Context;
use application::ports::event_store::{CommandId, Recorded};
use tests::library::Library;

use super::deeds::{Came, Deed, same_again};

/// Every command that was sent, with all that was answered to it, in the order of the answers.
#[derive(Default)]
pub(super) struct Answers(Vec<Sent>);

/// A command, and what each of its sendings came to.
pub(super) struct Sent {
    pub(super) deed: Deed,
    pub(super) context: Context,
    pub(super) came: Vec<Came>,
}

impl Answers {
    pub(super) fn push(&mut self, sent: Sent) {
        self.0.push(sent);
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// Sends everything again: what was done is found.
    pub(super) async fn ask_again(&mut self, node: &Library) {
        for sent in &mut self.0 {
            let again = sent.deed.on(node, sent.context.clone()).await;
            for first in &sent.came {
                same_again(first, &again);
            }
            sent.came.push(again);
        }
    }

    /// What was answered as done stands where the answer says, under its command's id; and of what was answered as not
    /// done, nothing is there.
    pub(super) fn stand_in(&self, seed: u64, log: &[Recorded]) {
        let mut found: BTreeMap<CommandId, Vec<u64>> = BTreeMap::new();
        for event in log {
            let command = Metadata::decode(event).unwrap().command;
            found.entry(command).or_default().push(event.position.value());
        }
        for Sent { deed, context, came } in &self.0 {
            let left = found.get(&context.command).cloned().unwrap_or_default();
            for answer in came {
                let Came::To(position) = answer else { continue };
                assert_eq!(
                    left.last(),
                    Some(position),
                    "seed {seed}: {deed:?} came to {came:?} and left {left:?}"
                );
            }
            let is_done_or_unsure = came.iter().any(|came| matches!(came, Came::To(_) | Came::Unsure));
            assert!(
                is_done_or_unsure || left.is_empty(),
                "seed {seed}: {deed:?} came to {came:?} and left {left:?}"
            );
        }
    }
}
