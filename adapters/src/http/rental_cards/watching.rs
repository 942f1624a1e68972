//! A card as it changes: its state, and each new one.

use application::codec::Aggregate;
use application::commands::{CardService, ReadError, Versioned};
use application::ports::event_store::{Head, Version};
use application::ports::message_source::Token;
use application::queries::{EventQuery, FollowError, Following};
use axum::response::Response;
use axum::response::sse::Event;
use domain::MemberId;
use domain::rental_card::RentalCard;
use futures::{Stream, stream};
use thiserror::Error;

use super::super::Api;
use super::super::problem::Problem;
use super::super::streams::StreamPermit;
use super::document::CardDocument;
use super::{no_card, read};

#[derive(Debug, Error)]
enum WatchError {
    #[error("following the log for a card failed")]
    Log(#[from] FollowError),
    #[error("reading a card that changed failed")]
    Card(#[from] ReadError),
    #[error("writing down a card failed")]
    Shown(#[from] serde_json::Error),
}

/// Sends the card as it is, and whenever it has changed as it is then; who takes them slowly misses what lay between.
pub(super) async fn watched(api: &Api, place: StreamPermit, member: MemberId) -> Result<Response, Problem> {
    // Read before the card: what is beyond it is looked at again, and nothing falls between.
    let Head { log, position, event } = api.queries.head().await?;
    let current = read(api, &member).await?;
    let wanted = EventQuery { stream: Some(RentalCard::stream(&member)), ..EventQuery::default() };
    let mut watch = Watch {
        cards: api.cards.clone(),
        following: api.queries.follow(Token { log, position, event }, wanted),
        member,
        shown: Version::START,
    };
    let first = watch.show(&current).map_err(|error| Problem::defect(&error))?;
    let first = first.ok_or_else(|| no_card(&watch.member))?;
    Ok(place.answer(states(first, watch)))
}

struct Watch {
    cards: CardService,
    following: Following,
    member: MemberId,
    /// The version that was sent last.
    shown: Version,
}

impl Watch {
    /// The next state that is newer than the one sent last; waits until there is one.
    async fn next(&mut self) -> Result<Event, WatchError> {
        loop {
            self.following.next().await?;
            let current = self.cards.current(&self.member).await?;
            if let Some(event) = self.show(&current)? {
                return Ok(event);
            }
        }
    }

    fn show(&mut self, current: &Versioned<RentalCard>) -> Result<Option<Event>, WatchError> {
        let Some(card) = current.state.issued().filter(|_| current.version > self.shown) else {
            return Ok(None);
        };
        self.shown = current.version;
        // What led to this state need not be read again.
        self.following.skip_to(current.position);
        let data = serde_json::to_string(&CardDocument::of(card, current.version, self.cards.today()))?;
        Ok(Some(Event::default().id(current.version.to_string()).event("state").data(data)))
    }
}

/// A card that cannot be read any more ends the stream: the client comes back and is told why.
fn states(first: Event, watch: Watch) -> impl Stream<Item = Event> + Send {
    stream::unfold((Some(first), watch), |(first, mut watch)| async {
        if let Some(first) = first {
            return Some((first, (None, watch)));
        }
        match watch.next().await {
            Ok(event) => Some((event, (None, watch))),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a stream of a card was ended");
                None
            }
        }
    })
}
