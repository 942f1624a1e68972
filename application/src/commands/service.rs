//! The doors to members and to books: their commands need nothing filled in.

use std::marker::PhantomData;

use domain::book::Book;
use domain::member::Member;

use super::{CommandErrorOf, Commands, Context, Executed, ReadError, Routed, Versioned};

/// The door to members and their points. Cheap to clone.
pub type MemberService = AggregateService<Member>;
/// The door to books. Cheap to clone.
pub type BookService = AggregateService<Book>;

/// The door to all aggregates of a kind.
pub struct AggregateService<A> {
    pub(super) commands: Commands,
    of: PhantomData<fn() -> A>,
}

impl<A> Clone for AggregateService<A> {
    fn clone(&self) -> Self {
        Self { commands: self.commands.clone(), of: PhantomData }
    }
}

impl<A: Routed> AggregateService<A> {
    /// The door over a write path.
    #[must_use]
    pub const fn new(commands: Commands) -> Self {
        Self { commands, of: PhantomData }
    }

    /// One of them with everything that was answered before the call.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn current(&self, id: &A::Id) -> Result<Versioned<A>, ReadError> {
        self.commands.current(id).await
    }

    /// Asks one of them for something.
    ///
    /// # Errors
    /// [`super::CommandError`].
    pub async fn ask(
        &self,
        id: &A::Id,
        command: A::Command,
        context: Context,
    ) -> Result<Executed<A>, CommandErrorOf<A>> {
        self.commands.execute::<A>(id, command, context).await
    }
}
