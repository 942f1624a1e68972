//! Where a list of dead letters goes on: a letter's place as it stands in a cursor.

use application::ports::event_store::Position;
use application::ports::token_store::{Generation, LetterId, LetterKind, LetterPlace, ProcessorName};
use uuid::Uuid;

use super::super::problem::Problem;

/// Processor, kind, sequence, position, generation, and the two halves of the id.
type Written = (String, u8, String, u64, u64, (u64, u64));

const KINDS: [LetterKind; 3] = [LetterKind::Parked, LetterKind::Abandoned, LetterKind::Rejected];

/// The place as a text.
pub(super) fn write(place: LetterPlace) -> Result<String, Problem> {
    let LetterPlace { processor, kind, sequence, position, generation, id } = place;
    let kind = match kind {
        LetterKind::Parked => 0,
        LetterKind::Abandoned => 1,
        LetterKind::Rejected => 2,
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
pub(super) fn read(text: &str) -> Result<LetterPlace, Problem> {
    let written: Written = serde_json::from_str(text).map_err(|error| Problem::defect(&error))?;
    let (processor, kind, sequence, position, generation, id) = written;
    Ok(LetterPlace {
        processor: ProcessorName::stored(processor),
        kind: KINDS[usize::from(kind).min(KINDS.len() - 1)],
        sequence,
        position: Position::new(position),
        generation: Generation(generation),
        id: LetterId::new(Uuid::from_u64_pair(id.0, id.1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        for kind in KINDS {
            let place = LetterPlace {
                processor: ProcessorName::of("catalogue"),
                kind,
                sequence: "book:1 \u{1f4d6}".to_owned(),
                position: Position::new(7),
                generation: Generation(3),
                id: LetterId::new(Uuid::from_u128(9)),
            };
            assert_eq!(read(&write(place.clone()).unwrap()).unwrap(), place);
        }
    }
}
