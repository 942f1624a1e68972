//! Operators: they pause and start processors, have letters tried again, and say that an event is to be left out.

use std::sync::Arc;
use std::time::Duration;

use application::operations::end_rebuild_that_passed;
use application::ports::dead_letters::{DeadLetter, DeadLetterKind, DeadLetterQuery, EventOverride};
use application::ports::processor_admin::Desired;
use application::ports::token_store::{ProcessorName, TokenError};
use application::ports::{DeadLetters, ProcessorAdmin};
use application::reactions::{HANDLERS, projections};

use super::dice::Dice;
use super::reshaping::beginning;
use super::tokens::PluggedTokens;
use super::world::{Trouble, World};

/// An operator, until the life is over.
pub(super) async fn operator(world: Arc<World>, mut dice: Dice) {
    while world.goes_on_for(Duration::from_millis(dice.between(300, 6_000))).await {
        let index = usize::try_from(dice.below(world.scenario.nodes)).unwrap_or(0);
        let Some(serving) = world.at(index) else { continue };
        let acts = acts(&world, &serving.tokens, &mut dice);
        let acted = tokio::select! {
            biased;
            () = serving.plug.died() => continue,
            acted = acts => acted,
        };
        if let Err(error) = acted {
            world.note(&format!("an operator is told: {error}"));
        }
    }
}

/// An operator who speaks of letters just while they are tried, and goes on doing so.
pub(super) async fn speaks_of_tries(world: &World, mut dice: Dice) {
    loop {
        let letters = world.sky.tried().await;
        let index = usize::try_from(dice.below(world.scenario.nodes)).unwrap_or(0);
        let Some(serving) = world.at(index).filter(|_| dice.is_one_in(2)) else { continue };
        // The last event of a sequence often decides alone what its row is.
        let letter = match letters.last() {
            Some(last) if dice.is_one_in(2) => last,
            Some(_) => dice.pick(&letters),
            None => continue,
        };
        let spoken = tokio::select! {
            biased;
            () = serving.plug.died() => continue,
            spoken = speak_of(world, &serving.tokens, &mut dice, letter) => spoken,
        };
        if let Err(error) = spoken {
            world.note(&format!("an operator is told: {error}"));
        }
    }
}

/// The same until the life is over.
pub(super) async fn speaks_until_the_end(world: Arc<World>, dice: Dice) {
    tokio::select! {
        biased;
        () = speaks_of_tries(&world, dice) => {}
        () = world.is_ended() => {}
    }
}

/// Everything that is paused runs again.
pub(super) async fn start_all(tokens: &dyn ProcessorAdmin) -> Result<(), TokenError> {
    for state in tokens.processors().await? {
        tokens.set_desired(&state.name, Desired::Running).await?;
    }
    Ok(())
}

/// The names of all processors.
pub(super) fn processors() -> Vec<ProcessorName> {
    let views = projections().into_iter().map(|(name, _)| name);
    views.chain(HANDLERS.into_iter().map(|(name, _)| name)).collect()
}

async fn acts(world: &World, tokens: &PluggedTokens, dice: &mut Dice) -> Result<(), TokenError> {
    let name = dice.pick(&processors()).clone();
    match dice.below(4) {
        0 => {
            let (by, reason) = ("operator".to_owned(), "to look at it".to_owned());
            tokens.set_desired(&name, Desired::Paused { by, reason }).await?;
            world.goes_on_for(Duration::from_millis(dice.between(100, 12_000))).await;
            tokens.set_desired(&name, Desired::Running).await
        }
        1 => tokens.retry_now(&name, None).await.map(drop),
        _ => speak(world, tokens, dice).await,
    }
}

/// Looks at what waits and has some of it tried again, or left out.
async fn speak(world: &World, tokens: &PluggedTokens, dice: &mut Dice) -> Result<(), TokenError> {
    let waits = |letter: &DeadLetter| letter.kind != DeadLetterKind::Rejected;
    let letters = tokens.letters(&DeadLetterQuery::default(), 100).await?;
    let letters: Vec<DeadLetter> = letters.into_iter().filter(waits).collect();
    if letters.is_empty() {
        return Ok(());
    }
    let letter = dice.pick(&letters).clone();
    speak_of(world, tokens, dice, &letter).await
}

/// Has a letter tried again, or its event left out.
async fn speak_of(
    world: &World,
    tokens: &PluggedTokens,
    dice: &mut Dice,
    letter: &DeadLetter,
) -> Result<(), TokenError> {
    // Without its effect, what a handler has to do would never be done.
    let keeps_a_view = projections().iter().any(|(name, _)| *name == letter.processor);
    if world.scenario.has(Trouble::Overrides) && keeps_a_view && dice.is_one_in(2) {
        tokens.put_override(&letter.processor, letter.event.id, EventOverride::Skipped).await?;
        tokens.retry_now(&letter.processor, Some(&letter.sequence)).await?;
        if end_rebuild_that_passed(tokens, tokens, &letter.processor, letter.event.id).await? {
            tokens.start_rebuild(&letter.processor, beginning(world).await?).await?;
        }
        return Ok(());
    }
    tokens.retry_now(&letter.processor, Some(&letter.sequence)).await.map(drop)
}
