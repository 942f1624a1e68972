//! What goes wrong beside single calls: nodes die, freeze and are cut off, the weather changes, rows and streams are
//! damaged, clocks are set wrong.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_store::StreamName;
use application::ports::token_store::{ProcessorName, RowKey};
use application::reactions::projections;
use domain::Month;
use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::dice::Dice;
use super::operators::{operator, speaks_until_the_end};
use super::reshaping::reshaper;
use super::restoring::backup_is_put_back;
use super::sky::{Damage, Weather};
use super::world::{BOOKS, MEMBERS, Trouble, World};
use crate::library::{book, member};

/// Starts all that goes wrong in this life. It ends by itself once the life is over.
pub(super) fn breaks_loose(world: &Arc<World>) -> JoinSet<()> {
    let mut all = JoinSet::new();
    let dice = |part: &str| world.dice(part, 0);
    for &trouble in &world.scenario.troubles {
        let world = Arc::clone(world);
        match trouble {
            Trouble::Weather => drop(all.spawn(weather(world, dice("weather")))),
            Trouble::Crashes => drop(all.spawn(crashes(world, dice("crashes")))),
            Trouble::Freezes => drop(all.spawn(freezes(world, dice("freezes")))),
            Trouble::Cuts => drop(all.spawn(cuts(world, dice("cuts")))),
            Trouble::Damage => drop(all.spawn(damage(world, dice("damage")))),
            Trouble::WrongClocks => drop(all.spawn(wrong_clocks(world, dice("clocks")))),
            Trouble::Operators => {
                all.spawn(operator(Arc::clone(&world), dice("operator")));
                all.spawn(operator(Arc::clone(&world), world.dice("operator", 1)));
            }
            Trouble::Words => drop(all.spawn(speaks_until_the_end(world, dice("words")))),
            // What operators say, when they speak.
            Trouble::Overrides => {}
            Trouble::Reshaping => drop(all.spawn(reshaper(world, dice("reshaping")))),
            Trouble::Backup => drop(all.spawn(backup_is_put_back(world, dice("backup")))),
        }
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
    for _ in 0..dice.below(4) {
        let flaw = Flaw::any(&mut dice);
        world.note(&format!("for long: {flaw:?}"));
        flaw.comes_into(&mut world.sky.weather().damage);
    }
    while world.goes_on_for(ms(dice.between(500, 8_000))).await {
        let flaw = Flaw::any(&mut dice);
        world.note(&format!("for a while: {flaw:?}"));
        let before = world.sky.weather().damage.clone();
        flaw.comes_into(&mut world.sky.weather().damage);
        world.goes_on_for(ms(dice.between(500, 30_000))).await;
        world.sky.weather().damage = before;
    }
}

/// One thing that is damaged.
#[derive(Debug)]
enum Flaw {
    Torn(StreamName),
    Busy(StreamName),
    Unstorable(RowKey),
    Unreadable(RowKey),
    Full(ProcessorName),
}

impl Flaw {
    fn any(dice: &mut Dice) -> Self {
        let no = book(1 + i64::try_from(dice.below(BOOKS)).unwrap_or(0));
        let who = member(&format!("member-{}", dice.below(MEMBERS)));
        let march = Month::of(domain::Date::constant(2026, 3, 2));
        let row = *dice.pick(&[RowKey::Catalogue(no), RowKey::BestSeller(no, march)]);
        let cards_or_members = *dice.pick(&["rental-card", "member"]);
        match dice.below(8) {
            0 => Self::Torn(StreamName::of("book", no)),
            1 => Self::Torn(StreamName::of(cards_or_members, who)),
            2 => Self::Busy(StreamName::of("book", no)),
            3 => Self::Busy(StreamName::of(cards_or_members, who)),
            4 => Self::Unstorable(row),
            5 | 6 => Self::Unreadable(row),
            _ => Self::Full(dice.pick(&projections()).0.clone()),
        }
    }

    fn comes_into(self, damage: &mut Damage) {
        match self {
            Self::Torn(stream) => damage.torn_streams.insert(stream),
            Self::Busy(stream) => damage.busy_streams.insert(stream),
            Self::Unstorable(row) => damage.unstorable.insert(row),
            Self::Unreadable(row) => damage.unreadable.insert(row),
            Self::Full(view) => damage.full_views.insert(view),
        };
    }
}

async fn wrong_clocks(world: Arc<World>, mut dice: Dice) {
    while world.goes_on_for(ms(dice.between(500, 10_000))).await {
        let index = node(&world, &mut dice);
        let Some(serving) = world.at(index) else { continue };
        let hours = *dice.pick(&[-24, -1, 1, 24, 24]);
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
