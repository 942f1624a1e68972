//! Folds events, or messages of a broker, into the rows of a view. All rows that a page needs are read together.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::claimed_segment::ClaimedSegment;
use super::handling::{HandlingVerdict, Reacted, Rows, blocks, cause_of_panic};
use super::item::{Content, Group};
use super::reaction::{MessageProjection, Projection, cause_of};
use crate::ports::token_store::{Row, RowKey, TokenError, TokenStore};

/// What is folded, and by whom.
#[derive(Clone, Copy)]
pub(super) enum Fold<'a> {
    /// Events of the log.
    Events(&'a dyn Projection),
    /// Messages of a topic.
    Messages(&'a dyn MessageProjection),
}

impl Fold<'_> {
    pub(super) async fn all(
        self,
        tokens: &dyn TokenStore,
        claimed: &mut ClaimedSegment,
        groups: &[Group],
    ) -> Result<Vec<Reacted>, TokenError> {
        let items = groups.iter().flat_map(|group| &group.items);
        let mut keys: Vec<RowKey> = items.filter_map(|item| self.row_needed(&item.content)).collect();
        keys.sort_unstable();
        keys.dedup();
        let old = claimed.rows(tokens, keys).await?;
        Ok(groups.iter().map(|group| self.group(&old, group)).collect())
    }

    /// A fold is pure, so a second try would fail like the first: there is one only.
    fn group(self, old: &Rows, group: &Group) -> Reacted {
        let mut reacted = Reacted::default();
        for item in &group.items {
            let verdict = match &item.content {
                Content::Skipped => HandlingVerdict::Done,
                Content::Unreadable(error) => HandlingVerdict::Failed { cause: cause_of(error), tries: 1 },
                Content::NoMessage(cause) => HandlingVerdict::Rejected(cause.clone()),
                content => self.one(old, &mut reacted.rows, content),
            };
            let stop = blocks(&verdict);
            reacted.verdicts.push(verdict);
            if stop {
                break;
            }
        }
        reacted.verdicts.resize(group.items.len(), HandlingVerdict::Behind);
        reacted
    }

    fn one(self, old: &Rows, new: &mut Rows, content: &Content) -> HandlingVerdict {
        let folded = catch_unwind(AssertUnwindSafe(|| {
            let Some(key) = self.row(content)? else { return Some(None) };
            let row = new.get(&key).or_else(|| old.get(&key)).cloned().flatten();
            Some(Some((key, self.apply(row, content))))
        }));
        match folded {
            Ok(None) => HandlingVerdict::Rejected("it is not of what this follows".to_owned()),
            Ok(Some(None)) => HandlingVerdict::Done,
            Ok(Some(Some((key, row)))) => {
                new.insert(key, row);
                HandlingVerdict::Done
            }
            Err(panic) => HandlingVerdict::Failed { cause: cause_of_panic(&*panic), tries: 1 },
        }
    }

    /// The row that is needed; none for one that fails, which shows again when it is folded.
    fn row_needed(self, content: &Content) -> Option<RowKey> {
        // The panic is met again, and kept as the cause, when the event itself is folded.
        catch_unwind(AssertUnwindSafe(|| self.row(content).flatten())).unwrap_or(None)
    }

    /// The row that is changed, if one is; none for what is not of the kind that is folded.
    fn row(self, content: &Content) -> Option<Option<RowKey>> {
        match (self, content) {
            (Self::Events(projection), Content::Read(happened)) => Some(projection.row(&happened.event)),
            (Self::Messages(projection), Content::Message(message)) => Some(projection.row(message)),
            (Self::Events(_) | Self::Messages(_), _) => None,
        }
    }

    fn apply(self, old: Option<Row>, content: &Content) -> Option<Row> {
        match (self, content) {
            (Self::Events(projection), Content::Read(happened)) => projection.apply(old, happened),
            (Self::Messages(projection), Content::Message(message)) => projection.apply(old, message),
            (Self::Events(_) | Self::Messages(_), _) => old,
        }
    }
}
