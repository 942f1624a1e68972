//! Dead letters.

use std::collections::{BTreeSet, HashMap};

use application::codec::rows::letter_kind_number;
use application::ports::dead_letters::{
    DeadLetter, DeadLetterId, DeadLetterKind, DeadLetterOrder, DeadLetterQuery, LETTERS_PER_SEQUENCE_MAX,
    ParkedSequence, REJECTED_MAX, SEQUENCES_MAX, WaitingLetter,
};
use application::ports::token_store::{Claim, Commit, ProcessorName, Segment, TokenError};
use mongodb::bson::{Bson, Document, doc};

use super::collections::{LETTER, OVERRIDE, PROCESSOR};
use super::overrides;
use super::processors::StoredProcessor;
use super::step_error::{StepError, WorkError};
use super::stored::{Fields, binary, count, document, generation_key};
use super::tables::{Tables, look, transact};
use crate::mongo::connection::{Connection, Failure};
use crate::stores::letters::{self as stored, StoredLetter, redelivered};
use crate::stores::segments::unknown;

/// The order of letters.
pub(super) const ORDER: [&str; 6] = ["processor", "kind", "sequence", "position", "number", "id"];

/// As kinds are stored.
const PARKED: i32 = letter_kind_number(DeadLetterKind::Parked) as i32;
const ABANDONED: i32 = letter_kind_number(DeadLetterKind::Abandoned) as i32;
pub(super) const REJECTED: i32 = letter_kind_number(DeadLetterKind::Rejected) as i32;

/// Which kinds block a sequence.
pub(super) fn blocking() -> Document {
    doc! { "$lt": REJECTED }
}

pub(super) async fn parked_sequences(
    tables: &mut Tables<'_>,
    generation: &str,
    segment: Segment,
) -> Result<Vec<ParkedSequence>, WorkError> {
    let first = |field: &str| doc! { "$first": field };
    let sequence = doc! {
        "_id": "$sequence", "sequence": first("$sequence"), "kind": first("$kind"), "due": first("$due"),
        "head": first("$position"), "letters": { "$sum": 1 },
    };
    let pipeline = [
        doc! { "$match": { "g": generation, "kind": blocking() } },
        doc! { "$sort": { "sequence": 1, "position": 1, "id": 1 } },
        doc! { "$group": sequence },
        doc! { "$sort": { "sequence": 1 } },
    ];
    let mut held = Vec::new();
    for document in tables.aggregate(LETTER, pipeline).await? {
        let parked = stored::parked_sequence(&Fields::of(&document))?;
        if segment.holds(&parked.sequence) {
            held.push(parked);
        }
    }
    Ok(held)
}

pub(super) async fn letters(
    connection: &Connection,
    wanted: &DeadLetterQuery,
    limit: usize,
) -> Result<Vec<DeadLetter>, StepError> {
    let mut fits = fitting(wanted);
    let found = look(connection, move |mut tables| {
        Box::pin(async move {
            let known = StoredProcessor::all(&mut tables).await?;
            let keys: Vec<_> = known.iter().flat_map(StoredProcessor::keys).collect();
            fits.insert("g", doc! { "$in": keys });
            let order = ORDER.iter().map(|field| ((*field).to_owned(), Bson::Int32(1))).collect();
            tables.find(LETTER, fits, order, limit).await
        })
    });
    found.await?.iter().map(|document| stored::letter(&Fields::of(document))).collect()
}

fn fitting(wanted: &DeadLetterQuery) -> Document {
    let fits: [(&str, Option<Bson>); 5] = [
        ("id", wanted.id.map(|id| id.to_string().into())),
        ("processor", wanted.processor.as_ref().map(|name| name.as_str().into())),
        ("number", wanted.generation.map(|number| number.0.cast_signed().into())),
        ("sequence", wanted.sequence.as_deref().map(Bson::from)),
        ("kind", wanted.kind.map(|kind| i32::from(letter_kind_number(kind)).into())),
    ];
    let mut fits: Document =
        fits.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect();
    if let Some(DeadLetterOrder { processor, kind, sequence, position, generation, id }) = &wanted.after {
        let here: Vec<_> = ORDER.iter().map(|field| format!("${field}")).collect();
        let after: [Bson; 6] = [
            processor.as_str().into(),
            i32::from(letter_kind_number(*kind)).into(),
            sequence.as_str().into(),
            position.value().cast_signed().into(),
            generation.0.cast_signed().into(),
            id.to_string().into(),
        ];
        fits.insert("$expr", doc! { "$gt": [here, { "$literal": after.to_vec() }] });
    }
    fits
}

