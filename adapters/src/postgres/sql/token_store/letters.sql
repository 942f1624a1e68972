select
    generation.processor, generation.number, letter.id, letter.sequence, letter.kind, letter.position, letter.stream,
    letter.version, letter.event, letter.command, letter.type, letter.revision, letter.payload, letter.metadata,
    letter.occurred_at, letter.attempts, letter.failures, letter.first_at, letter.last_at, letter.due, letter.letter_revision
from generation
join letter on letter.generation = generation.id
where
    ($1::uuid is null or letter.id = $1)
    and ($2::text is null or generation.processor = $2)
    and ($3::bigint is null or generation.number = $3)
    and ($4::text is null or letter.sequence = $4)
    and ($5::smallint is null or letter.kind = $5)
    and (
        $7::text is null
        or (generation.processor, letter.kind, letter.sequence, letter.position, generation.number, letter.id)
        > ($7, $8, $9, $10, $11, $12)
    )
order by generation.processor, letter.kind, letter.sequence, letter.position, generation.number, letter.id
limit $6
