//! An operator who changes the shape of processors while they run: segments are split and merged, and views are built
//! again beside those that readers see.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_store::Position;
use application::ports::message_source::Token;
use application::ports::token_store::{ProcessorName, Segment, TokenError};
use application::ports::{EventStore, ProcessorAdmin};
use application::reactions::projections;

use super::dice::Dice;
use super::operators::processors;
use super::port_error::PortError;
use super::tokens::PluggedTokens;
use super::world::World;

/// The most segments that a processor is split into.
const SEGMENTS_MAX: usize = 6;

/// The operator, until the life is over.
pub(super) async fn reshaper(world: Arc<World>, mut dice: Dice) {
    while world.goes_on_for(Duration::from_millis(dice.between(300, 5_000))).await {
        let index = usize::try_from(dice.below(world.scenario.nodes)).unwrap_or(0);
        let Some(serving) = world.at(index) else { continue };
        let reshaped = tokio::select! {
            biased;
            () = serving.plug.died() => continue,
            reshaped = reshapes(&world, &serving.tokens, &mut dice) => reshaped,
        };
        if let Err(error) = reshaped {
            world.note(&format!("an operator is told: {error}"));
        }
    }
}

/// Where rebuilds begin.
pub(super) async fn beginning(world: &World) -> Result<Token, TokenError> {
    let head = world.log.head().await.map_err(|_| TokenError::corrupt("asking for the log"))?;
    Ok(Token { log: head.log, position: Position::START, event: None })
}

async fn reshapes(world: &World, tokens: &PluggedTokens, dice: &mut Dice) -> Result<(), TokenError> {
    match dice.below(4) {
        0 => {
            let name = dice.pick(&projections()).0.clone();
            tokens.start_rebuild(&name, beginning(world).await?).await.map(drop)
        }
        1 if dice.is_one_in(3) => {
            let name = dice.pick(&projections()).0.clone();
            tokens.cancel_rebuild(&name).await
        }
        2 => {
            let (name, segments) = segments(tokens, dice).await?;
            if segments.is_empty() || segments.len() >= SEGMENTS_MAX {
                return Ok(());
            }
            let segment = *dice.pick(&segments);
            tokens.split(&name, segment).await.map(drop)
        }
        _ => {
            let (name, segments) = segments(tokens, dice).await?;
            if segments.len() < 2 {
                return Ok(());
            }
            let segment = *dice.pick(&segments);
            tokens.merge(&name, segment).await.map(drop)
        }
    }
}

/// The segments of some processor.
async fn segments(
    tokens: &PluggedTokens,
    dice: &mut Dice,
) -> Result<(ProcessorName, Vec<Segment>), TokenError> {
    let name = dice.pick(&processors()).clone();
    let states = tokens.processors().await?;
    let state = states.iter().find(|state| state.name == name);
    let segments = state.into_iter().flat_map(|state| state.live_segments()).map(|known| known.segment);
    Ok((name, segments.collect()))
}
