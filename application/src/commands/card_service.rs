//! The door to rental cards: what is asked of them, with the days, ids and names that a command needs filled in.

use std::sync::Arc;

use domain::book::Book;
use domain::member::Member;
use domain::rental_card::{RentalCard, RentalCardCommand};
use domain::{
    Amount, BookNo, CardNo, ClearingId, Date, Item, MemberId, Person, PersonName, RentalId, ReturnId, Title,
};

use super::titles::LearnedTitles;
use super::{CommandErrorOf, Commands, Context, Executed, ReadError, Versioned};
use crate::ports::{Clock, Ids, TitleView};
use crate::services::{ServiceName, Services};

/// The door to rental cards. Cheap to clone.
#[derive(Clone)]
pub struct CardService {
    pub(super) commands: Commands,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    services: Services,
    /// Where books are of another process.
    learned: Option<LearnedTitles>,
}

/// What a command on a card gives.
pub type CardResult = Result<Executed<RentalCard>, CommandErrorOf<RentalCard>>;

impl CardService {
    /// The door over a write path, in a process that has all services; what day it is says the clock.
    #[must_use]
    pub fn new(commands: Commands, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { commands, clock, ids, services: Services::ALL, learned: None }
    }

    /// The same in a process that has these services: the log says nothing of members and books that are of others.
    #[must_use]
    pub fn among(self, services: Services, titles: Arc<dyn TitleView>) -> Self {
        let learned = (!services.contains(ServiceName::Book)).then(|| LearnedTitles::of(titles));
        Self { services, learned, ..self }
    }

    /// A card with everything that was answered before the call.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn current(&self, member: &MemberId) -> Result<Versioned<RentalCard>, ReadError> {
        self.commands.current(member).await
    }

    /// What day it is.
    #[must_use]
    pub fn today(&self) -> Date {
        self.clock.today()
    }

    /// Asks for what needs nothing filled in.
    ///
    /// # Errors
    /// [`super::CommandError`].
    pub async fn ask(&self, member: &MemberId, command: RentalCardCommand, context: Context) -> CardResult {
        self.commands.execute::<RentalCard>(member, command, context).await
    }

    /// Issues a card. Without a name it bears the member's, if one is registered here, else the id.
    ///
    /// # Errors
    /// [`super::CommandError`].
    pub async fn issue_card(
        &self,
        member: &MemberId,
        name: Option<PersonName>,
        context: Context,
    ) -> CardResult {
        let name = match name {
            Some(name) => name,
            None => self.name_of(member).await?,
        };
        let card_no = CardNo::new(self.today().year(), self.ids.next());
        let person = Person { id: member.clone(), name };
        self.ask(member, RentalCardCommand::IssueCard { card_no, member: person }, context).await
    }

    /// Starts a rent, today unless a day is given. The book's own title wins over the one given, also where it was only
    /// heard of; without either it is `Book {no}`.
    ///
    /// # Errors
    /// [`super::CommandError`].
    pub async fn rent(
        &self,
        member: &MemberId,
        book: BookNo,
        title: Option<Title>,
        on: Option<Date>,
        context: Context,
    ) -> CardResult {
        let item = Item { no: book, title: self.title_of(book, title).await? };
        let rental_id = RentalId::new(self.ids.next());
        self.ask(member, RentalCardCommand::RentItem { rental_id, item, on: self.day(on) }, context).await
    }

    /// Starts a return, today unless a day is given.
    ///
    /// # Errors
    /// [`super::CommandError`].
    pub async fn return_item(
        &self,
        member: &MemberId,
        book_no: BookNo,
        on: Option<Date>,
        context: Context,
    ) -> CardResult {
        let return_id = ReturnId::new(self.ids.next());
        self.ask(member, RentalCardCommand::ReturnItem { return_id, book_no, on: self.day(on) }, context)
            .await
    }

    /// Marks an item overdue, as of today.
    ///
    /// # Errors
    /// [`super::CommandError`].
    pub async fn mark_overdue(&self, member: &MemberId, book_no: BookNo, context: Context) -> CardResult {
        self.ask(member, RentalCardCommand::MarkOverdue { book_no, on: self.day(None) }, context).await
    }

    /// Starts the payment of the late fee.
    ///
    /// # Errors
    /// [`super::CommandError`].
    pub async fn clear_overdue(&self, member: &MemberId, points: Amount, context: Context) -> CardResult {
        let clearing_id = ClearingId::new(self.ids.next());
        self.ask(member, RentalCardCommand::ClearOverdue { clearing_id, points }, context).await
    }

    fn day(&self, given: Option<Date>) -> Date {
        given.unwrap_or_else(|| self.today())
    }

    async fn name_of(&self, member: &MemberId) -> Result<PersonName, CommandErrorOf<RentalCard>> {
        if !self.services.contains(ServiceName::Member) {
            return Ok(PersonName::from_id(member));
        }
        match &*self.commands.current::<Member>(member).await?.state {
            Member::Registered { person, .. } => Ok(person.name.clone()),
            Member::Unknown => Ok(PersonName::from_id(member)),
        }
    }

    /// The title of a book never changes once it is entered, so whatever the cache has of it is good enough: a rent reads
    /// the book's stream at most once.
    async fn title_of(
        &self,
        book: BookNo,
        given: Option<Title>,
    ) -> Result<Title, CommandErrorOf<RentalCard>> {
        if let Some(learned) = &self.learned {
            return Ok(learned.title(book).await.or(given).unwrap_or_else(|| Title::of_untitled(book)));
        }
        if let Some(title) = self.commands.kept::<Book>(&book).as_deref().and_then(Book::title) {
            return Ok(title.clone());
        }
        let own = match self.commands.current::<Book>(&book).await {
            Ok(current) => current.state.title().cloned(),
            // The card does not depend on the book's history: lending will be refused or parked there, visibly.
            Err(ReadError::Unreadable { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(own.or(given).unwrap_or_else(|| Title::of_untitled(book)))
    }
}
