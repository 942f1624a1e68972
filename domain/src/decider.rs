//! The one shape every aggregate has: decide what happens, and fold what happened into a state.

/// An aggregate: its type is its state, and `Default` is the state before the first event.
///
/// Four laws hold for every implementation and are tested with random commands: *total* (replay of any sequence of
/// events never panics), *heard* (every event but a bare answer changes the state), *settled* (a lifecycle command
/// decided again on the new state gives no new event) and *bounded* (the state does not grow with the number of
/// finished attempts).
pub trait Decider: Default {
    /// What can be asked of the aggregate.
    type Command;
    /// What can happen to it.
    type Event;
    /// Why a command may be turned down; nothing is written then.
    type Refusal;

    /// What follows from `command` in this state: events in the order they happen, or none when there is nothing to do.
    ///
    /// # Errors
    /// The first rule, in the order the rules are documented, that forbids the command.
    fn decide(&self, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// The state after `event`. It cannot fail: an event is a fact.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;

    /// The state after a whole history, oldest event first.
    #[must_use]
    fn replay<'a>(history: impl IntoIterator<Item = &'a Self::Event>) -> Self
    where
        Self::Event: 'a,
    {
        history.into_iter().fold(Self::default(), Self::evolve)
    }
}
