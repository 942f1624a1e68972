//! What projections say they want is what they use: a type that is missing there is passed over for ever, and nothing
//! fails.

use std::collections::BTreeSet;

use crate::codec::tests::{encode, recorded, samples};
use crate::codec::{AnyEvent, known_types};
use crate::ports::event_store::TypeName;
use crate::ports::token_store::Row;
use crate::processing::{DecodedEvent, Projection, Reaction};

use super::projections;

/// How many events a row may have behind it before one is tried on it: a return is cancelled after a rent and a return.
const DEPTH: usize = 2;

/// T119: every sample of every event, on every row that samples before it can have led to.
#[test]
fn a_projection_wants_exactly_the_types_that_change_its_rows() {
    let samples: Vec<_> = samples::events().iter().map(happened).collect();
    for (name, projection) in projections() {
        let used: BTreeSet<_> = samples
            .iter()
            .filter(|happened| {
                let rows = rows_after(DEPTH, &*projection, &samples, happened);
                rows.into_iter().any(|row| projection.apply(row.clone(), happened) != row)
            })
            .map(|happened| happened.recorded.kind.clone())
            .collect();

        let reaction = Reaction::Projection(projection);
        let known = known_types().map(|known| TypeName::of(known.kind));
        let wanted: BTreeSet<_> = known.filter(|kind| reaction.wants(kind)).collect();
        assert_eq!(used, wanted, "{name}");
    }
}

/// The steps of an attempt are named as the types of its events.
#[test]
fn a_step_is_called_as_the_event_it_comes_from() {
    for event in samples::events() {
        let happened = happened(&event);
        let Some(Row::Process(row)) = row_after(&event, &happened) else { continue };
        let step = row.steps.last().unwrap().what.to_string();
        let name = step.split(' ').next().unwrap();
        assert_eq!(happened.recorded.kind.as_str(), format!("rental-card.{name}"));
    }
}

/// The row of an attempt after this event and the one that started it.
fn row_after(event: &AnyEvent, happened: &DecodedEvent) -> Option<Row> {
    let projection = super::processes::Processes;
    let key = projection.row(event)?;
    let starts = samples::card_starts().into_iter().map(AnyEvent::RentalCard);
    let start =
        starts.map(|event| self::happened(&event)).find(|start| projection.row(&start.event) == Some(key))?;
    projection.apply(projection.apply(None, &start), happened)
}

/// Every state of the row that an event is for, after up to so many others; none when it is for none.
fn rows_after(
    events: usize,
    projection: &dyn Projection,
    samples: &[DecodedEvent],
    next: &DecodedEvent,
) -> Vec<Option<Row>> {
    let Some(key) = projection.row(&next.event) else { return vec![] };
    let of_row = |happened: &&DecodedEvent| projection.row(&happened.event) == Some(key);
    let mut rows: Vec<Option<Row>> = vec![None];
    for _ in 0..events {
        let before = rows.clone();
        for happened in samples.iter().filter(of_row) {
            rows.extend(before.iter().map(|row| projection.apply(row.clone(), happened)));
        }
    }
    assert!(rows.iter().flatten().all(|row| row.key() == key), "a row stands under another key");
    rows
}

fn happened(event: &AnyEvent) -> DecodedEvent {
    DecodedEvent::read(recorded(encode(event))).unwrap()
}
