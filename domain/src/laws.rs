//! The four laws of every decider, tested with random commands in a small world.

mod best_seller;
mod book;
mod library;
mod member;
mod rental_card;

use std::fmt::Debug;

use proptest::test_runner::{Config, RngSeed};

use crate::decider::Decider;

/// The same cases in every run, so that a failure can be seen again; nothing is written beside the code.
fn config() -> Config {
    Config {
        cases: 256,
        rng_seed: RngSeed::Fixed(20_260_301),
        failure_persistence: None,
        ..Config::default()
    }
}

/// What the laws need to know of one aggregate.
struct Laws<D: Decider> {
    /// Whether an event that changes nothing is a bare answer in this state.
    is_bare: fn(&D, &D::Event) -> bool,
    /// Whether a command decided again on the new state must give nothing.
    is_lifecycle: fn(&D::Command) -> bool,
}

impl<D> Laws<D>
where
    D: Decider + Clone + PartialEq + Debug,
    D::Command: Debug,
    D::Event: Debug + PartialEq,
    D::Refusal: Debug + PartialEq,
{
    /// Decides the commands one after the other, checks *heard* and *settled* on the way, and gives the history.
    fn history(&self, commands: impl IntoIterator<Item = D::Command>) -> Vec<D::Event> {
        let (mut state, mut history) = (D::default(), vec![]);
        for command in commands {
            let (next, events) = self.obey(state, &command);
            state = next;
            history.extend(events);
        }
        assert_eq!(D::replay(&history), state, "a replay gives the same state");
        history
    }

    /// The state after a command and the events that led there; a refused command leads nowhere.
    fn obey(&self, before: D, command: &D::Command) -> (D, Vec<D::Event>) {
        let Ok(events) = before.decide(command) else { return (before, vec![]) };
        let mut state = before;
        for event in &events {
            let next = state.clone().evolve(event);
            assert!(next != state || (self.is_bare)(&state, event), "{event:?} was not heard by {state:#?}");
            state = next;
        }
        if (self.is_lifecycle)(command) {
            assert_eq!(state.decide(command), Ok(vec![]), "{command:?} is not settled on {state:#?}");
        }
        (state, events)
    }
}
