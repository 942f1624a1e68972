//! One page of events: sorted by key, handled, and written in one commit with the letters of what failed.

use super::assignment::Core;
use super::claimed_segment::{ClaimedSegment, Draft};
use super::halt::Halt;
use super::handling::{HandlingVerdict, Reacted, Rows, react};
use super::item::{Group, WorkItem};
use super::reaction::cause_of;
use super::status::ReactionKind;
use crate::ports::dead_letters::DeadLetter;
use crate::ports::event_store::{Position, Recorded, TypeName};
use crate::ports::message_source::{SourcePage, Token};
use crate::ports::token_store::TokenError;

/// How often an event is tried in place before it is parked.
pub(super) const TRIES_IN_PLACE: u32 = 3;

impl Core {
    /// Handles a page. An event that cannot go on for now ends the page before it: what lies before is committed.
    pub(super) async fn handle(&self, claimed: &mut ClaimedSegment, page: SourcePage) -> Result<(), Halt> {
        let SourcePage { events, next, .. } = page;
        let (segment, overrides) = (claimed.claim.segment, &claimed.overrides);
        let item = |event: Recorded| {
            let event_override = overrides.get(&event.id);
            WorkItem::of(event, &self.reaction, segment, event_override)
        };
        let mut items: Vec<WorkItem> = events.into_iter().filter_map(item).collect();
        let too_new = self.cut_before_too_new(&mut items);
        let end = match (&too_new, items.last()) {
            (None, _) => next,
            (Some(_), Some(last)) => place_of(claimed, last),
            (Some(_), None) => claimed.token,
        };
        self.handle_items(claimed, items, end).await?;
        too_new.map_or(Ok(()), |kind| Err(Halt::TooNew(kind)))
    }

    /// Another node may know what this one does not, unless the store is this node's alone.
    fn cut_before_too_new(&self, items: &mut Vec<WorkItem>) -> Option<TypeName> {
        if self.settings.exclusive {
            return None;
        }
        let at = items.iter().position(|item| item.too_new().is_some())?;
        let kind = items.get(at).and_then(WorkItem::too_new).cloned();
        items.truncate(at);
        kind
    }

