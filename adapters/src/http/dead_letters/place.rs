//! Where a list of dead letters goes on: a letter's place as it stands in a cursor.

use application::ports::dead_letters::{DeadLetterId, DeadLetterKind, DeadLetterOrder};
use application::ports::event_store::Position;
use application::ports::token_store::{Generation, ProcessorName};
use uuid::Uuid;

use super::super::problem::Problem;

/// Processor, kind, sequence, position, generation, and the two halves of the id.
type Written = (String, u8, String, u64, u64, (u64, u64));

const KINDS: [DeadLetterKind; 3] =
    [DeadLetterKind::Parked, DeadLetterKind::Abandoned, DeadLetterKind::Rejected];

/// The place as a text.
pub(super) fn write(place: DeadLetterOrder) -> Result<String, Problem> {
    let DeadLetterOrder { processor, kind, sequence, position, generation, id } = place;
    let kind = match kind {
        DeadLetterKind::Parked => 0,
        DeadLetterKind::Abandoned => 1,
        DeadLetterKind::Rejected => 2,
    };
    let written: Written = (
        processor.as_str().to_owned(),
        kind,
        sequence,
        position.value(),
        generation.0,
        id.uuid().as_u64_pair(),
    );
    serde_json::to_string(&written).map_err(|error| Problem::defect(&error))
}

/// The place that such a text names.
pub(super) fn read(text: &str) -> Result<DeadLetterOrder, Problem> {
    let written: Written = serde_json::from_str(text).map_err(|error| Problem::defect(&error))?;
    let (processor, kind, sequence, position, generation, id) = written;
    Ok(DeadLetterOrder {
        processor: ProcessorName::stored(processor),
        kind: KINDS[usize::from(kind).min(KINDS.len() - 1)],
        sequence,
        position: Position::new(position),
        generation: Generation(generation),
        id: DeadLetterId::new(Uuid::from_u64_pair(id.0, id.1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        for kind in KINDS {
            let place = DeadLetterOrder {
                processor: ProcessorName::of("catalogue"),
                kind,
                sequence: "book:1 \u{1f4d6}".to_owned(),
                position: Position::new(7),
                generation: Generation(3),
                id: DeadLetterId::new(Uuid::from_u128(9)),
            };
            assert_eq!(read(&write(place.clone()).unwrap()).unwrap(), place);
        }
    }
}
