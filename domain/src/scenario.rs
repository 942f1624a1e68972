//! Given these events, when this is asked, then that follows: how the rules are tested.

use std::fmt::Debug;

use crate::decider::Decider;

/// A history of `D`, oldest event first.
pub(crate) struct Given<D: Decider> {
    history: Vec<D::Event>,
}

/// What a command led to.
pub(crate) struct When<D: Decider> {
    history: Vec<D::Event>,
    decision: Result<Vec<D::Event>, D::Refusal>,
}

/// Starts a scenario from a history.
pub(crate) fn given<D: Decider>(history: impl IntoIterator<Item = D::Event>) -> Given<D> {
    Given { history: history.into_iter().collect() }
}

impl<D> Given<D>
where
    D: Decider,
    D::Event: Debug + PartialEq,
    D::Refusal: Debug + PartialEq,
{
    /// Something that was asked earlier and was accepted.
    #[track_caller]
    pub(crate) fn and(mut self, command: D::Command) -> Self {
        let events = self.state().decide(&command).unwrap_or_else(|refusal| panic!("refused: {refusal:?}"));
        self.history.extend(events);
        self
    }

    /// Asks for something.
    pub(crate) fn when(self, command: D::Command) -> When<D> {
        let decision = self.state().decide(&command);
        When { history: self.history, decision }
    }

    /// The state after the history.
    pub(crate) fn state(&self) -> D {
        D::replay(&self.history)
    }
}

impl<D> When<D>
where
    D: Decider,
    D::Event: Debug + PartialEq,
    D::Refusal: Debug + PartialEq,
{
    /// Exactly these events follow. The scenario goes on after them.
    #[track_caller]
    pub(crate) fn then(mut self, expected: impl IntoIterator<Item = D::Event>) -> Given<D> {
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(self.decision, Ok(expected), "what follows (left) is not what is expected (right)");
        self.history.extend(self.decision.unwrap_or_default());
        Given { history: self.history }
    }

    /// It is turned down for this reason. The scenario goes on as if nothing was asked.
    #[track_caller]
    pub(crate) fn then_refused(self, expected: D::Refusal) -> Given<D> {
        assert_eq!(self.decision, Err(expected), "what follows (left) is not the expected refusal (right)");
        Given { history: self.history }
    }

    /// It is accepted and nothing follows.
    #[track_caller]
    pub(crate) fn then_nothing(self) -> Given<D> {
        self.then([])
    }
}