    async fn handle_items(
        &self,
        claimed: &mut ClaimedSegment,
        items: Vec<WorkItem>,
        end: Token,
    ) -> Result<(), Halt> {
        let now = self.clock.now();
        if items.is_empty() {
            return claimed.pass(&self.committer, end, now).await;
        }
        let (alone, count) = (items.len() == 1, items.len());
        let places: Vec<Token> = items.iter().map(|item| place_of(claimed, item)).collect();
        let (behind, fresh): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| claimed.parked.holds_back(&item.key, item.original.position));
        let groups = Group::by_key(fresh);
        let reacted = match react(&self.reaction, &*self.tokens.store, claimed, &groups, TRIES_IN_PLACE).await
        {
            // A batch of one has no half: its event is the culprit.
            Err(TokenError::Corrupt { source, .. }) if alone => vec![Reacted::failed(cause_of(&*source))],
            other => other?,
        };
        let waits = first_waiting(&groups, &reacted);
        let end = waits.as_ref().map_or(end, |(at, _)| before(claimed, &places, *at));
        let mut letters = self.letters_of(claimed, &groups, &reacted, end.position);
        letters.extend(
            behind
                .iter()
                .filter(|item| item.original.position <= end.position)
                .map(|item| self.follower(claimed, item)),
        );
        let rows: Rows = reacted.into_iter().flat_map(|reacted| reacted.rows).collect();
        let only_moves = rows.is_empty() && letters.is_empty();
        if end != claimed.token && only_moves && self.reaction.kind() != ReactionKind::Projection {
            claimed.pass_handled(&self.committer, end, count, now).await?;
            self.count_handled(count);
        } else if end != claimed.token {
            self.write(claimed, Draft { token: end, rows, letters, settled: vec![] }, alone, groups).await?;
            self.count_handled(count);
        }
        waits.map_or(Ok(()), |(at, cause)| Err(Halt::Away(format!("event {at} waits: {cause}"))))
    }

    async fn write(
        &self,
        claimed: &mut ClaimedSegment,
        draft: Draft,
        alone: bool,
        groups: Vec<Group>,
    ) -> Result<(), Halt> {
        let token = draft.token;
        match (self.write_page(claimed, draft).await, groups.first().and_then(|group| group.items.first())) {
            // What one event makes of its rows cannot be stored: without the rows it can be parked.
            (Err(Halt::Corrupt(cause)), Some(item)) if alone => {
                let letters = vec![self.head(claimed, item, cause, 1)];
                self.write_page(claimed, Draft { letters, ..Draft::advance(token) }).await
            }
            (written, _) => written,
        }
    }

    async fn write_page(&self, claimed: &mut ClaimedSegment, draft: Draft) -> Result<(), Halt> {
        let now = self.clock.now();
        let (token, rows, mut letters) = (draft.token, draft.rows.clone(), draft.letters.clone());
        match claimed.commit(&self.committer, draft, now).await {
            Err(Halt::Changed(_)) => {
                letters = self.without_known(letters).await?;
                let draft = Draft { rows, letters: letters.clone(), ..Draft::advance(token) };
                claimed.commit(&self.committer, draft, now).await?;
            }
            written => written?,
        }
        self.report_letters(&letters);
        claimed.parked.add(&letters);
        Ok(())
    }

    fn letters_of(
        &self,
        claimed: &ClaimedSegment,
        groups: &[Group],
        reacted: &[Reacted],
        end: Position,
    ) -> Vec<DeadLetter> {
        let of_group = |(group, reacted): (&Group, &Reacted)| {
            let items = group.items.iter().zip(&reacted.verdicts);
            let kept = items.filter(|(item, _)| item.original.position <= end);
            kept.filter_map(|(item, verdict)| self.letter_of(claimed, item, verdict)).collect::<Vec<_>>()
        };
        groups.iter().zip(reacted).flat_map(of_group).collect()
    }

    fn letter_of(
        &self,
        claimed: &ClaimedSegment,
        item: &WorkItem,
        verdict: &HandlingVerdict,
    ) -> Option<DeadLetter> {
        match verdict {
            HandlingVerdict::Done | HandlingVerdict::Waits(_) => None,
            HandlingVerdict::Busy(cause) => Some(self.busy(self.follower(claimed, item), cause.clone())),
            HandlingVerdict::Rejected(cause) => Some(self.rejected(claimed, item, cause.clone())),
            HandlingVerdict::Failed { cause, tries } => Some(self.head(claimed, item, cause.clone(), *tries)),
            HandlingVerdict::Behind => Some(self.follower(claimed, item)),
        }
    }
}

impl Reacted {
    /// The only event failed, because what it needs cannot be read or what came of it cannot be stored.
    pub(super) fn failed(cause: String) -> Self {
        Self { verdicts: vec![HandlingVerdict::Failed { cause, tries: 1 }], rows: Rows::new() }
    }
}

/// The earliest event that waits for something, and for what.
fn first_waiting(groups: &[Group], reacted: &[Reacted]) -> Option<(Position, String)> {
    let pairs =
        groups.iter().zip(reacted).flat_map(|(group, reacted)| group.items.iter().zip(&reacted.verdicts));
    let waiting = pairs.filter_map(|(item, verdict)| match verdict {
        HandlingVerdict::Waits(cause) => Some((item.original.position, cause.clone())),
        HandlingVerdict::Done
        | HandlingVerdict::Busy(_)
        | HandlingVerdict::Rejected(_)
        | HandlingVerdict::Failed { .. }
        | HandlingVerdict::Behind => None,
    });
    waiting.min_by_key(|(position, _)| *position)
}

/// The last of these places before a position, or where the segment stands.
fn before(claimed: &ClaimedSegment, places: &[Token], at: Position) -> Token {
    places.iter().copied().take_while(|place| place.position < at).last().unwrap_or(claimed.token)
}

const fn place_of(claimed: &ClaimedSegment, item: &WorkItem) -> Token {
    Token { log: claimed.token.log, position: item.original.position, event: Some(item.original.id) }
}
