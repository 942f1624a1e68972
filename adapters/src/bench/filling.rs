//! A log with a bit of everything: members who register, get a card, rent and save points, and books that are entered.

use std::sync::Arc;

use application::commands::{CardService, Commands};
use application::ports::EventStore;
use domain::book::{Book, BookCommand, BookDetails};
use domain::{BookNo, MemberId, Title};
use futures::{StreamExt, TryStreamExt, stream};

use super::Bench;
use super::closed_loop::{FILLING_AT_ONCE, member};
use super::error::BenchError;

/// How many events one visitor leaves: registered, card issued, book entered, book rented, points saved four times.
const EVENTS_EACH: u64 = 8;
const SAVES_EACH: u64 = 4;

impl Bench {
    /// Fills an empty store with at least so many events.
    pub(super) async fn fill(&self, store: &Arc<dyn EventStore>, events: u64) -> Result<(), BenchError> {
        let commands = self.start_commands(Arc::clone(store));
        let cards = CardService::new(commands.clone(), Arc::clone(&self.clock), Arc::clone(&self.ids));
        let visits = stream::iter(0..events.div_ceil(EVENTS_EACH));
        let visits = visits.map(|number| self.visit(&commands, &cards, number));
        visits.buffer_unordered(FILLING_AT_ONCE).try_collect::<()>().await?;
        commands.close().await;
        Ok(())
    }

    /// Fills an empty store with at least so many events, most of which say something to others.
    pub(super) async fn fill_with_news(
        &self,
        store: &Arc<dyn EventStore>,
        events: u64,
    ) -> Result<(), BenchError> {
        let commands = self.start_commands(Arc::clone(store));
        let cards = CardService::new(commands.clone(), Arc::clone(&self.clock), Arc::clone(&self.ids));
        let visits = stream::iter(0..events.div_ceil(EVENTS_EACH - SAVES_EACH));
        let visits = visits.map(|number| self.rent_something(&commands, &cards, number));
        visits.buffer_unordered(FILLING_AT_ONCE).map_ok(|_| ()).try_collect::<()>().await?;
        commands.close().await;
        Ok(())
    }

    async fn visit(&self, commands: &Commands, cards: &CardService, number: u64) -> Result<(), BenchError> {
        let member = self.rent_something(commands, cards, number).await?;
        for _ in 0..SAVES_EACH {
            self.save(commands, &member).await?;
        }
        Ok(())
    }

    async fn rent_something(
        &self,
        commands: &Commands,
        cards: &CardService,
        number: u64,
    ) -> Result<MemberId, BenchError> {
        let member = member(number)?;
        self.register(commands, &member).await?;
        let card = cards.issue_card(&member, None, self.context()).await;
        card.map_err(BenchError::inside("issuing a card"))?;
        let enter = |details| BookCommand::Enter { details, available: false };
        let book = self.enter_book(commands, number, enter).await?;
        let rent = cards.rent(&member, book, None, None, self.context()).await;
        rent.map_err(BenchError::inside("renting a book"))?;
        Ok(member)
    }

    pub(super) async fn enter_book(
        &self,
        commands: &Commands,
        number: u64,
        enter: impl FnOnce(BookDetails) -> BookCommand,
    ) -> Result<BookNo, BenchError> {
        let no = i64::try_from(number + 1).map_err(BenchError::inside("numbering a book"))?;
        let no = BookNo::parse(no).map_err(BenchError::inside("numbering a book"))?;
        let title = Title::parse(&format!("The bench, volume {no}"));
        let details = BookDetails {
            no,
            title: title.map_err(BenchError::inside("naming a book"))?,
            author: None,
            description: None,
            isbn: None,
            publication_date: None,
            source: None,
            classification: None,
            location: None,
        };
        let entered = commands.execute::<Book>(&no, enter(details), self.context()).await;
        entered.map_err(BenchError::inside("entering a book"))?;
        Ok(no)
    }
}