/// Those that block a sequence, each with what was said about its event.
pub(super) async fn waiting_letters(
    connection: &Connection,
    claim: &Claim,
    sequence: &str,
    limit: usize,
) -> Result<Vec<WaitingLetter>, StepError> {
    let generation = generation_key(&claim.processor, claim.generation);
    let wanted = doc! { "g": generation, "sequence": sequence, "kind": blocking() };
    let found = look(connection, move |mut tables| {
        Box::pin(async move {
            let mut found = tables.find(LETTER, wanted, doc! { "position": 1, "id": 1 }, limit).await?;
            with_overrides(&mut tables, &mut found).await?;
            Ok(found)
        })
    });
    found.await?.iter().map(|document| stored::waiting(&Fields::of(document))).collect()
}

async fn with_overrides(tables: &mut Tables<'_>, letters: &mut [Document]) -> Result<(), WorkError> {
    let key = |letter: &Document| {
        let fields = Fields::of(letter);
        Ok::<_, StepError>(overrides::key(fields.text("processor")?, fields.text("event")?))
    };
    let keys = letters.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    let said = tables.aggregate(OVERRIDE, [doc! { "$match": { "_id": { "$in": &keys } } }]).await?;
    for (letter, key) in letters.iter_mut().zip(keys) {
        let said = said.iter().find(|said| said.get_str("_id").is_ok_and(|id| id == key));
        letter.insert("has_overlay", said.is_some());
        letter.insert("overlay", said.and_then(|said| said.get("payload").cloned()));
    }
    Ok(())
}

pub(super) async fn retry_now(
    connection: &Connection,
    processor: &ProcessorName,
    sequence: Option<&str>,
) -> Result<usize, StepError> {
    let (name, sequence) = (processor.clone(), sequence.map(str::to_owned));
    let due = transact(connection, move |tables| Box::pin(make_due(tables, name.clone(), sequence.clone())));
    Ok(usize::try_from(due.await?).unwrap_or(usize::MAX))
}

async fn make_due(
    mut tables: Tables<'_>,
    processor: ProcessorName,
    sequence: Option<String>,
) -> Result<u64, WorkError> {
    let Some(found) = StoredProcessor::lock(&mut tables, &processor, "said").await? else { return Ok(0) };
    let mut wanted = doc! { "g": { "$in": found.keys().collect::<Vec<_>>() }, "kind": blocking() };
    if let Some(sequence) = sequence {
        wanted.insert("sequence", sequence);
    }
    let now = doc! { "$dateToString": { "date": "$$NOW", "format": "%Y-%m-%dT%H:%M:%S.%L000000Z" } };
    let due = doc! {
        "attempts": { "$cond": [{ "$eq": ["$kind", ABANDONED] }, 0, "$attempts"] },
        "kind": PARKED,
        "due": now,
        "letter_revision": { "$add": ["$letter_revision", 1_i64] },
    };
    tables.update(LETTER, wanted, vec![doc! { "$set": due }]).await
}

pub(super) async fn redeliver(connection: &Connection, letter: DeadLetter) -> Result<(), StepError> {
    transact(connection, move |tables| Box::pin(park_again(tables, letter.clone()))).await
}

async fn park_again(mut tables: Tables<'_>, letter: DeadLetter) -> Result<(), WorkError> {
    let processor = letter.processor.clone();
    let found = StoredProcessor::lock(&mut tables, &processor, "said").await?;
    let found = found.ok_or_else(|| unknown(&processor, "the name"))?;
    if letter.generation != found.generations.live {
        return Err(unknown(&processor, "the generation").into());
    }
    let generation = found.live_key();
    let known = doc! { "$match": { "_id": key(&generation, letter.id) } };
    let known = tables.aggregate(LETTER, [known]).await?;
    let known = known.first().map(|document| stored::letter(&Fields::of(document))).transpose()?;
    let now = tables.now(PROCESSOR, doc! { "_id": processor.as_str() }).await?;
    put(&mut tables, &processor, &generation, &[redelivered(known, letter, now)]).await
}

/// The revisions of the letters that commits name, by their keys.
pub(super) async fn revisions(
    tables: &mut Tables<'_>,
    keys: Vec<String>,
) -> Result<HashMap<String, u64>, WorkError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = doc! { "$match": { "_id": { "$in": keys } } };
    let found = tables.aggregate(LETTER, [wanted, doc! { "$project": { "letter_revision": 1 } }]).await?;
    let revisions = found.iter().map(|document| {
        let fields = Fields::of(document);
        Ok::<_, WorkError>((fields.text("_id")?.to_owned(), fields.number("letter_revision")?))
    });
    revisions.collect()
}

/// What the letters that a commit names are found by.
pub(super) fn named(generation: &str, commit: &Commit) -> Vec<String> {
    let settled = commit.settled.iter().map(|letter| letter.id);
    settled.chain(commit.letters.iter().map(|letter| letter.id)).map(|id| key(generation, id)).collect()
}

