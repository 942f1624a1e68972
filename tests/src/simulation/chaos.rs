//! What goes wrong beside single calls: nodes die, freeze and are cut off, the weather changes, rows and streams are
//! damaged, clocks are set wrong.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_store::StreamName;
use application::ports::token_store::RowKey;
use domain::Month;
use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::dice::Dice;
use super::operators::operator;
use super::restoring::backup_is_put_back;
use super::sky::Weather;
use super::world::{BOOKS, MEMBERS, World};
use crate::library::{book, member};

/// Starts all that goes wrong in this life. It ends by itself once the life is over.
pub(super) fn breaks_loose(world: &Arc<World>) -> JoinSet<()> {
    let mut all = JoinSet::new();
    let scenario = &world.scenario;
    let dice = |part: &str| world.dice(part, 0);
    if scenario.has_bad_weather {
        all.spawn(weather(Arc::clone(world), dice("weather")));
    }
    if scenario.has_crashes {
        all.spawn(crashes(Arc::clone(world), dice("crashes")));
    }
    if scenario.has_freezes {
        all.spawn(freezes(Arc::clone(world), dice("freezes")));
    }
    if scenario.has_cuts {
        all.spawn(cuts(Arc::clone(world), dice("cuts")));
    }
    if scenario.has_damage {
        all.spawn(damage(Arc::clone(world), dice("damage")));
    }
    if scenario.has_wrong_clocks {
        all.spawn(wrong_clocks(Arc::clone(world), dice("clocks")));
    }
    if scenario.has_operators {
        all.spawn(operator(Arc::clone(world), dice("operator")));
        all.spawn(operator(Arc::clone(world), world.dice("operator", 1)));
    }
    if scenario.has_backup {
        all.spawn(backup_is_put_back(Arc::clone(world), dice("backup")));
    }
    all
}

async fn weather(world: Arc<World>, mut dice: Dice) {
    loop {
        {
            let mut weather = world.sky.weather();
            let often = |dice: &mut Dice| *dice.pick(&[0, 0, 4, 10, 30]);
            *weather = Weather {
                appends: often(&mut dice),
                commits: often(&mut dice),
                changes: often(&mut dice),
                reads: *dice.pick(&[0, 0, 10, 40]),
                slow_ms: *dice.pick(&[0, 0, 0, 20, 100, 400]),
                ..weather.clone()
            };
            world.note(&format!("{:?}", *weather));
        }
        if !world.goes_on_for(ms(dice.between(1_000, 12_000))).await {
            return;
        }
    }
}

async fn crashes(world: Arc<World>, mut dice: Dice) {
    while world.goes_on_for(ms(dice.between(500, 12_000))).await {
        let index = node(&world, &mut dice);
        if dice.is_one_in(3) {
            world.stop(index).await;
        } else {
            world.kill(index);
        }
        let down = if dice.is_one_in(2) { dice.between(0, 500) } else { dice.between(500, 15_000) };
        world.goes_on_for(ms(down)).await;
        if world.at(index).is_none() {
            world.start(index);
        }
    }
}

async fn freezes(world: Arc<World>, mut dice: Dice) {
    while world.goes_on_for(ms(dice.between(500, 10_000))).await {
        let index = node(&world, &mut dice);
        let Some(serving) = world.at(index) else { continue };
        serving.plug.freeze();
        let frozen = if dice.is_one_in(2) { dice.between(100, 3_000) } else { dice.between(3_000, 30_000) };
        world.goes_on_for(ms(frozen)).await;
        serving.plug.thaw();
    }
}

async fn cuts(world: Arc<World>, mut dice: Dice) {
    while world.goes_on_for(ms(dice.between(500, 10_000))).await {
        let index = node(&world, &mut dice);
        let Some(serving) = world.at(index) else { continue };
        let (log, tokens) = *dice.pick(&[(true, false), (false, true), (true, true)]);
        serving.plug.cut(log, tokens);
        let cut_off = if dice.is_one_in(2) { dice.between(10, 1_000) } else { dice.between(1_000, 25_000) };
        world.goes_on_for(ms(cut_off)).await;
        serving.plug.cut(false, false);
    }
}

/// Some damage is mended after a while, and some stays until the life is over.
async fn damage(world: Arc<World>, mut dice: Dice) {
    for _ in 0..dice.below(3) {
        let damaged = Damage::any(&mut dice);
        world.note(&format!("for long: {damaged:?}"));
        damaged.done_to(&mut world.sky.weather());
    }
    while world.goes_on_for(ms(dice.between(500, 8_000))).await {
        let damaged = Damage::any(&mut dice);
        world.note(&format!("for a while: {damaged:?}"));
        let before = world.sky.weather().clone();
        damaged.done_to(&mut world.sky.weather());
        world.goes_on_for(ms(dice.between(500, 30_000))).await;
        let mut weather = world.sky.weather();
        weather.torn_streams = before.torn_streams;
        (weather.unstorable, weather.unreadable) = (before.unstorable, before.unreadable);
    }
}

#[derive(Debug)]
enum Damage {
    Torn(StreamName),
    Unstorable(RowKey),
    Unreadable(RowKey),
}

impl Damage {
    fn any(dice: &mut Dice) -> Self {
        let no = book(1 + i64::try_from(dice.below(BOOKS)).unwrap_or(0));
        let who = member(&format!("member-{}", dice.below(MEMBERS)));
        let march = Month::of(domain::Date::constant(2026, 3, 2));
        let row = *dice.pick(&[RowKey::Catalogue(no), RowKey::Catalogue(no), RowKey::BestSeller(no, march)]);
        match dice.below(4) {
            0 => Self::Torn(StreamName::of("book", no)),
            1 if dice.is_one_in(2) => Self::Torn(StreamName::of("member", who)),
            1 => Self::Torn(StreamName::of("rental-card", who)),
            2 => Self::Unstorable(row),
            _ => Self::Unreadable(row),
        }
    }

    fn done_to(self, weather: &mut Weather) {
        match self {
            Self::Torn(stream) => weather.torn_streams.insert(stream),
            Self::Unstorable(row) => weather.unstorable.insert(row),
            Self::Unreadable(row) => weather.unreadable.insert(row),
        };
    }
}

async fn wrong_clocks(world: Arc<World>, mut dice: Dice) {
    while world.goes_on_for(ms(dice.between(500, 10_000))).await {
        let index = node(&world, &mut dice);
        let Some(serving) = world.at(index) else { continue };
        let hours = *dice.pick(&[-24, -1, 1, 24]);
        world.note(&format!("the clock of node-{index} is off by {hours} hours"));
        serving.clock.is_off_by(SignedDuration::from_hours(hours));
        world.goes_on_for(ms(dice.between(500, 20_000))).await;
        serving.clock.is_off_by(SignedDuration::ZERO);
    }
}

fn node(world: &World, dice: &mut Dice) -> usize {
    usize::try_from(dice.below(world.scenario.nodes)).unwrap_or(0)
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