/// That each letter that a commit names is what it was when it was read.
pub(super) fn check(
    processor: &ProcessorName,
    generation: &str,
    commit: &Commit,
    revisions: &HashMap<String, u64>,
) -> Result<(), TokenError> {
    let stands = |id| revisions.get(&key(generation, id)).copied();
    let is_settled_as_read = commit.settled.iter().all(|letter| stands(letter.id) == Some(letter.revision));
    let is_as_read = |letter: &DeadLetter| stands(letter.id).unwrap_or_default() == letter.revision;
    if is_settled_as_read && commit.letters.iter().all(is_as_read) {
        return Ok(());
    }
    Err(TokenError::LetterChanged { processor: processor.clone() })
}

/// Takes the settled ones of a commit away and puts its others.
pub(super) async fn exchange(
    tables: &mut Tables<'_>,
    processor: &ProcessorName,
    generation: &str,
    commit: &Commit,
) -> Result<(), WorkError> {
    if !commit.settled.is_empty() {
        let gone: Vec<_> = commit.settled.iter().map(|letter| key(generation, letter.id)).collect();
        tables.remove(LETTER, doc! { "_id": { "$in": gone } }).await?;
    }
    if commit.letters.is_empty() { Ok(()) } else { put(tables, processor, generation, &commit.letters).await }
}

/// Letters are counted by one at a time: who puts some changes the processor's document too.
async fn put(
    tables: &mut Tables<'_>,
    processor: &ProcessorName,
    generation: &str,
    letters: &[DeadLetter],
) -> Result<(), WorkError> {
    let stored = letters.iter().map(|letter| {
        let (key, document) = (key(generation, letter.id), letter_document(generation, letter)?);
        Ok::<_, StepError>((key.into(), Some(document)))
    });
    tables.put(LETTER, stored.collect::<Result<Vec<_>, _>>()?).await?;
    check_limits(tables, processor, generation, letters).await?;
    let dropped = match letters.iter().any(|letter| letter.kind == DeadLetterKind::Rejected) {
        true => drop_oldest_rejected(tables, generation).await?,
        false => 0,
    };
    let counted = doc! { "$inc": { "changes": 1_i64, "rejected_dropped": dropped.cast_signed() } };
    tables.update(PROCESSOR, doc! { "_id": processor.as_str() }, counted).await?;
    Ok(())
}

async fn check_limits(
    tables: &mut Tables<'_>,
    processor: &ProcessorName,
    generation: &str,
    letters: &[DeadLetter],
) -> Result<(), WorkError> {
    let blocked = doc! { "$match": { "g": generation, "kind": blocking() } };
    let counted = doc! { "$group": { "_id": "$sequence", "letters": { "$sum": 1 } } };
    let sequences = tables.aggregate(LETTER, [blocked, counted]).await?;
    let full = |limit, of| Err(TokenError::Full { processor: processor.clone(), limit, of }.into());
    if sequences.len() > SEQUENCES_MAX {
        return full(SEQUENCES_MAX, "sequences");
    }
    let touched: BTreeSet<_> = letters.iter().map(|letter| letter.sequence.as_str()).collect();
    for counted in &sequences {
        let fields = Fields::of(counted);
        let is_overfull = fields.number("letters")? > LETTERS_PER_SEQUENCE_MAX as u64;
        if is_overfull && touched.contains(fields.text("_id")?) {
            return full(LETTERS_PER_SEQUENCE_MAX, "letters in a sequence");
        }
    }
    Ok(())
}

async fn drop_oldest_rejected(tables: &mut Tables<'_>, generation: &str) -> Result<u64, WorkError> {
    let oldest = [
        doc! { "$match": { "g": generation, "kind": REJECTED } },
        doc! { "$sort": { "first_at": -1, "position": -1, "id": -1 } },
        doc! { "$skip": count(REJECTED_MAX) },
        doc! { "$project": { "_id": 1 } },
    ];
    let oldest = tables.aggregate(LETTER, oldest).await?;
    let oldest: Vec<_> = oldest.into_iter().filter_map(|mut found| found.remove("_id")).collect();
    if oldest.is_empty() { Ok(0) } else { tables.remove(LETTER, doc! { "_id": { "$in": oldest } }).await }
}

fn letter_document(generation: &str, letter: &DeadLetter) -> Result<Document, StepError> {
    let mut stored = document(&StoredLetter::of::<Failure>(letter)?)?;
    stored.extend(doc! {
        "g": generation,
        "processor": letter.processor.as_str(),
        "number": letter.generation.0.cast_signed(),
        "payload": binary(&letter.event.payload),
        "metadata": binary(&letter.event.metadata),
        "letter_revision": letter.revision.cast_signed() + 1,
    });
    Ok(stored)
}

fn key(generation: &str, id: DeadLetterId) -> String {
    format!("{generation}:{id}")
}
